import CCurl

/// The loop of the transport thread: takes orders, drives libcurl, answers, sweeps deadlines.
///
/// Everything in here is used by that thread alone. It sleeps in `curl_multi_poll` and nowhere
/// else.
final class Transport {
  private typealias Instant = TransferClock.Instant

  private let mailbox: Mailbox
  private let configuration: HTTPConfiguration
  private var orders: [Mailbox.Order] = []
  private var waiting = WaitingLine()

  /// At most `connectionsMax`, by the id of their submission.
  private var active: [UInt64: Transfer] = [:]
  private var freeSeats: [Transfer.Seat] = []

  /// When deadlines are looked at next; never later than the first of them.
  private var nextSweep: Instant?

  init(_ mailbox: Mailbox, _ configuration: HTTPConfiguration) {
    self.mailbox = mailbox
    self.configuration = configuration
  }

  /// Runs until the mailbox is closed or libcurl is beyond repair; leaves nobody waiting.
  func run() {
    while takeOrders() {
      let now = Instant.now
      startWaiting(now)
      guard check(mailbox.multi.perform()) else { return }
      while let (transfer, code) = mailbox.multi.nextFinished() {
        end(transfer, with: transfer.result(code))
      }
      sweep(now)
      startWaiting(now)
      guard check(mailbox.multi.wait(milliseconds: pollMilliseconds(now))) else { return }
    }
    endAll(.cancelled, "the client was shut down")
  }

  private func takeOrders() -> Bool {
    let isOpen = mailbox.take(into: &orders)
    for order in orders {
      switch order {
      case .send(let submission): waiting.append(submission)
      case .cancel(let id): cancel(id)
      case .resume(let id): active[id]?.resume()
      }
    }
    orders.removeAll(keepingCapacity: true)
    return isOpen
  }

  private func cancel(_ id: UInt64) {
    let message = "the task was cancelled"
    if let transfer = active[id] {
      end(transfer, with: .failure(HTTPError(.cancelled, message, url: transfer.url)))
    } else {
      waiting.remove(id)?.fail(.cancelled, message)
    }
  }

  private func startWaiting(_ now: Instant) {
    while active.count < configuration.connectionsMax, let submission = waiting.popFirst() {
      do throws(CurlFailure) {
        let transfer = try start(submission)
        active[submission.id] = transfer
        let check = transfer.clock.nextCheck(after: now)
        nextSweep = min(nextSweep ?? check, check)
      } catch {
        let failure = FailedTransfer(
          code: error.code, message: curlMessage(error.code), isSent: false, isAnswered: false,
          isOnReusedConnection: false, proxyStatus: 0)
        submission.resume(.failure(HTTPError(failure, url: submission.request.url)))
      }
    }
  }

  /// Begins a transfer, with a new handle where one that was used before does not serve.
  private func start(_ submission: Submission) throws(CurlFailure) -> Transfer {
    if let seat = freeSeats.popLast() {
      do throws(CurlFailure) { return try start(submission, seat) } catch {}
    }
    return try start(submission, try Transfer.Seat())
  }

  private func start(
    _ submission: Submission, _ seat: Transfer.Seat
  ) throws(CurlFailure) -> Transfer {
    let (mailbox, id) = (mailbox, submission.id)
    let transfer = try Transfer(
      submission, seat: seat, flow: BodyFlow { mailbox.resume(id) }, configuration: configuration)
    guard mailbox.multi.add(seat.easy) == CURLM_OK else {
      throw CurlFailure(code: CURLE_FAILED_INIT)
    }
    return transfer
  }

  /// Takes the transfer out of libcurl, which closes its connection if it was not over, and
  /// answers.
  private func end(_ transfer: Transfer, with result: Result<HTTPResponse, HTTPError>) {
    mailbox.multi.remove(transfer.seat.easy)
    active[transfer.submission.id] = nil
    // A handle that failed may keep something of it, at whatever stage that was: in libcurl 7.88 one
    // whose name was not found refuses the size of its buffer from then on. Connections and names
    // found belong to the multi handle, so a new one costs next to nothing.
    if case .success = result { freeSeats.append(transfer.seat) }
    transfer.submission.resume(result)
  }

  private func endAll(_ kind: HTTPError.Kind, _ message: String) {
    for transfer in Array(active.values) {
      end(transfer, with: .failure(HTTPError(kind, message, url: transfer.url)))
    }
    while let submission = waiting.popFirst() { submission.fail(kind, message) }
  }

  /// Ends the transfers whose time is over, as of `now`.
  ///
  /// `now` was read before libcurl received what had arrived by then, so that a process that was
  /// stopped for a while does not take its own absence for the server's.
  private func sweep(_ now: Instant) {
    guard let due = nextSweep, due <= now else { return }
    for transfer in Array(active.values) {
      guard let expiry = transfer.clock.expiry(at: now) else { continue }
      end(transfer, with: .failure(transfer.error(expiry)))
    }
    nextSweep = active.values.lazy.map { $0.clock.nextCheck(after: now) }.min()
  }

  /// libcurl cuts this short for its own timers.
  private func pollMilliseconds(_ now: Instant) -> Int32 {
    let idleMilliseconds = 60_000
    guard let nextSweep else { return Int32(idleMilliseconds) }
    return Int32(min(max(0, (nextSweep - now).millisecondsRoundedUp), idleMilliseconds))
  }

  /// A failing multi handle is out of memory or misused: there is no way on, only an orderly end.
  private func check(_ code: CURLMcode) -> Bool {
    guard code != CURLM_OK else { return true }
    mailbox.close()
    _ = takeOrders()
    endAll(.other, "libcurl's multi handle failed (\(code.rawValue))")
    return false
  }
}

extension Transfer {
  fileprivate var url: String { submission.request.url }

  fileprivate func error(_ expiry: TransferClock.Expiry) -> HTTPError {
    let timeouts = submission.request.timeouts
    return switch expiry {
    case .firstByte:
      HTTPError(.firstByteTimeout, "no response within \(timeouts.firstByte)", url: url)
    case .stall:
      HTTPError(.stalled, "the response stopped coming, or comes too slowly", url: url)
    }
  }
}

/// Requests above the limit, first come, first served.
private struct WaitingLine {
  private var submissions: [Submission] = []
  private var first = 0

  mutating func append(_ submission: Submission) {
    submissions.append(submission)
  }

  mutating func popFirst() -> Submission? {
    guard first < submissions.count else { return nil }
    defer {
      first += 1
      // Moves the rest only when it is the smaller half.
      if first * 2 >= submissions.count {
        submissions.removeFirst(first)
        first = 0
      }
    }
    return submissions[first]
  }

  mutating func remove(_ id: UInt64) -> Submission? {
    submissions[first...].firstIndex { $0.id == id }.map { submissions.remove(at: $0) }
  }
}

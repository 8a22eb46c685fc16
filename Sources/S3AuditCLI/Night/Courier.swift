internal import HTTP

/// Brings words to a `ReceiverURL`: up to three tries of ten seconds each.
///
/// Where nobody takes them, that is said, and nothing else comes of it.
struct Courier: Sendable {
  private let client: HTTPClient

  private static let triesMax = 3
  private static let timePerTry = Duration.seconds(10)
  /// Three tries with it between them take 32 s at most.
  private static let pause = Duration.seconds(1)
  /// Nothing of an answer is used but its status.
  private static let answerBytesMax = 1 << 20

  /// - Throws: `HTTPError` where there is no thread for it.
  init(caBundlePath: String?) throws(HTTPError) {
    client = try HTTPClient(HTTPConfiguration(connectionsMax: 4, caBundlePath: caBundlePath))
  }

  /// Why a try brought nothing.
  private struct Failure: Error {
    /// Of no word that a server or the URL has said, as these may be secret or worse.
    var reason: String
    var mayPass: Bool
  }

  /// Sends a body to a URL below the receiver's.
  ///
  /// - Returns: nil when it was taken, else a line that says why not.
  func bring(
    _ body: [UInt8], _ type: String, to receiver: ReceiverURL, at path: String? = nil
  ) async -> String? {
    let request = HTTPRequest(
      method: "POST", url: path.map(receiver.appending) ?? receiver.whole,
      headers: [HTTPHeader(name: "Content-Type", value: type)], body: body,
      bodyBytesMax: Self.answerBytesMax,
      timeouts: HTTPTimeouts(
        connect: Self.timePerTry, firstByte: Self.timePerTry, stall: Self.timePerTry),
      usesProxy: !receiver.isLoopback)
    var failure = Failure(reason: "", mayPass: true)
    for attempt in 1...Self.triesMax {
      do {
        try await send(request)
        return nil
      } catch {
        failure = error
      }
      // Whoever has the task cancelled waits for nothing more.
      guard failure.mayPass, attempt < Self.triesMax, !Task.isCancelled,
        (try? await Task.sleep(for: Self.pause)) != nil
      else { break }
    }
    return "\(receiver.host) was not told: \(failure.reason)"
  }

  private func send(_ request: HTTPRequest) async throws(Failure) {
    let result = await withTaskGroup(of: Result<Int, Failure>.self) { group in
      group.addTask { await sent(request) }
      group.addTask {
        // It ends early when the answer is there, and then nobody looks.
        try? await Task.sleep(for: Self.timePerTry)
        return .failure(Failure(reason: "no answer within 10 s", mayPass: true))
      }
      defer { group.cancelAll() }
      return await group.next() ?? .failure(Failure(reason: "cancelled", mayPass: false))
    }
    let status = try result.get()
    switch status {
    case 200..<300: return
    case 300..<400:
      throw Failure(
        reason: "it answers \(status), a redirect, which is not followed", mayPass: false)
    default:
      throw Failure(reason: "it answers \(status)", mayPass: status >= 500 || status == 429)
    }
  }

  private func sent(_ request: HTTPRequest) async -> Result<Int, Failure> {
    do throws(HTTPError) {
      return .success(try await client.send(request).status)
    } catch {
      return .failure(Failure(reason: Self.reason(error.kind), mayPass: error.isTransient))
    }
  }

  private static func reason(_ kind: HTTPError.Kind) -> String {
    switch kind {
    case .resolve: "its name is not found"
    case .connect: "it cannot be reached"
    case .tls: "its certificate is not trusted, or it speaks no TLS"
    case .proxy: "the proxy does not reach it"
    case .connectTimeout, .firstByteTimeout, .stalled: "no answer within 10 s"
    case .bodyTooLarge, .connectionLost, .malformedResponse, .damagedBody:
      "its answer cannot be read"
    case .cancelled: "the sync was interrupted"
    case .invalidURL, .other: "the request cannot be sent"
    }
  }
}

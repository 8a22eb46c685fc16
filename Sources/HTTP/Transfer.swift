import CCurl

/// One request on its way: all that libcurl's callbacks touch.
///
/// Only the transport thread uses it.
final class Transfer {
  /// An easy handle that serves one transfer after another.
  final class Seat {
    let easy: EasyHandle

    /// The room for a body whose length is not announced, as S3's chunked listing pages: a little
    /// more than the last one took, because growing step by step costs half as much again.
    fileprivate private(set) var bodyBytesExpected = 0

    init() throws(CurlFailure) {
      easy = try EasyHandle()
    }

    fileprivate func expectBodies(like bytes: Int) {
      bodyBytesExpected = min(bytes + bytes / 8, 1 << 20)
    }
  }

  let submission: Submission
  let seat: Seat
  var clock: TransferClock

  /// What libcurl reads the request's headers from.
  private let headerLines: HeaderLines

  /// The lines of the last header block, without its status line.
  private var head: [UInt8] = []
  private var headStage = HeadStage.expectsStatusLine
  /// Counted over interim responses as well, which a server could send for ever.
  private var headBytesTotal = 0
  private var body: [UInt8] = []
  /// Where the body goes, once its sink has accepted it.
  private var sink: (any BodySink)?
  private let flow: BodyFlow
  private var isSent = false
  private var isBodyBegun = false
  private var refusal: Refusal?

  private enum HeadStage {
    case expectsStatusLine, inside, complete
  }

  /// What becomes of a part of the body.
  enum Reception {
    case taken, stopped, paused
  }

  /// Why a callback told libcurl to stop.
  private enum Refusal {
    case bodyTooLarge, headTooLarge
    /// libcurl was about to send again what must not be sent twice.
    case sentBefore
  }

  /// libcurl 7.88 limits a line (100 KiB) but not the whole; S3 sends about 1 KiB.
  private static let headBytesMax = 256 << 10

  /// Prepares the easy handle of `seat`, which must be free.
  init(
    _ submission: Submission, seat: Seat, flow: BodyFlow, configuration: HTTPConfiguration
  ) throws(CurlFailure) {
    self.submission = submission
    self.flow = flow
    self.seat = seat
    clock = TransferClock(submission.request.timeouts)
    headerLines = try submission.request.headerLines()
    try seat.easy.prepare(submission.request, configuration)
    try seat.easy.setHeaders(headerLines)
    try seat.easy.setReceiver(self)
  }

  /// The response, or why there is none, after libcurl has finished with `code`.
  func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
    if let refusal { return .failure(error(refusal, code)) }
    guard code == CURLE_OK else { return .failure(error(code)) }
    // libcurl 7.88 takes a connection closed inside the header block for the end of the response.
    guard headStage == .complete else {
      let message = "the connection was closed inside the response's header"
      return .failure(HTTPError(.connectionLost, message, url: submission.request.url))
    }
    if !isBodyBegun { offerBody() }
    if sink == nil { seat.expectBodies(like: body.count) }
    var response = headAlone
    response.body = body
    return .success(response)
  }

  private var headAlone: HTTPResponse {
    let timing = HTTPTiming(
      firstByte: .microseconds(seat.easy.offset(CURLINFO_STARTTRANSFER_TIME_T) ?? 0),
      total: .microseconds(seat.easy.offset(CURLINFO_TOTAL_TIME_T) ?? 0))
    return HTTPResponse(
      status: seat.easy.long(CURLINFO_RESPONSE_CODE), headers: HTTPHeaders(block: head),
      timing: timing)
  }

  /// Asks the request's sink, if it has one, whether it takes the body.
  private func offerBody() {
    guard let sink = submission.request.sink else { return }
    if sink.accepts(headAlone, flow) { self.sink = sink }
  }

  /// Goes on with a body that was refused.
  func resume() {
    clock.bodyResumed(at: .now)
    seat.easy.resume()
  }

  private func error(_ refusal: Refusal, _ code: CURLcode) -> HTTPError {
    let (kind, message): (HTTPError.Kind, String) =
      switch refusal {
      case .bodyTooLarge:
        (.bodyTooLarge, "the body is longer than \(submission.request.bodyBytesMax) bytes")
      case .headTooLarge:
        (.malformedResponse, "the header is longer than \(Self.headBytesMax) bytes")
      case .sentBefore:
        (.connectionLost, "the connection was closed before any byte of the response")
      }
    return HTTPError(kind, message, curlCode: Int32(code.rawValue), url: submission.request.url)
  }

  private func error(_ code: CURLcode) -> HTTPError {
    let failure = FailedTransfer(
      code: code, message: seat.easy.message(for: code), isSent: isSent,
      isAnswered: headBytesTotal > 0,
      isOnReusedConnection: isSent && seat.easy.long(CURLINFO_NUM_CONNECTS) == 0,
      proxyStatus: seat.easy.long(CURLINFO_HTTP_CONNECTCODE),
      verifyResult: seat.easy.long(CURLINFO_SSL_VERIFYRESULT))
    return HTTPError(failure, url: submission.request.url)
  }
}

// The callbacks' side. Each copies bytes and returns.
extension Transfer {
  /// False stops the transfer.
  fileprivate func requestIsSent() -> Bool {
    guard !isSent || !submission.request.isSentOnce else {
      refusal = .sentBefore
      return false
    }
    isSent = true
    clock.requestSent(at: .now)
    return true
  }

  /// Takes one header line with its line end; false stops the transfer.
  fileprivate func receive(headLine line: UnsafeBufferPointer<UInt8>) -> Bool {
    if headBytesTotal == 0 { clock.headBegan(at: .now) }
    headBytesTotal += line.count
    guard headBytesTotal <= Self.headBytesMax else {
      refusal = .headTooLarge
      return false
    }
    switch headStage {
    case .complete where unsafe !line.starts(with: "HTTP/".utf8):
      // A trailer after a chunked body.
      break
    case .expectsStatusLine, .complete:
      // What was complete before was an interim response (1xx).
      head.removeAll(keepingCapacity: true)
      headStage = .inside
    case .inside:
      guard unsafe !isLineEnd(line) else {
        headStage = .complete
        break
      }
      unsafe head.append(contentsOf: line)
    }
    return true
  }

  /// Takes a part of the body, at most 16 KiB as libcurl cuts it.
  fileprivate func receive(body part: UnsafeBufferPointer<UInt8>) -> Reception {
    if !isBodyBegun {
      isBodyBegun = true
      clock.bodyBegan(at: .now)
      offerBody()
      if sink == nil, !expectBody() { return .stopped }
    }
    if let sink {
      guard unsafe sink.take(UnsafeRawBufferPointer(part)) else {
        clock.bodyPaused()
        return .paused
      }
      clock.received(bytes: part.count)
      return .taken
    }
    guard part.count <= submission.request.bodyBytesMax - body.count else {
      refusal = .bodyTooLarge
      return .stopped
    }
    clock.received(bytes: part.count)
    unsafe body.append(contentsOf: part)
    return .taken
  }

  /// Makes room for a body that is collected here; false for one that is announced as too long.
  private func expectBody() -> Bool {
    let bytesMax = submission.request.bodyBytesMax
    let length = seat.easy.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
    guard (length ?? 0) <= bytesMax else {
      refusal = .bodyTooLarge
      return false
    }
    body.reserveCapacity(length ?? min(seat.bodyBytesExpected, bytesMax))
    return true
  }

  private func isLineEnd(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n")
  }
}

/// CURLOPT_PREREQFUNCTION: the connection stands, the request goes out next.
func requestIsSent(
  _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?,
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32
) -> Int32 {
  guard let context = unsafe context else { return CURL_PREREQFUNC_ABORT }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  return transfer.requestIsSent() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// CURLOPT_HEADERFUNCTION: one whole line, of interim responses and of trailers as well.
func headLineIsReceived(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let line = unsafe UnsafeBufferPointer(
    start: UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: size * count)
  return unsafe transfer.receive(headLine: line) ? size * count : 0
}

/// CURLOPT_WRITEFUNCTION: a part of the body.
///
/// Answering less than its size stops the transfer.
func bodyIsReceived(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let part = unsafe UnsafeBufferPointer(
    start: UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: size * count)
  return switch unsafe transfer.receive(body: part) {
  case .taken: size * count
  case .stopped: 0
  case .paused: Int(CURL_WRITEFUNC_PAUSE)
  }
}

import AWS
import Dispatch
import HTTP
import Restore
import S3
import Signing
import Synchronization
import TestSupport
import Vocabulary

/// A server of a few objects, with the faults that no real server shows on demand.
final class HeldObjects: Sendable {
  enum Fault: Sendable {
    case flippedByte, shortBody, wholeForRange, archived, denied, reset
    /// It answers after a third of a second.
    case slow
  }

  private struct State {
    var objects: [String: String] = [:]
    /// The faults of the next requests for the bytes of a key.
    var faults: [String: [Fault]] = [:]
  }

  private let state = Mutex(State())
  private let server: LoopbackServer
  let client: S3Client

  init(_ objects: [String: String]) throws {
    state.withLock { $0.objects = objects }
    let answers = Answers()
    server = try LoopbackServer { connection in
      while let request = connection.readRequest() {
        guard let text = answers.owner.withLock({ $0 })?.answer(to: request) else {
          return connection.reset()
        }
        connection.send(text)
      }
    }
    let time = VirtualTime(millisecondsSinceEpoch: 1_790_000_000_000)
    let caller = RetryingCaller(
      http: try HTTPClient(), credentials: CredentialSource { _ in nil },
      policy: RetryPolicy(attemptsMax: 3),
      environment: CallerEnvironment(
        now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
        monotonic: { time.instant() }, sleep: { time.sleep($0) }, random: { 1 }))
    client = S3Client(
      caller: caller,
      endpoint: S3Endpoint(
        region: .usEast1, custom: try Endpoint(parsing: server.origin, from: "test")))
    answers.owner.withLock { $0 = self }
  }

  deinit { server.stop() }

  /// Leads the server's thread to this object, which exists after the server does.
  private final class Answers: Sendable {
    let owner = Mutex<HeldObjects?>(nil)
  }

  var requests: [ReceivedRequest] { server.requests }
  var requestsForBytes: Int { requests.count { $0.method == "GET" } }

  func put(_ key: String, _ text: String) { state.withLock { $0.objects[key] = text } }

  func fail(_ key: String, _ faults: [Fault]) { state.withLock { $0.faults[key] = faults } }

  static func etag(_ text: String) -> String {
    var digest = RunningDigest(.md5)
    digest.update(Array(text.utf8))
    return "\"\(Hexadecimal.text(digest.finish()))\""
  }

  /// Nil to reset the connection.
  private func answer(to request: ReceivedRequest) -> String? {
    let path = request.target.split(separator: "?")[0]
    let key = String(
      decoding: URIEncoding.decode(path.drop { $0 == "/" }.drop { $0 != "/" }.dropFirst().utf8),
      as: UTF8.self)
    let (found, fault) = state.withLock { state -> (String?, Fault?) in
      guard request.method == "GET", state.faults[key]?.isEmpty == false else {
        return (state.objects[key], nil)
      }
      return (state.objects[key], state.faults[key]?.removeFirst())
    }
    func refusal(_ status: String, _ code: String) -> String {
      TestSupport.answer(
        request.method == "HEAD" ? "" : "<Error><Code>\(code)</Code></Error>", status: status)
    }
    switch fault {
    case .archived: return refusal("403 Forbidden", "InvalidObjectState")
    case .denied: return refusal("403 Forbidden", "AccessDenied")
    case .reset: return nil
    case .slow: _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(333))
    default: break
    }
    guard let found else { return refusal("404 Not Found", "NoSuchVersion") }
    let etag = Self.etag(found)
    if let wanted = request.values(of: "If-Match").first, wanted != etag {
      return refusal("412 Precondition Failed", "PreconditionFailed")
    }
    var body = found
    var status = "200 OK"
    var headers = ["ETag: \(etag)", "Last-Modified: Fri, 20 Nov 2026 01:02:03 GMT"]
    if fault != .wholeForRange, let range = request.values(of: "Range").first {
      let bounds = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
      let last = min(bounds[1], found.utf8.count - 1)
      body = String(decoding: Array(found.utf8)[bounds[0]...last], as: UTF8.self)
      status = "206 Partial Content"
      headers.append("Content-Range: bytes \(bounds[0])-\(last)/\(found.utf8.count)")
    }
    if fault == .flippedByte { body = "?" + body.dropFirst() }
    if fault == .shortBody { body.removeLast() }
    let text = TestSupport.answer(body, status: status, headers: headers)
    // The answer to HEAD has the length of a body that does not come.
    return request.method == "HEAD" ? String(text.dropLast(body.count)) : text
  }
}

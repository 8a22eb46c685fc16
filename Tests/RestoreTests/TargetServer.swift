import AWS
import HTTP
import S3
import Signing
import Synchronization
import TestSupport
import Vocabulary

/// A service with one target bucket, beside a source that has every key.
///
/// The answers to copies and deletions can be lost.
final class TargetServer: Sendable {
  struct Object {
    var etag: String
    var size = 4
    var version = 1
    var second = 3
  }

  /// What becomes of a request that writes.
  enum Fault: Sendable {
    /// It is carried out, and the connection is reset.
    case lostAnswer
    /// The connection is reset before.
    case lostRequest
    case denied
  }

  private struct State {
    var objects: [String: Object] = [:]
    var faults: [Fault] = []
    var versions = 1
  }

  private let state = Mutex(State())
  private let server: LoopbackServer
  let client: S3Client

  init(_ objects: [String: Object] = [:]) throws {
    state.withLock { $0.objects = objects }
    let owner = Owner()
    server = try LoopbackServer { connection in
      while let request = connection.readRequest() {
        guard let text = owner.server.withLock({ $0 })?.answer(to: request) else {
          return connection.reset()
        }
        connection.send(text)
      }
    }
    let time = VirtualTime(millisecondsSinceEpoch: 1_790_000_000_000)
    client = S3Client(
      caller: RetryingCaller(
        http: try HTTPClient(), credentials: CredentialSource { _ in nil },
        policy: RetryPolicy(attemptsMax: 3),
        environment: CallerEnvironment(
          now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
          monotonic: { time.instant() }, sleep: { time.sleep($0) }, random: { 1 })),
      endpoint: S3Endpoint(
        region: .usEast1, custom: try Endpoint(parsing: server.origin, from: "test")))
    owner.server.withLock { $0 = self }
  }

  deinit { server.stop() }

  /// Leads the server's thread to this object, which exists after the server does.
  private final class Owner: Sendable {
    let server = Mutex<TargetServer?>(nil)
  }

  var requests: [ReceivedRequest] { server.requests }
  func count(_ method: String) -> Int { requests.count { $0.method == method } }
  func fail(_ faults: [Fault]) { state.withLock { $0.faults = faults } }
  var objects: [String: Object] { state.withLock(\.objects) }

  private func answer(to request: ReceivedRequest) -> String? {
    if request.target.contains("?list-type") { return listing(request) }
    let path = request.target.split(separator: "?")[0]
    let key = String(
      decoding: URIEncoding.decode(path.drop { $0 == "/" }.drop { $0 != "/" }.dropFirst().utf8),
      as: UTF8.self)
    if request.method == "HEAD" {
      return head(path.hasPrefix("/source/") ? Object(etag: Self.etag) : objects[key])
    }
    let fault = state.withLock { $0.faults.isEmpty ? nil : $0.faults.removeFirst() }
    if case .lostRequest? = fault { return nil }
    if case .denied? = fault {
      return TestSupport.answer("<Error><Code>AccessDenied</Code></Error>", status: "403 Forbidden")
    }
    if request.method == "PUT", let found = state.withLock({ $0.objects[key] }),
      let wanted = request.values(of: "If-Match").first, wanted != "\"\(found.etag)\""
    {
      return TestSupport.answer("", status: "412 Precondition Failed")
    }
    state.withLock { state in
      state.versions += 1
      state.objects[key] =
        request.method == "DELETE"
        ? nil : Object(etag: Self.etag, version: state.versions, second: 9)
    }
    if case .lostAnswer? = fault { return nil }
    return request.method == "DELETE"
      ? TestSupport.answer("", status: "204 No Content")
      : TestSupport.answer("<CopyObjectResult><ETag>\"\(Self.etag)\"</ETag></CopyObjectResult>")
  }

  /// Of every copy.
  static let etag = "900150983cd24fb0d6963f7d28e17f72"

  private func head(_ object: Object?) -> String {
    guard let object else {
      return TestSupport.answer("", status: "404 Not Found")
    }
    let body = String(repeating: "x", count: object.size)
    let text = TestSupport.answer(
      body,
      headers: [
        "ETag: \"\(object.etag)\"", "x-amz-version-id: v\(object.version)",
        "Last-Modified: Fri, 20 Nov 2026 01:02:0\(object.second) GMT",
      ])
    return String(text.dropLast(body.count))
  }

  private func listing(_ request: ReceivedRequest) -> String {
    var after = ""
    for field in request.target.split(separator: "?")[1].split(separator: "&")
    where field.hasPrefix("start-after=") {
      after = String(decoding: URIEncoding.decode(field.dropFirst(12).utf8), as: UTF8.self)
    }
    let all = objects.filter { Key($0.key) > Key(after) }.sorted { Key($0.key) < Key($1.key) }
    let rows = all.prefix(1_000).map { key, object in
      "<Contents><Key>\(key)</Key><LastModified>2026-11-20T01:02:0\(object.second).000Z</LastModified>"
        + "<ETag>\"\(object.etag)\"</ETag><Size>\(object.size)</Size></Contents>"
    }
    return TestSupport.answer(
      "<ListBucketResult><IsTruncated>\(all.count > 1_000)</IsTruncated>"
        + "<KeyCount>\(rows.count)</KeyCount>"
        + (all.count > 1_000 ? "<NextContinuationToken>t</NextContinuationToken>" : "")
        + rows.joined() + "</ListBucketResult>")
  }
}

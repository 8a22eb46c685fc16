import AWS
import HTTP
import S3
import Signing
import Synchronization
import TestSupport
import Vocabulary

/// A server whose versions are archived, each with the id `v`: it answers HEAD, RestoreObject and listings of
/// versions, and counts what it is asked.
final class ArchiveServer: Sendable {
  struct Object: Sendable {
    var storageClass = "GLACIER"
    var tier: String?
    /// `true`, or a date from which on its copy is gone.
    var thaw: String?
    /// What RestoreObject is refused with.
    var refusal: (status: String, code: String)?
  }

  private struct State: Sendable {
    var objects: [String: Object] = [:]
    var tellsStatus = true
    var refusesListings = false
  }

  private let state = Mutex(State())
  private let server: LoopbackServer
  let client: S3Client

  init(_ objects: [String: Object], tellsStatus: Bool = true, refusesListings: Bool = false) throws
  {
    state.withLock {
      $0 = State(objects: objects, tellsStatus: tellsStatus, refusesListings: refusesListings)
    }
    let owner = Owner()
    server = try LoopbackServer(answering: { request in
      owner.server.withLock { $0 }?.answer(to: request) ?? TestSupport.answer(status: "500 Gone")
    })
    let time = VirtualTime(millisecondsSinceEpoch: 1_790_000_000_000)
    let caller = RetryingCaller(
      http: try HTTPClient(), credentials: CredentialSource { _ in nil },
      policy: RetryPolicy(attemptsMax: 2),
      environment: CallerEnvironment(
        now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
        monotonic: { time.instant() }, sleep: { time.sleep($0) }, random: { 1 }))
    client = S3Client(
      caller: caller,
      endpoint: S3Endpoint(
        region: .usEast1, custom: try Endpoint(parsing: server.origin, from: "test")))
    owner.server.withLock { $0 = self }
  }

  deinit { server.stop() }

  /// Leads the server's thread to this object, which exists after the server does.
  private final class Owner: Sendable {
    let server = Mutex<ArchiveServer?>(nil)
  }

  var heads: Int { server.requests.count { $0.method == "HEAD" } }
  var lists: Int { server.requests.count { $0.method == "GET" } }
  /// The keys that were asked to come back, in their order.
  var thawed: [String] {
    server.requests.filter { $0.method == "POST" }.map { Self.key(of: $0) }.sorted()
  }

  private static func key(of request: ReceivedRequest) -> String {
    let path = request.target.split(separator: "?")[0]
    return String(
      decoding: URIEncoding.decode(path.drop { $0 == "/" }.drop { $0 != "/" }.dropFirst().utf8),
      as: UTF8.self)
  }

  private func answer(to request: ReceivedRequest) -> String {
    let state = state.withLock { $0 }
    if request.method == "GET" { return list(state, request) }
    guard let object = state.objects[Self.key(of: request)] else {
      return TestSupport.answer(status: "404 Not Found")
    }
    if request.method == "POST" {
      guard let (status, code) = object.refusal else {
        return TestSupport.answer(status: "202 Accepted")
      }
      return TestSupport.answer("<Error><Code>\(code)</Code></Error>", status: status)
    }
    var headers = ["x-amz-storage-class: \(object.storageClass)"]
    if let tier = object.tier { headers.append("x-amz-archive-status: \(tier)") }
    if let thaw = object.thaw {
      headers.append(
        thaw == "true"
          ? #"x-amz-restore: ongoing-request="true""#
          : #"x-amz-restore: ongoing-request="false", expiry-date="\#(thaw)""#)
    }
    return TestSupport.answer(headers: headers)
  }

  private func list(_ state: State, _ request: ReceivedRequest) -> String {
    guard !state.refusesListings else {
      return TestSupport.answer(
        "<Error><Code>AccessDenied</Code></Error>", status: "403 Forbidden")
    }
    func parameter(_ name: String) -> String {
      let value = request.target.split(separator: "&").first { $0.hasPrefix("\(name)=") }
      return String(
        decoding: URIEncoding.decode((value?.dropFirst(name.count + 1) ?? "").utf8),
        as: UTF8.self)
    }
    let (after, prefix) = (parameter("key-marker"), parameter("prefix"))
    let keys = state.objects.keys.filter { $0 > after && $0.hasPrefix(prefix) }.sorted()
    let page = keys.prefix(1_000)
    let rows = page.map { key in
      let object = state.objects[key] ?? Object()
      let status = state.tellsStatus ? object.thaw.map { Self.status($0) } ?? "" : ""
      return """
        <Version><Key>\(key)</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><LastModified>\
        2026-11-20T01:02:03.000Z</LastModified><ETag>"e"</ETag><Size>5</Size><StorageClass>\
        \(object.storageClass)</StorageClass>\(status)</Version>
        """
    }
    return TestSupport.answer(
      "<ListVersionsResult><IsTruncated>\(keys.count > page.count)</IsTruncated>"
        + (page.last.map { "<NextKeyMarker>\($0)</NextKeyMarker>" } ?? "")
        + "<NextVersionIdMarker>v</NextVersionIdMarker>\(rows.joined())</ListVersionsResult>")
  }

  private static func status(_ thaw: String) -> String {
    thaw == "true"
      ? "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>"
      : "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>"
        + "<RestoreExpiryDate>2026-11-30T00:00:00Z</RestoreExpiryDate></RestoreStatus>"
  }
}

import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Servers that refuse what only helps.
@Suite struct ListFormTests {
  private static func page(_ keys: [String], isEncoded: Bool) -> String {
    TestSupport.answer(
      "<ListBucketResult>\(isEncoded ? "<EncodingType>url</EncodingType>" : "")"
        + "<KeyCount>\(keys.count)</KeyCount><IsTruncated>false</IsTruncated>"
        + "\(keys.map { object(key: $0) }.joined())</ListBucketResult>")
  }

  /// Refuses listings with one of these parameters, and answers all others with one key.
  private func server(refusing parameters: [String], _ refusal: String) throws -> LoopbackServer {
    try LoopbackServer(answering: { request in
      if parameters.contains(where: { request.target.contains($0) }) { return refusal }
      let isEncoded = request.target.contains("encoding-type=url")
      return Self.page([isEncoded ? "a%2Bb+c" : "a+b c"], isEncoded: isEncoded)
    })
  }

  private static let refusals = [
    ("400 Bad Request", "InvalidArgument"), ("400 Bad Request", "SomethingElse"),
    ("400 Bad Request", ""), ("403 Forbidden", "AccessDenied"), ("404 Not Found", "NoSuchKey"),
    ("405 Method Not Allowed", "MethodNotAllowed"), ("500 Internal Server Error", "InternalError"),
    ("501 Not Implemented", "NotImplemented"), ("409 Conflict", "OperationAborted"),
    ("403 Forbidden", "SignatureDoesNotMatch"), ("404 Not Found", "NoSuchBucket"),
    ("400 Bad Request", "<html><title>Bad</title></html>"),
    ("400 Bad Request", #"{"error":"bad"}"#),
    ("403 Forbidden", "<html></html>"), ("422 Unprocessable Content", ""), ("505 HTTP Version", ""),
    ("416 Range Not Satisfiable", "no"),
  ]

  private static func refusal(_ status: String, _ code: String) -> String {
    let isCode = !code.isEmpty && code.allSatisfy(\.isLetter) && code.count > 2
    return TestSupport.answer(isCode ? errorBody(code) : code, status: status)
  }

  @Test(arguments: refusals)
  func keysComeAsTheyAreWhereEncodingIsRefused(status: String, code: String) async throws {
    let server = try server(refusing: ["encoding-type"], Self.refusal(status, code))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.list().objects.firstKey == Key("a+b c"))
    let before = server.requests.count
    #expect(try await client.list("other", from: .token("t")).objects.firstKey == Key("a+b c"))
    // It is not tried again.
    #expect(server.requests.count == before + 1)
    #expect(server.requests.last?.target.contains("encoding-type") == false)
  }

  @Test(arguments: refusals)
  func keysStayEncodedWhereAnotherParameterIsRefused(status: String, code: String) async throws {
    let server = try server(refusing: ["max-keys"], Self.refusal(status, code))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.list().objects.firstKey == Key("a+b c"))
    _ = try await client.list()
    #expect(server.requests.last?.line == "GET /logs?list-type=2&encoding-type=url")
  }

  @Test func bothMayBeRefusedAndTheVersionToo() async throws {
    let server = try server(
      refusing: ["max-keys", "encoding-type", "list-type"],
      Self.refusal("400 Bad Request", "InvalidArgument"))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.list().objects.firstKey == Key("a+b c"))
    _ = try await client.list(from: .after(Key("m")))
    #expect(server.requests.last?.line == "GET /logs?marker=m")
  }

  @Test(arguments: [
    ("403 Forbidden", "InvalidAccessKeyId"), ("403 Forbidden", "RequestTimeTooSkewed"),
    ("400 Bad Request", "ExpiredToken"),
  ])
  func doubtsAboutWhoAsksAreNoneAboutParameters(status: String, code: String) async throws {
    let server = try LoopbackServer(always: Self.refusal(status, code))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await TestClient(server.origin).list() }
    #expect(error?.code == code && error?.parameterRefusal == nil)
    #expect(server.requests.allSatisfy { $0.target.contains("encoding-type") })
  }

  /// Refused whatever is in the request: the first refusal is told, and nothing is hidden.
  @Test(arguments: refusals)
  func refusalsThatAreNotAboutParametersAreTold(status: String, code: String) async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains("encoding-type=url&max-keys") && request.target.contains("list-type")
        ? Self.refusal(status, code) : Self.refusal("403 Forbidden", "Another")
    })
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await TestClient(server.origin).list() }
    #expect(
      error?.code != "Another" && error.map { status.hasPrefix("\($0.statusCode ?? 0)") } == true)
    #expect(server.requests.contains { !$0.target.contains("list-type") })
  }

  @Test(arguments: refusals)
  func olderVersionIsAskedForWhereTheNewerIsRefused(status: String, code: String) async throws {
    let server = try server(refusing: ["list-type"], Self.refusal(status, code))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.list().objects.firstKey == Key("a+b c"))
    _ = try await client.list(from: .after(Key("m")))
    #expect(server.requests.last?.target.contains("marker=m") == true)
  }

  /// On AWS, which knows every parameter, a failure or another matter is what it says.
  @Test func somethingElseThanAParameterIsNoneOfAWS() {
    let kinds: [S3Error.ParameterRefusal] = [.denied, .refused, .failed, .otherMatter]
    #expect(kinds.map(\.isNoneOfAWS) == [false, false, true, true])
    func kind(_ status: Int, _ code: String?) -> S3Error.ParameterRefusal? {
      S3Error(operation: "list", resource: "s3://b", statusCode: status, code: code)
        .parameterRefusal
    }
    #expect(
      kind(404, "NoSuchBucket") == .otherMatter && kind(409, "OperationAborted") == .otherMatter)
    #expect(kind(403, "SignatureDoesNotMatch") == .otherMatter && kind(400, nil) == .refused)
    #expect(kind(429, nil) == nil && kind(301, "PermanentRedirect") == nil)
    #expect(kind(403, "ExpiredToken") == nil && kind(407, nil) == nil && kind(200, nil) == nil)
  }

  /// A first page with everything in it says nothing of the pages after it.
  @Test(arguments: ["max-keys", "encoding-type"], refusals)
  func whatIsRefusedBesideATokenIsLeftOut(
    parameter: String, refusal: (status: String, code: String)
  ) async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains(parameter) && request.target.contains("continuation-token")
        ? Self.refusal(refusal.status, refusal.code) : Self.page(["a"], isEncoded: true)
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.list()
    let second = try await client.list(from: .token("t"))
    #expect(second.objects.records.count == 1)
    let asked = server.requests.count
    _ = try await client.list(from: .token("u"))
    #expect(server.requests.count == asked + 1)
  }

  /// Requests that are refused side by side find the same form, each by itself or by another.
  @Test func whatIsRefusedManyTimesAtOnceIsLeftOutByAll() async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains("max-keys") && request.target.contains("start-after")
        ? Self.refusal("403 Forbidden", "AccessDenied") : Self.page(["x"], isEncoded: true)
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.list()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<24 {
        group.addTask {
          try await client.list(from: .after(Key("k\(number)"))).objects.records.count
        }
      }
      for try await count in group { #expect(count == 1) }
    }
  }

  @Test func serverThatHasAnsweredIsNotAskedForLess() async throws {
    let server = try LoopbackServer(inTurn: [
      Self.page(["a"], isEncoded: true), Self.refusal("403 Forbidden", "AccessDenied"),
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.list()
    await #expect(throws: S3Error.self) { try await client.list("closed") }
    #expect(server.requests.count == 2)
  }

  // MARK: - Buckets

  @Test(arguments: refusals)
  func bucketsAreListedWithoutAPageSizeWhereItIsRefused(status: String, code: String) async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains("max-buckets")
        ? Self.refusal(status, code) : TestSupport.answer(bucketList(["logs"]))
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.s3.listBuckets().buckets.map(\.name) == ["logs"])
    let before = server.requests.count
    _ = try await client.s3.listBuckets()
    #expect(server.requests.count == before + 1)
  }

  @Test func refusedBucketListIsTheFirstRefusal() async throws {
    let server = try LoopbackServer(answering: { request in
      Self.refusal(
        "403 Forbidden", request.target.contains("max-buckets") ? "AccessDenied" : "Other")
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) { try await client.s3.listBuckets() }
    #expect(error?.code == "AccessDenied")
  }
}

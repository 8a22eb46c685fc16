import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Servers that know no ListObjectsV2.
@Suite struct S3ClientVersionTests {
  /// A page as ListObjects answers.
  private static func old(
    _ keys: [String], isTruncated: Bool = true, marker: String = "<Marker></Marker>",
    nextMarker: String? = nil
  ) -> String {
    let next = nextMarker.map { "<NextMarker>\($0)</NextMarker>" } ?? ""
    return TestSupport.answer(
      "<ListBucketResult>\(marker)\(next)<EncodingType>url</EncodingType>"
        + "<IsTruncated>\(isTruncated)</IsTruncated>\(keys.map { object(key: $0) }.joined())"
        + "</ListBucketResult>")
  }

  private static func new(_ keys: [String], token: String? = nil) -> String {
    let next = token.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? ""
    return TestSupport.answer(
      "<ListBucketResult><KeyCount>\(keys.count)</KeyCount>\(next)"
        + "\(keys.map { object(key: $0) }.joined())</ListBucketResult>")
  }

  private static let firstTwo = "GET /logs?list-type=2&encoding-type=url&max-keys=1000"
  private static let firstOne = "GET /logs?encoding-type=url&max-keys=1000"

  private func isVersionTwo(_ request: ReceivedRequest) -> Bool {
    request.target.contains("list-type=2")
  }

  @Test(
    arguments: [
      ("501 Not Implemented", "NotImplemented"), ("501 Not Implemented", ""),
      ("400 Bad Request", "InvalidArgument"), ("400 Bad Request", "InvalidRequest"),
      ("400 Bad Request", "NotImplemented"), ("400 Bad Request", ""),
      ("405 Method Not Allowed", "MethodNotAllowed"),
    ])
  func asksTheOldWayWhereTheNewOneIsRefused(status: String, code: String) async throws {
    let body = code.isEmpty ? "" : errorBody(code)
    let server = try LoopbackServer(answering: { request in
      request.target.contains("list-type")
        ? TestSupport.answer(body, status: status) : Self.old(["a", "b%20c"])
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let page = try await client.list()
    #expect(page.objects.records.count == 2)
    // Without NextMarker the last key is where it goes on.
    #expect(page.nextContinuationToken == "b c")
    _ = try await client.list(from: .token("b c"))
    _ = try await client.list(prefix: "x/", from: .after(Key("x/ü")))
    #expect(
      server.requests.map(\.line) == [
        Self.firstTwo, Self.firstOne, Self.firstOne + "&marker=b%20c",
        Self.firstOne + "&prefix=x%2F&marker=x%2F%C3%BC",
      ])
  }

  @Test func takesAnAnswerOfTheOldKindForWhatItIs() async throws {
    let server = try LoopbackServer(always: Self.old(["a", "b"], nextMarker: "b%2Bc"))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let page = try await client.list()
    #expect(page.objects.records.count == 2)
    #expect(page.nextContinuationToken == "b+c")
    _ = try await client.list(from: .token("b+c"))
    #expect(
      server.requests.map(\.line) == [Self.firstTwo, Self.firstOne + "&marker=b%2Bc"])
  }

  @Test(arguments: [true, false])
  func asksAgainWhereStartAfterWasPassedOver(isTruncated: Bool) async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains("marker=m")
        ? Self.old(["n"], isTruncated: false) : Self.old(["a"], isTruncated: isTruncated)
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let page = try await client.list(from: .after(Key("m")))
    #expect(page.objects.firstKey == Key("n"))
    #expect(
      server.requests.map(\.line) == [
        Self.firstTwo + "&start-after=m", Self.firstOne + "&marker=m",
      ])
  }

  @Test func serverThatKnowsTheNewWayIsNeverAskedTheOldOne() async throws {
    let server = try LoopbackServer(inTurn: [
      Self.new(["a"], token: "t"),
      TestSupport.answer(errorBody("InvalidArgument"), status: "400 Bad"),
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.list().nextContinuationToken == "t")
    await #expect(throws: S3Error.self) { try await client.list(from: .token("t")) }
    // The last is without what only helps.
    #expect(server.requests.map(isVersionTwo) == [true, true, true])
  }

  @Test func refusalOfBothIsTheFirstOnes() async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains("list-type")
        ? TestSupport.answer(errorBody("InvalidArgument"), status: "400 Bad Request")
        : TestSupport.answer(errorBody("Other"), status: "400 Bad Request")
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) { try await client.list() }
    #expect(error?.code == "InvalidArgument")
    // It proves nothing about the version.
    await #expect(throws: S3Error.self) { try await client.list() }
    // Each of them with all that helps and without.
    let asked = [true, false, true, false]
    #expect(server.requests.map(isVersionTwo) == asked + asked)
  }

  @Test(arguments: [("403 Forbidden", "AccessDenied"), ("404 Not Found", "NoSuchBucket")])
  func otherRefusalsAreOfNoVersion(status: String, code: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(errorBody(code), status: status))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await TestClient(server.origin).list() }
    #expect(error?.code == code)
    #expect(server.requests.map(isVersionTwo) == [true, true, false, false])
  }

  @Test(arguments: [
    ("<Marker/><IsTruncated>true</IsTruncated>", true), ("<NextMarker>a</NextMarker>", true),
    ("<Marker/><KeyCount>1</KeyCount>", false), ("<Marker/><StartAfter/>", false),
    ("<Marker/><ContinuationToken/>", false),
    ("<Marker/><NextContinuationToken>t</NextContinuationToken>", false),
    ("<IsTruncated>true</IsTruncated>", false), ("", false),
  ])
  func tellsTheVersionsApart(elements: String, isVersionOne: Bool) throws {
    #expect(try ListPage(parsing: answer(elements)).isVersionOne == isVersionOne)
  }

  @Test(arguments: ["%", "%2", "%zz"])
  func refusesMarkersThatAreNotEncodedAsTheyShould(marker: String) throws {
    #expect(throws: AnswerError.self) {
      try ListPage(
        parsing: answer("<EncodingType>url</EncodingType><NextMarker>\(marker)</NextMarker>"))
    }
  }

  @Test func markerThatIsNotTextIsLeftToTheLastKey() async throws {
    let server = try LoopbackServer(always: Self.old(["a%FF"]))
    defer { server.stop() }
    let page = try await TestClient(server.origin).list()
    #expect(page.isTruncated && page.nextContinuationToken == nil)
    #expect(page.objects.lastKey == Key([0x61, 0xFF]))
  }
}

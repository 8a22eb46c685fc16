import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// ListObjectVersions over the wire.
@Suite struct VersionListingTests {
  private static let listing = "GET /logs?versions=&encoding-type=url&max-keys=1000"

  private static func page(_ children: String, isTruncated: Bool = false) -> String {
    TestSupport.answer(versionPage(children, isTruncated: isTruncated))
  }

  private func list(
    _ server: LoopbackServer, _ bucket: String = "logs",
    from position: PagePosition = .after(.start),
    attemptsMax: Int = 10
  ) async throws -> ListPage {
    try await TestClient(server.origin, attemptsMax: attemptsMax).s3.listVersions(
      bucket: bucket, prefix: .start, from: position)
  }

  // MARK: - Questions

  @Test(
    arguments: [
      (.start, .after(.start), ""),
      (Key("a b+/é"), .after(.start), "&prefix=a%20b%2B%2F%C3%A9"),
      (.start, .after(Key([0x61, 0, 0xFF])), "&key-marker=a%00%FF"),
      (
        Key("p/"), .afterVersion(Key("p/a+b"), "v+/=_."),
        "&prefix=p%2F&key-marker=p%2Fa%2Bb&version-id-marker=v%2B%2F%3D_."
      ),
      (Key("p/"), .versions(of: Key("p/a+b"), after: nil), "&prefix=p%2Fa%2Bb"),
      (
        Key("p/"), .versions(of: Key("p/a b"), after: "null"),
        "&prefix=p%2Fa%20b&key-marker=p%2Fa%20b&version-id-marker=null"
      ),
    ] as [(Key, PagePosition, String)])
  func escapesWhatItAsksForOnce(prefix: Key, position: PagePosition, query: String) async throws {
    let server = try LoopbackServer(always: Self.page(version("k")))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.s3.listVersions(bucket: "logs", prefix: prefix, from: position)
    #expect(server.requests.map(\.line) == [Self.listing + query])
    #expect(client.s3.counts.billedLists == 1)
  }

  @Test func onlyWhatFollowsAKeyStartsAfterIt() {
    #expect(PagePosition.after(Key("k")).startsAfterKey)
    for position in [
      PagePosition.after(.start), .token("t"), .afterVersion(Key("k"), "v"),
      .versions(of: Key("k"), after: nil), .versions(of: Key("k"), after: "v"),
    ] {
      #expect(!position.startsAfterKey, "\(position)")
    }
  }

  @Test func retriesAndFollowsRegionsAsListingsDo() async throws {
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(errorBody("SlowDown"), status: "503 Slow Down"),
      TestSupport.answer(
        errorBody("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
        status: "400 Bad Request"),
      TestSupport.answer(errorBody("InternalError")),
      Self.page(version("k", "v") + marker("l"), isTruncated: true),
    ])
    defer { server.stop() }
    let page = try await list(server)
    #expect(page.isTruncated && page.objects.versions.count == 2)
    let home = ["us-east-1", "us-east-1", "eu-west-1", "eu-west-1"]
    #expect(server.requests.map(\.signedRegion) == home)
  }

  // MARK: - Servers without versions

  @Test(
    arguments: [
      ("501 Not Implemented", errorBody("NotImplemented")), ("501 Not Implemented", ""),
      ("405 Method Not Allowed", errorBody("MethodNotAllowed")),
      ("400 Bad Request", errorBody("NotImplemented")),
      ("200 OK", emptyListing),
      ("200 OK", "<a><IsTruncated>false</IsTruncated><Name>logs</Name></a>"),
      ("200 OK", "<ListBucketResult>\(object(key: "k"))</ListBucketResult>"),
    ])
  func namesAServerWithoutVersionsAfterTwoRequests(status: String, body: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(body, status: status))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await list(server) }
    #expect(error?.keepsNoVersions == true && error?.keepsNoUploads == false)
    #expect(error?.parameterRefusal == nil && error?.hint == nil)
    #expect(
      error?.description.hasPrefix(
        "cannot list the versions of s3://logs: this server keeps no versions (") == true)
    #expect(server.requests.count == 2)
  }

  @Test(
    arguments: [
      ("403 Forbidden", "AccessDenied"), ("404 Not Found", "NoSuchBucket"),
      ("400 Bad Request", "InvalidArgument"), ("404 Not Found", "NoSuchKey"),
      ("500 Internal Server Error", "InternalError"),
    ])
  func otherRefusalsAreNotOfVersions(status: String, code: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(errorBody(code), status: status))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await list(server, attemptsMax: 2) }
    #expect(error?.keepsNoVersions == false && error?.code == code)
  }

  @Test func directoryBucketsAreNotAsked() async throws {
    let server = try LoopbackServer(always: Self.page(""))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await list(server, "logs--use1-az4--x-s3")
    }
    #expect(error?.keepsNoVersions == true)
    #expect(server.requests.isEmpty)
  }

  // MARK: - Servers that refuse what only helps

  /// Refuses listings with one of these parameters; keys come encoded where that was asked for.
  private func server(refusing parameters: [String], _ refusal: String) throws -> LoopbackServer {
    try LoopbackServer(answering: { request in
      if parameters.contains(where: { request.target.contains($0) }) { return refusal }
      return request.target.contains("encoding-type=url")
        ? Self.page("<EncodingType>url</EncodingType>" + version("a%2Bb+c"))
        : Self.page(version("a+b c"))
    })
  }

  private static let refusals = [
    TestSupport.answer(errorBody("InvalidArgument"), status: "400 Bad Request"),
    TestSupport.answer(errorBody("AccessDenied"), status: "403 Forbidden"),
    TestSupport.answer(errorBody("NotImplemented"), status: "501 Not Implemented"),
    TestSupport.answer(errorBody("InternalError"), status: "500 Internal Server Error"),
  ]

  @Test(arguments: refusals)
  func keysComeAsTheyAreWhereEncodingIsRefused(refusal: String) async throws {
    let server = try server(refusing: ["encoding-type"], refusal)
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    for position in [PagePosition.after(.start), .afterVersion(Key("a"), "v")] {
      let page = try await client.listVersions(bucket: "logs", prefix: .start, from: position)
      #expect(page.objects.firstKey == Key("a+b c"))
    }
    #expect(
      server.requests.last?.line == "GET /logs?versions=&key-marker=a&version-id-marker=v")
    #expect(server.requests.count { $0.target.contains("version-id-marker") } == 1)
  }

  @Test(arguments: refusals)
  func keysStayEncodedWhereAnotherParameterIsRefused(refusal: String) async throws {
    let server = try server(refusing: ["max-keys"], refusal)
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    for _ in 0..<2 {
      let page = try await client.listVersions(
        bucket: "logs", prefix: .start, from: .after(.start))
      #expect(page.objects.firstKey == Key("a+b c") && page.encodingIsURL)
    }
    #expect(server.requests.last?.line == "GET /logs?versions=&encoding-type=url")
  }

  /// A refusal in the midst of a listing may be about the place, which the beginning tells.
  @Test func theBeginningTellsTheFormWhereAPlaceIsRefused() async throws {
    let refusal = Self.refusals[0]
    let place = PagePosition.afterVersion(Key("k"), "gone")
    let strict = try server(refusing: ["version-id-marker"], refusal)
    defer { strict.stop() }
    let error = await #expect(throws: S3Error.self) { try await list(strict, from: place) }
    #expect(error?.code == "InvalidArgument")
    #expect(strict.requests.map { $0.target.contains("key-marker") } == [true, false])
    let bare = try server(refusing: ["encoding-type"], refusal)
    defer { bare.stop() }
    #expect(try await list(bare, from: place).objects.firstKey == Key("a+b c"))
    #expect(bare.requests.last?.line == "GET /logs?versions=&key-marker=k&version-id-marker=gone")
  }

  @Test func whatIsRefusedOfVersionsIsStillAskedOfObjects() async throws {
    let server = try LoopbackServer(answering: { request in
      guard request.target.contains("versions") else {
        return TestSupport.answer(emptyListing)
      }
      return request.target.contains("encoding-type")
        ? Self.refusals[0] : Self.page(version("k"))
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.s3.listVersions(bucket: "logs", prefix: .start, from: .after(.start))
    _ = try await client.list()
    #expect(server.requests.last?.target.contains("encoding-type=url") == true)
  }
}

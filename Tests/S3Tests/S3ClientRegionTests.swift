import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Redirects to other regions, and what must not be taken for one.
@Suite struct S3ClientRegionTests {
  /// Where a bucket of eu-west-1 is asked for in another region.
  struct Redirect: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var status: String
    var headers: [String] = []
    var body = ""
    /// Whether the answer leaves the region out, so that HeadBucket has to be asked.
    var needsHead = false
  }

  private static let redirects = [
    Redirect(
      testDescription: "301 with a header", status: "301 Moved Permanently",
      headers: ["x-amz-bucket-region: eu-west-1"], body: errorBody("PermanentRedirect")),
    Redirect(
      testDescription: "301 whose body names the region", status: "301 Moved Permanently",
      body: errorBody("PermanentRedirect", "<Region>eu-west-1</Region>")),
    Redirect(
      testDescription: "400 for the wrong scope", status: "400 Bad Request",
      body: errorBody("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")),
    Redirect(
      testDescription: "400 for a location constraint", status: "400 Bad Request",
      headers: ["x-amz-bucket-region: eu-west-1"],
      body: errorBody("IllegalLocationConstraintException")),
    Redirect(
      testDescription: "307 that names no region", status: "307 Temporary Redirect",
      headers: ["Location: http://elsewhere.invalid/"], body: errorBody("TemporaryRedirect"),
      needsHead: true),
    Redirect(
      testDescription: "302 without a body", status: "302 Found", needsHead: true),
  ]

  private func list(_ client: TestClient, bucket: String = "logs") async throws {
    _ = try await client.s3.listObjects(bucket: bucket, prefix: .start, from: .after(.start))
  }

  @Test(arguments: redirects)
  func followsARedirectOnceAndRemembersTheRegion(_ redirect: Redirect) async throws {
    let server = try LoopbackServer(answering: { request in
      if request.method == "HEAD" {
        return "HTTP/1.1 301 Moved Permanently\r\nx-amz-bucket-region: eu-west-1\r\n\r\n"
      }
      guard request.signedRegion == "eu-west-1" else {
        return TestSupport.answer(
          redirect.body, status: redirect.status, headers: redirect.headers)
      }
      return TestSupport.answer(emptyListing)
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    try await list(client)
    try await list(client)
    let regions = server.requests.filter { $0.method == "GET" }.map(\.signedRegion)
    #expect(regions == ["us-east-1", "eu-west-1", "eu-west-1"])
    #expect(server.requests.count { $0.method == "HEAD" } == (redirect.needsHead ? 1 : 0))
    #expect(client.s3.counts.retries == 0)
    // What was learned is the one bucket's.
    try await list(client, bucket: "other")
    #expect(server.requests.last { $0.target.hasPrefix("/other") }?.signedRegion == "eu-west-1")
    #expect(
      server.requests.contains { $0.line.hasPrefix("GET /other") && $0.signedRegion == "us-east-1" }
    )
  }

  @Test func followsNoSecondRedirect() async throws {
    let server = try LoopbackServer(answering: { request in
      let next = request.signedRegion == "us-east-1" ? "eu-west-1" : "us-east-1"
      return TestSupport.answer(
        errorBody("PermanentRedirect"), status: "301 Moved Permanently",
        headers: ["x-amz-bucket-region: \(next)"])
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) { try await list(client) }
    #expect(error?.code == "PermanentRedirect")
    #expect(server.requests.map(\.signedRegion) == ["us-east-1", "eu-west-1"])
    // What did not help is not remembered.
    _ = try? await list(client)
    #expect(server.requests.map(\.signedRegion).dropFirst(2).first == "us-east-1")
  }

  @Test(arguments: ["301 Moved Permanently", "307 Temporary Redirect", "400 Bad Request"])
  func redirectToTheSameRegionIsAnErrorThatSaysSo(status: String) async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(
        errorBody("PermanentRedirect"), status: status,
        headers: ["x-amz-bucket-region: us-east-1"]))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) { try await list(client) }
    #expect(server.requests.count == 1)
    #expect(
      error?.description.contains(
        "the server redirects to us-east-1, the region that it was asked in (PermanentRedirect")
        == true)
    #expect(error?.hint != nil && error?.hint != .nameRegion)
  }

  @Test func secondRedirectSaysWhereBothLed() async throws {
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        errorBody("PermanentRedirect"), status: "301 Moved Permanently",
        headers: [
          "x-amz-bucket-region: \(request.signedRegion == "us-east-1" ? "eu-west-1" : "eu-west-2")"
        ])
    })
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await list(TestClient(server.origin)) }
    #expect(
      error?.description.contains("redirects from us-east-1 to eu-west-1, and from there") == true)
    #expect(server.requests.count == 2)
  }

  // botocore's S3RegionRedirectorv2 wants the region in the body.
  @Test func malformedAuthorizationWithoutARegionIsNoRedirect() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(
        errorBody("AuthorizationHeaderMalformed"), status: "400 Bad Request",
        headers: ["x-amz-bucket-region: eu-west-1"]))
    defer { server.stop() }
    await #expect(throws: S3Error.self) { try await list(TestClient(server.origin)) }
    #expect(server.requests.count == 1)
  }

  @Test func headerGoesBeforeTheBody() async throws {
    let server = try LoopbackServer(answering: { request in
      request.signedRegion == "eu-west-1"
        ? TestSupport.answer(emptyListing)
        : TestSupport.answer(
          errorBody("AuthorizationHeaderMalformed", "<Region>eu-west-2</Region>"),
          status: "400 Bad Request", headers: ["x-amz-bucket-region: eu-west-1"])
    })
    defer { server.stop() }
    try await list(TestClient(server.origin))
    #expect(server.requests.map(\.signedRegion) == ["us-east-1", "eu-west-1"])
  }

  @Test(arguments: [false, true])
  func asksHeadAgainUntilItAnswers(isRefused: Bool) async throws {
    let busy = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n"
    let named = "x-amz-bucket-region: eu-west-1\r\nContent-Length: 0\r\n\r\n"
    let server = try LoopbackServer(inTurn: [
      busy, busy, "HTTP/1.1 \(isRefused ? "400 Bad Request" : "200 OK")\r\n" + named,
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.s3.discoverRegion(of: "logs") == "eu-west-1")
    #expect(server.requests.map(\.line) == ["HEAD /logs", "HEAD /logs", "HEAD /logs"])
  }

  @Test(arguments: ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
  func neverCallsAHostThatAnAnswerNames(status: String) async throws {
    let trap = try LoopbackServer(always: TestSupport.answer(emptyListing))
    let body = errorBody("PermanentRedirect", "<Endpoint>127.0.0.1:\(trap.port)</Endpoint>")
    let location = "Location: \(trap.origin)/logs?list-type=2"
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        request.method == "HEAD" ? "" : body, status: status, headers: [location])
    })
    defer {
      trap.stop()
      server.stop()
    }
    let client = try TestClient(server.origin)
    await #expect(throws: S3Error.self) { try await list(client) }
    #expect(trap.connectionCount == 0)
  }

  @Test(
    arguments: [
      "evil.com/", "127.0.0.1:9", "evil.com#", "eu-west-1.evil.com", "EU-WEST-1", "a@b", "-x", "",
      "eu west", String(repeating: "a", count: 64),
    ])
  func usesNoRegionThatIsNotAHostLabel(name: String) async throws {
    let body = errorBody("AuthorizationHeaderMalformed", "<Region>\(name)</Region>")
    let server = try LoopbackServer(answering: { request in
      request.method == "HEAD"
        ? "HTTP/1.1 400 Bad Request\r\nx-amz-bucket-region: \(name)\r\nContent-Length: 0\r\n\r\n"
        : TestSupport.answer(body, status: "400 Bad Request")
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    await #expect(throws: S3Error.self) { try await list(client) }
    client.s3.remember(region: name, of: "logs")
    await #expect(throws: S3Error.self) { try await list(client) }
    #expect(Set(server.requests.map(\.signedRegion)) == ["us-east-1"])
    #expect(server.requests.allSatisfy { $0.values(of: "Host") == ["127.0.0.1:\(server.port)"] })
  }

  // MARK: - Where a bucket lives

  private func location(_ constraint: String) -> String {
    "<LocationConstraint>\(constraint)</LocationConstraint>"
  }

  @Test(
    arguments: [
      ("", "us-east-1"), ("null", "us-east-1"), ("EU", "eu-west-1"), ("default", nil),
      ("ap-south-1", "ap-south-1"), ("evil.com/", nil),
    ] as [(String, String?)])
  func asksForTheLocationWhenHeadNamesNoRegion(constraint: String, region: String?) async throws {
    let body = location(constraint)
    let server = try LoopbackServer(answering: { request in
      request.method == "HEAD"
        ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : TestSupport.answer(body)
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.s3.discoverRegion(of: "logs") == region)
    #expect(server.requests.map(\.line) == ["HEAD /logs", "GET /logs?location="])
    // To sign for it is AWS's custom; others may call it as they like.
    #expect(client.s3.knownRegion(of: "logs") == nil)
  }

  @Test(arguments: ["200 OK", "301 Moved Permanently", "400 Bad Request", "403 Forbidden"])
  func takesTheRegionFromHeadWhateverItsStatus(status: String) async throws {
    let server = try LoopbackServer(
      always: "HTTP/1.1 \(status)\r\nx-amz-bucket-region: sa-east-1\r\nContent-Length: 0\r\n\r\n")
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.s3.discoverRegion(of: "logs") == "sa-east-1")
    #expect(server.requests.map(\.line) == ["HEAD /logs"])
    // It is used from then on.
    _ = try? await list(client)
    #expect(server.requests.last?.signedRegion == "sa-east-1")
  }

  @Test func knowsNoRegionOfABucketThatIsRefused() async throws {
    let server = try LoopbackServer(
      always: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    defer { server.stop() }
    #expect(try await TestClient(server.origin).s3.discoverRegion(of: "logs") == nil)
    #expect(server.requests.count == 1)
  }

  @Test func locationThatIsRefusedLeavesTheRegionOpen() async throws {
    let body = errorBody("AccessDenied")
    let server = try LoopbackServer(answering: { request in
      request.method == "HEAD"
        ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        : TestSupport.answer(body, status: "403 Forbidden")
    })
    defer { server.stop() }
    #expect(try await TestClient(server.origin).s3.discoverRegion(of: "logs") == nil)
  }

  @Test func bucketThatDoesNotExistIsAnError() async throws {
    let server = try LoopbackServer(
      always: "HTTP/1.1 404 Not Found\r\nx-amz-request-id: H7\r\nContent-Length: 0\r\n\r\n")
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) {
      try await client.s3.discoverRegion(of: "logs")
    }
    #expect(
      error?.description
        == "cannot list s3://logs: no such bucket (NoSuchBucket, request id H7)")
    #expect(client.s3.counts.sent == 1)
  }

  @Test func asksForTheRegionAgainWhenTheServerStumbles() async throws {
    let region = "x-amz-bucket-region: eu-west-1"
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(status: "503 Slow Down", headers: [region]),
      TestSupport.answer(headers: [region]),
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    #expect(try await client.s3.discoverRegion(of: "logs") == "eu-west-1")
    #expect(client.s3.counts.retries == 1)
  }
}

import AWS
import S3
import TestSupport
import Testing

/// Directory buckets, whose requests are signed with the keys of a session.
@Suite struct BucketSessionTests {
  private static let bucket = "logs--usw2-az1--x-s3"

  /// A session from the client's time on; its number is in its keys.
  private static func session(_ number: Int, expiration: String = "2026-09-21T14:18:20Z") -> String
  {
    TestSupport.answer(
      """
      <CreateSessionResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Credentials>\
      <SessionToken>token-\(number)</SessionToken><SecretAccessKey>secret</SecretAccessKey>\
      <AccessKeyId>KEY\(number)</AccessKeyId><Expiration>\(expiration)</Expiration></Credentials>\
      </CreateSessionResult>
      """)
  }

  /// Numbers its sessions by how many were asked for.
  private func server(
    session: @escaping @Sendable (Int) -> String = { session($0) },
    listing: @escaping @Sendable (ReceivedRequest) -> String = { _ in
      TestSupport.answer(emptyListing)
    }
  ) throws -> LoopbackServer {
    let sessions = VirtualTime(millisecondsSinceEpoch: 0, tickMilliseconds: 1)
    return try LoopbackServer(answering: { request in
      request.target.contains("session") ? session(Int(sessions.now())) : listing(request)
    })
  }

  private func isSession(_ request: ReceivedRequest) -> Bool { request.target.contains("session") }

  /// What is sent for two pages of a bucket.
  private func requestsForTwoPages() async throws -> [ReceivedRequest] {
    let server = try server()
    defer { server.stop() }
    let client = try TestClient(server.origin, region: "us-west-2")
    _ = try await client.list(Self.bucket)
    _ = try await client.list(Self.bucket, from: .token("t"))
    return server.requests
  }

  @Test func opensOneSession() async throws {
    let requests = try await requestsForTwoPages()
    #expect(requests.map(isSession) == [true, false, false])
    let opening = try #require(requests.first)
    #expect(opening.line == "GET /\(Self.bucket)?session=")
    #expect(opening.values(of: "x-amz-create-session-mode") == ["ReadOnly"])
    let credential = opening.values(of: "Authorization").first ?? ""
    #expect(credential.contains("Credential=AKIDEXAMPLE/20260921/us-west-2/s3express/aws4_request"))
    #expect(credential.contains("x-amz-create-session-mode"))
  }

  @Test func signsWithTheKeysOfTheSession() async throws {
    for request in try await requestsForTwoPages().dropFirst() {
      #expect(request.values(of: "x-amz-s3session-token") == ["token-1"])
      #expect(request.values(of: "x-amz-security-token") == [])
      let credential = request.values(of: "Authorization").first ?? ""
      #expect(credential.contains("Credential=KEY1/20260921/us-west-2/s3express/aws4_request"))
      #expect(credential.contains("x-amz-s3session-token"))
    }
  }

  @Test func keepsASessionForEachBucketAndRenewsItInTime() async throws {
    let server = try server(session: { number in
      Self.session(
        number, expiration: number < 3 ? "2026-09-21T14:18:20Z" : "2026-09-21T14:22:20Z")
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.list(Self.bucket)
    _ = try await client.list("b" + Self.bucket)
    // A minute before the end.
    client.time.advance(milliseconds: 239_000)
    _ = try await client.list(Self.bucket)
    client.time.advance(milliseconds: 1_000)
    _ = try await client.list(Self.bucket)
    #expect(
      server.requests.filter { !isSession($0) }.flatMap { $0.values(of: "x-amz-s3session-token") }
        == ["token-1", "token-2", "token-1", "token-3"])
  }

  @Test func oneSessionServesManyRequests() async throws {
    let server = try server()
    defer { server.stop() }
    let client = try TestClient(server.origin)
    try await withThrowingTaskGroup { group in
      for _ in 0..<32 { group.addTask { _ = try await client.list(Self.bucket) } }
      try await group.waitForAll()
    }
    #expect(server.requests.count(where: isSession) == 1)
  }

  @Test func opensAnotherSessionWhenOneIsRefusedAsExpired() async throws {
    let server = try server(listing: { request in
      request.values(of: "x-amz-s3session-token") == ["token-1"]
        ? TestSupport.answer(errorBody("ExpiredToken"), status: "400 Bad Request")
        : TestSupport.answer(emptyListing)
    })
    defer { server.stop() }
    _ = try await TestClient(server.origin).list(Self.bucket)
    #expect(server.requests.map(isSession) == [true, false, true, false])
  }

  @Test func refusedSessionIsTheError() async throws {
    let server = try server { _ in
      TestSupport.answer(errorBody("AccessDenied"), status: "403 Forbidden")
    }
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await TestClient(server.origin).list(Self.bucket)
    }
    #expect(
      error?.description.hasPrefix("cannot open a session of s3://\(Self.bucket): access denied")
        == true)
    #expect(server.requests.count == 1)
  }

  @Test(
    arguments: [
      TestSupport.answer(errorBody("NotImplemented"), status: "501 Not Implemented"),
      TestSupport.answer(errorBody("NotImplemented"), status: "400 Bad Request"),
      TestSupport.answer("404 page not found", status: "404 Not Found"),
      TestSupport.answer(errorBody("MethodNotAllowed"), status: "405 Method Not Allowed"),
      // The parameter passed over.
      TestSupport.answer(emptyListing),
    ])
  func serverWithoutSessionsGetsAHint(refusal: String) async throws {
    let server = try server { _ in refusal }
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await TestClient(server.origin).list(Self.bucket)
    }
    #expect(error?.description.contains("the server has no sessions") == true)
    #expect(error?.hint == "set AWS_S3_DISABLE_EXPRESS_SESSION_AUTH=true to do without")
    #expect(server.requests.count == 1)
  }

  @Test(
    arguments: [
      "<Credentials><AccessKeyId>A</AccessKeyId></Credentials>", "",
      """
      <Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
      <SessionToken>t</SessionToken><Expiration>soon</Expiration></Credentials>
      """,
    ])
  func refusesASessionThatLacksAPart(children: String) async throws {
    let body = "<CreateSessionResult>\(children)</CreateSessionResult>"
    let server = try server { _ in TestSupport.answer(body) }
    defer { server.stop() }
    let client = try TestClient(server.origin, attemptsMax: 1)
    let error = await #expect(throws: S3Error.self) { try await client.list(Self.bucket) }
    #expect(error?.description.contains("malformed answer") == true)
  }

  @Test func directoryBucketsAreNotRedirected() async throws {
    let server = try server(listing: { _ in
      TestSupport.answer(
        errorBody("PermanentRedirect"), status: "301 Moved Permanently",
        headers: ["x-amz-bucket-region: eu-west-1"])
    })
    defer { server.stop() }
    await #expect(throws: S3Error.self) { try await TestClient(server.origin).list(Self.bucket) }
    #expect(server.requests.count == 2)
  }

  @Test func directoryBucketsHaveNoLocation() async throws {
    let server = try server(listing: { _ in TestSupport.answer() })
    defer { server.stop() }
    #expect(try await TestClient(server.origin).s3.discoverRegion(of: Self.bucket) == nil)
    #expect(server.requests.map(\.method) == ["GET", "HEAD"])
  }

  @Test func requesterPaysIsNotForDirectoryBuckets() async throws {
    let server = try server()
    defer { server.stop() }
    var options = S3CallOptions()
    options.paysForRequests = true
    options.expectedBucketOwner = "123456789012"
    _ = try await TestClient(server.origin, options: options).list(Self.bucket)
    #expect(server.requests.allSatisfy { $0.values(of: "x-amz-request-payer").isEmpty })
    #expect(server.requests.last?.values(of: "x-amz-expected-bucket-owner") == ["123456789012"])
  }
}

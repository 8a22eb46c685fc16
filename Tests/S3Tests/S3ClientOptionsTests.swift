import AWS
import S3
import TestSupport
import Testing

/// What the user wants said with every call.
@Suite struct S3ClientOptionsTests {
  private static let denied = TestSupport.answer(errorBody("AccessDenied"), status: "403 Forbidden")

  private func options(pays: Bool = false, owner: String? = nil) -> S3CallOptions {
    var options = S3CallOptions()
    options.paysForRequests = pays
    options.expectedBucketOwner = owner
    return options
  }

  private func signedHeaders(_ request: ReceivedRequest) -> String {
    request.values(of: "Authorization").first?.split(separator: ", ")
      .first { $0.hasPrefix("SignedHeaders=") }.map(String.init) ?? ""
  }

  @Test func everyCallSaysWhatTheUserAgreedTo() async throws {
    let server = try LoopbackServer(answering: { request in
      switch request.target {
      case let target where target.hasPrefix("/?"): TestSupport.answer(bucketList(["logs"]))
      case let target where target.contains("location"):
        TestSupport.answer("<LocationConstraint/>")
      case "/logs": TestSupport.answer()
      default: TestSupport.answer(emptyListing)
      }
    })
    defer { server.stop() }
    let client = try TestClient(server.origin, options: options(pays: true, owner: "123456789012"))
    _ = try await client.s3.listBuckets()
    _ = try await client.s3.discoverRegion(of: "logs")
    _ = try await client.list()
    #expect(server.requests.count == 4)
    for request in server.requests {
      let isOfBucket = request.target.hasPrefix("/logs")
      #expect(request.values(of: "x-amz-request-payer") == ["requester"])
      #expect(
        request.values(of: "x-amz-expected-bucket-owner") == (isOfBucket ? ["123456789012"] : []))
      #expect(signedHeaders(request).contains("x-amz-request-payer"))
      #expect(signedHeaders(request).contains("x-amz-expected-bucket-owner") == isOfBucket)
    }
  }

  @Test func saysNothingUnlessAsked() async throws {
    let server = try LoopbackServer(always: TestSupport.answer(emptyListing))
    defer { server.stop() }
    _ = try await TestClient(server.origin).list()
    let head = server.requests.first?.head.lowercased() ?? ""
    #expect(!head.contains("payer") && !head.contains("expected-bucket-owner"))
  }

  @Test(arguments: [denied, TestSupport.answer(status: "403 Forbidden")])
  func refusalSaysWhatMayHelp(denial: String) async throws {
    let server = try LoopbackServer(always: denial)
    defer { server.stop() }
    func hint(_ options: S3CallOptions) async throws -> S3Error.Hint? {
      let client = try TestClient(server.origin, options: options)
      let error = await #expect(throws: S3Error.self) { try await client.list() }
      return error?.hint
    }
    #expect(try await hint(options()) == .checkPermissionsOrAgreeToPay)
    #expect(try await hint(options(pays: true)) == .words(S3Error.Hint.permissionWords))
    #expect(
      try await hint(options(owner: "123456789012")) == .checkExpectedOwner("123456789012"))
  }

  /// Servers that mean the time and say access denied must not send the user to the policies alone.
  @Test func accessDeniedFromAnotherTimeSpeaksOfTheClock() async throws {
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(
        errorBody("AccessDenied"), status: "403 Forbidden",
        headers: ["Date: Sun, 06 Nov 1994 08:49:37 GMT"])
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) { try await client.list() }
    #expect(error?.hint == .checkClock)
    #expect(server.requests.count == 2)
  }

  @Test func anonymousCallsAreUnsigned() async throws {
    let server = try LoopbackServer(always: Self.denied)
    defer { server.stop() }
    let client = try TestClient(server.origin, credentials: .anonymous)
    for bucket in ["logs", "logs--usw2-az1--x-s3"] {
      await #expect(throws: S3Error.self) { try await client.list(bucket) }
    }
    await #expect(throws: S3Error.self) { try await client.s3.listBuckets() }
    #expect(server.requests.allSatisfy { $0.values(of: "Authorization").isEmpty })
    #expect(server.requests.allSatisfy { !$0.target.contains("session") })
  }

  @Test func anonymousCallsHaveNoHintAboutCredentials() async throws {
    let server = try LoopbackServer(always: Self.denied)
    defer { server.stop() }
    let client = try TestClient(server.origin, credentials: .anonymous)
    for bucket in ["logs", "logs--usw2-az1--x-s3"] {
      let error = await #expect(throws: S3Error.self) { try await client.list(bucket) }
      #expect(error?.hint == nil)
    }
  }

  // The second is AWS's way of saying so.
  @Test(arguments: [
    denied,
    TestSupport.answer(
      "", status: "307 Temporary Redirect", headers: ["Location: https://aws.amazon.com/s3/"]),
  ])
  func anonymousCallsCannotListBucketsAndSayWhatToName(answer: String) async throws {
    let server = try LoopbackServer(always: answer)
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await TestClient(server.origin, credentials: .anonymous).s3.listBuckets()
    }
    #expect(error?.hint == "without credentials, name the public buckets to list")
  }
}

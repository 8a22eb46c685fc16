import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Answers that are not what was asked for: how often they are asked for, and what they are called.
@Suite struct StrangeAnswerTests {
  private func error(
    _ answers: [String], attemptsMax: Int = 10, list: @Sendable (TestClient) async throws -> Void
  ) async throws -> (error: S3Error, requests: [ReceivedRequest]) {
    let server = try LoopbackServer(inTurn: answers)
    defer { server.stop() }
    let client = try TestClient(server.origin, attemptsMax: attemptsMax)
    let error = await #expect(throws: S3Error.self) { try await list(client) }
    return (try #require(error), server.requests)
  }

  private func listing(_ answers: String...) async throws -> (S3Error, [ReceivedRequest]) {
    try await error(answers) { _ = try await $0.list() }
  }

  private func buckets(_ answers: String...) async throws -> (S3Error, [ReceivedRequest]) {
    try await error(answers) { _ = try await $0.s3.listBuckets() }
  }

  private static let console = TestSupport.answer(
    "<!doctype html><html><head><title>Console</title></head></html>")

  // MARK: - How often

  @Test func aWebPageFromTheFirstRequestOnIsFinal() async throws {
    let (error, requests) = try await buckets(Self.console)
    #expect(requests.count == 2)
    #expect(error.hint == .checkPort)
    #expect(
      error.description
        == "cannot list the buckets: not an S3 answer but a web page, 'Console' (status 200)")
  }

  @Test func aWebPageWhereS3HasAnsweredBeforeIsAskedAgain() async throws {
    let good = TestSupport.answer(emptyListing)
    let server = try LoopbackServer(inTurn: [
      good, Self.console, Self.console, Self.console, good,
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin, attemptsMax: 5)
    _ = try await client.list()
    _ = try await client.list()
    #expect(server.requests.count == 5)
  }

  @Test(arguments: [
    object(key: "k", size: "many"), object(key: "k", lastModified: "soon"),
    "<Contents><Key>k</Key></Contents>", "<IsTruncated>perhaps</IsTruncated>",
    "<a></b><b></a>", object(key: "&unknown;"),
  ])
  func theSameMalformedAnswerTwiceIsFinal(_ children: String) async throws {
    let body = String(decoding: answer(children), as: UTF8.self)
    let (error, requests) = try await listing(TestSupport.answer(body))
    #expect(requests.count == 2)
    #expect(error.description.hasPrefix("cannot list s3://logs: malformed answer: expected"))
  }

  @Test func anotherMalformedAnswerIsNotTheSame() async throws {
    let bodies = ["many", "few", "many"].map { size in
      TestSupport.answer(String(decoding: answer(object(key: "k", size: size)), as: UTF8.self))
    }
    let server = try LoopbackServer(inTurn: bodies + [TestSupport.answer(emptyListing)])
    defer { server.stop() }
    _ = try await TestClient(server.origin, attemptsMax: 10).list()
    #expect(server.requests.count == 4)
  }

  /// A document that is cut is a lost connection that nobody noticed.
  @Test(arguments: [
    "<ListBucketResult><Contents><Key>a</Ke", "<ListBucketResult><Contents><Key>a&am",
    "<ListBucketResult>", "",
  ])
  func aDocumentThatIsCutIsAskedForToTheEndOfPatience(_ body: String) async throws {
    let (_, requests) = try await listing(TestSupport.answer(body))
    #expect(requests.count == 10)
  }

  @Test func anAnswerToAnotherQuestionIsFinal() async throws {
    let (error, requests) = try await buckets(TestSupport.answer(emptyListing))
    #expect(requests.count == 2)
    #expect(error.hint == .leaveBucketOutOfEndpoint)
    #expect(error.description.contains("the endpoint answers with the list of a bucket"))
    let (other, _) = try await listing(TestSupport.answer(bucketList(["a"])))
    #expect(other.hint == .addressByPath)
    #expect(other.description.contains("the server answers with its list of buckets"))
  }

  // MARK: - What they are called

  @Test func aRedirectToTLSNamesTheURL() async throws {
    let page = "<html><h1>301 Moved Permanently</h1></html>"
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
      let moved = TestSupport.answer(
        page, status: status, headers: ["Location: https://127.0.0.1/?max-buckets=1000"])
      for (error, requests) in [try await buckets(moved), try await listing(moved)] {
        #expect(error.hint == .useEndpoint("https://127.0.0.1"), "\(status)")
        #expect(error.description.contains("the server redirects to https://127.0.0.1 (status"))
        #expect(requests.count == 1)
      }
    }
  }

  @Test func aRedirectToAnotherEndpointNamesItWithoutTheBucket() async throws {
    let redirect = TestSupport.answer(
      errorBody("TemporaryRedirect", "<Endpoint>logs.s3.far.test</Endpoint>"),
      status: "307 Temporary Redirect", headers: ["Location: https://logs.s3.far.test/"])
    let (error, _) = try await listing(redirect)
    #expect(error.hint == .useEndpoint("https://s3.far.test"))
    #expect(error.description.contains("redirects to https://s3.far.test (TemporaryRedirect"))
    // Also when a region is named, in which the same server says the same.
    let named = TestSupport.answer(
      errorBody("TemporaryRedirect", "<Endpoint>s3.far.test:8443</Endpoint>"),
      status: "307 Temporary Redirect", headers: ["x-amz-bucket-region: far-1"])
    let (second, requests) = try await listing(named)
    #expect(second.hint == .useEndpoint("http://s3.far.test:8443"))
    #expect(requests.map(\.signedRegion) == ["us-east-1", "far-1"])
  }

  @Test(arguments: [
    "not a url", "ftp://h/", "https://user:pw@h/", "https://", "", "http://[", "//h/x",
  ])
  func aLocationThatIsNoURLIsNotTold(_ location: String) async throws {
    let moved = TestSupport.answer(status: "301 Moved", headers: ["Location: \(location)"])
    let (error, _) = try await buckets(moved)
    #expect(error.hint == .checkPort)
    #expect(error.description.contains("redirects, and does not say where to (status 301)"))
    let (listed, _) = try await listing(moved)
    #expect(listed.hint == .nameRegionOrCheckEndpoint)
    #expect(listed.description.contains("the bucket is somewhere else (status 301)"))
  }

  @Test(arguments: ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
  func aLoginPageIsNoEndpoint(_ status: String) async throws {
    for location in [
      "https://login.test/sso?x=1", "https://login.test/", "https://login.test",
      "https://login.test/?back=http://127.0.0.1/?max-buckets=9", "https://login.test/logs2",
    ] {
      let page = TestSupport.answer(
        "<html><title>Sign in</title></html>", status: status, headers: ["Location: \(location)"])
      for (error, requests) in [try await buckets(page), try await listing(page)] {
        #expect(error.hint == .askWhoIsOnTheWay(proxy: nil), "\(status) \(location)")
        #expect(error.description.contains("in between, which redirects to https://login.test"))
        #expect(requests.count == 1)
      }
    }
  }

  @Test func aRequestThatIsSentOnAsItIsNamesTheEndpoint() async throws {
    for location in ["https://s3.test/?max-buckets=1", "https://s3.test/logs?list-type=2&prefix="] {
      let moved = TestSupport.answer(status: "302 Found", headers: ["Location: \(location)"])
      for (error, _) in [try await buckets(moved), try await listing(moved)] {
        #expect(error.hint == .useEndpoint("https://s3.test"))
      }
    }
    let moved = TestSupport.answer(status: "302 Found", headers: ["Location: https://s3.test/logs"])
    #expect(try await listing(moved).0.hint == .useEndpoint("https://s3.test"))
  }

  @Test(arguments: ["/ui/", "/ui/?x=/y", "/"])
  func aRedirectToItsOwnPageAsksForThePort(_ location: String) async throws {
    let moved = TestSupport.answer(status: "302 Found", headers: ["Location: \(location)"])
    let path = location.prefix { $0 != "?" }
    for (error, requests) in [try await buckets(moved), try await listing(moved)] {
      #expect(error.hint == .checkPort)
      #expect(error.description.contains("redirects to its own '\(path)' (status 302)"))
      #expect(requests.count == 1)
    }
  }

  @Test(arguments: [
    (
      "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
      "a web page, '400 The plain HTTP request was sent to HTTPS port'"
    ),
    (
      "Client sent an HTTP request to an HTTPS server.\n",
      "'Client sent an HTTP request to an HTTPS server.'"
    ),
  ])
  func aTLSPortSaysWhatItWants(body: String, words: String) async throws {
    let (error, requests) = try await buckets(
      TestSupport.answer(body, status: "400 Bad Request"))
    #expect(error.hint == .tryHTTPS && error.description.contains(words))
    // It may be about a parameter.
    #expect(requests.map { $0.target.contains("max-buckets") } == [true, false])
  }

  @Test func aWebPageThatRefusesIsToldByItsTitle() async throws {
    let page = "<html><title>403</title><h1>Forbidden by policy</h1></html>"
    for (error, _) in [
      try await buckets(TestSupport.answer(page, status: "403 Forbidden")),
      try await listing(TestSupport.answer(page, status: "403 Forbidden")),
    ] {
      #expect(error.hint == .askWhoIsOnTheWay(proxy: nil))
      #expect(
        error.description.contains(
          "access denied; the answer is a web page, '403: Forbidden by policy' (status 403)"))
    }
    let (missing, _) = try await buckets(
      TestSupport.answer("<html><h1>Not Found</h1></html>", status: "404 Not Found"))
    #expect(missing.hint == .checkPort)
  }

  @Test(arguments: ["SecondLevelDomainForbidden", "PathStyleDomainForbidden", "InvalidPathAccess"])
  func aServerThatWantsVirtualHostsIsNoDenial(_ code: String) async throws {
    let (error, _) = try await listing(
      TestSupport.answer(errorBody(code), status: "403 Forbidden"))
    #expect(error.hint == .addressVirtually && !error.isDenial)
  }

  @Test func aRegionInWordsIsShownAndOneInAnElementIsNamed() async throws {
    let (garage, _) = try await listing(
      TestSupport.answer(
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>expected: 1/garage/s3</Message></Error>",
        status: "400 Bad Request"))
    #expect(
      garage.description.contains("signed for another region: expected: 1/garage/s3 (Authoriz"))
    #expect(garage.hint == .nameRegion)
    let (minio, _) = try await buckets(
      TestSupport.answer(
        errorBody("AuthorizationHeaderMalformed", "<Region>eu-1</Region>"),
        status: "400 Bad Request"))
    #expect(minio.hint == .signFor(region: "eu-1"))
  }

  @Test func aBucketTakenForAKeyMayStandInTheEndpoint() async throws {
    let (error, _) = try await listing(
      TestSupport.answer(errorBody("NoSuchKey"), status: "404 Not Found"))
    #expect(error.hint == .leaveBucketOutOfEndpoint)
  }

  // MARK: - Listings that repeat what they were asked

  /// Moto sends the key back as it is, control characters and all.
  @Test func aKeyThatIsRepeatedUndecodedIsPassedOver() async throws {
    let page = emptyListing.replacing(
      "<IsTruncated>", with: "<StartAfter>a\u{1}\u{B}b%</StartAfter><IsTruncated>")
    let server = try LoopbackServer(always: TestSupport.answer(page))
    defer { server.stop() }
    let found = try await TestClient(server.origin).list(from: .after(Key("a\u{1}\u{B}b%")))
    #expect(!found.isTruncated)
    #expect(server.requests.count == 1)
  }
}

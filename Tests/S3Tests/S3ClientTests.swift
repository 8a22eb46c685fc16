import AWS
import S3
import Synchronization
import TestSupport
import Testing
import Vocabulary

/// What goes over the wire.
@Suite struct S3ClientTests {
  private func requests(
    _ prefix: Key, _ position: PagePosition
  ) async throws -> [ReceivedRequest] {
    let server = try LoopbackServer(always: TestSupport.answer(emptyListing))
    defer { server.stop() }
    _ = try await TestClient(server.origin).s3.listObjects(
      bucket: "logs", prefix: prefix, from: position)
    return server.requests
  }

  private static let listing = "GET /logs?list-type=2&encoding-type=url&max-keys=1000"

  @Test(
    arguments: [
      (.start, .after(.start), ""),
      (Key("a b+c%/é~"), .after(.start), "&prefix=a%20b%2Bc%25%2F%C3%A9~"),
      (.start, .after(Key("a b+c%d")), "&start-after=a%20b%2Bc%25d"),
      (.start, .after(Key([0, 1, 10, 13, 127, 255])), "&start-after=%00%01%0A%0D%7F%FF"),
      (Key("p/"), .after(Key("p/&=?#")), "&prefix=p%2F&start-after=p%2F%26%3D%3F%23"),
      (Key("p/"), .token("a+/= b%"), "&prefix=p%2F&continuation-token=a%2B%2F%3D%20b%25"),
      (.start, .token("1\u{1}é"), "&continuation-token=1%01%C3%A9"),
    ] as [(Key, PagePosition, String)])
  func escapesWhatItAsksForOnce(prefix: Key, position: PagePosition, query: String) async throws {
    #expect(try await requests(prefix, position).map(\.line) == [Self.listing + query])
  }

  @Test func signsWhatItSends() async throws {
    let request = try #require(try await requests(.start, .after(.start)).first)
    #expect(request.values(of: "Host").count == 1)
    #expect(request.values(of: "X-Amz-Date") == ["20260921T141320Z"])
    #expect(
      request.values(of: "X-Amz-Content-Sha256")
        == ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])
    let authorization = try #require(request.values(of: "Authorization").first)
    #expect(
      authorization.hasPrefix(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/us-east-1/s3/aws4_request, "))
    #expect(request.values(of: "Content-Length").isEmpty)
  }

  // MARK: - Buckets

  @Test func bucketListAlwaysAsksForPages() async throws {
    let server = try LoopbackServer(always: TestSupport.answer(bucketList(["a", "b"])))
    defer { server.stop() }
    let list = try await TestClient(server.origin).s3.listBuckets()
    #expect(list.buckets.map(\.name) == ["a", "b"])
    #expect(list.ownerID == "o")
    #expect(server.requests.map(\.line) == ["GET /?max-buckets=1000"])
  }

  @Test func bucketListIsReadPageByPage() async throws {
    let server = try LoopbackServer(answering: { request in
      switch request.target {
      case "/?max-buckets=1000": TestSupport.answer(bucketList(["a"], token: "t+/1"))
      case "/?max-buckets=1000&continuation-token=t%2B%2F1":
        TestSupport.answer(bucketList(["b", "c"], token: "t2"))
      case "/?max-buckets=1000&continuation-token=t2": TestSupport.answer(bucketList(["d"]))
      default: TestSupport.answer(status: "404 Not Found")
      }
    })
    defer { server.stop() }
    let list = try await TestClient(server.origin).s3.listBuckets()
    #expect(list.buckets.map(\.name) == ["a", "b", "c", "d"])
    #expect(server.requests.count == 3)
  }

  @Test func bucketListThatIsExactlyAPageIsAskedForWhole() async throws {
    let names = (0..<1_001).map { "b\($0)" }
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        bucketList(request.target.contains("max-buckets") ? Array(names.dropLast()) : names))
    })
    defer { server.stop() }
    let list = try await TestClient(server.origin).s3.listBuckets()
    #expect(list.buckets.map(\.name) == names)
    #expect(server.requests.map(\.line) == ["GET /?max-buckets=1000", "GET /"])
  }

  @Test func bucketListThatLeadsInACircleIsAnError() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(bucketList(["a"], token: "again")))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    await #expect(throws: S3Error.self) { try await client.s3.listBuckets() }
    #expect(server.requests.count == 2)
  }

  // MARK: - Retries

  private static let transientAnswers: [(String, String)] = [
    ("200 with an error", TestSupport.answer(errorBody("InternalError"))),
    ("200 with an unknown error", TestSupport.answer(errorBody("Mystery"))),
    ("200 cut short", TestSupport.answer("<ListBucketResult><Contents><Key>a</Key>")),
    ("200 without a body", TestSupport.answer("")),
    (
      "500 with a web page",
      TestSupport.answer("<html>oops</html>", status: "500 Internal Server Error")
    ),
    ("502", TestSupport.answer(status: "502 Bad Gateway")),
    ("503 SlowDown", TestSupport.answer(errorBody("SlowDown"), status: "503 Slow Down")),
    ("429", TestSupport.answer(status: "429 Too Many Requests")),
    ("400 RequestTimeout", TestSupport.answer(errorBody("RequestTimeout"), status: "400 Bad")),
  ]

  @Test(arguments: transientAnswers)
  func asksAgainAfter(name: String, bad: String) async throws {
    let server = try LoopbackServer(inTurn: [bad, bad, TestSupport.answer(emptyListing)])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.s3.listObjects(bucket: "logs", prefix: .start, from: .after(.start))
    #expect(client.s3.counts.sent == 3)
    #expect(client.s3.counts.retries == 2)
    #expect(client.time.sleeps.count == 2)
    #expect(Set(server.requests.map(\.line)) == [Self.listing])
  }

  @Test func doesNotBillWhatFailedOnTheServersSide() async throws {
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(status: "500 Oops"), TestSupport.answer("<ListBucketResult>"),
      TestSupport.answer(emptyListing),
    ])
    defer { server.stop() }
    let client = try TestClient(server.origin)
    _ = try await client.s3.listObjects(bucket: "logs", prefix: .start, from: .after(.start))
    #expect(client.s3.counts.billedLists == 2)
  }

  @Test func givesUpWithTheLastAnswersWords() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(errorBody("SlowDown"), status: "503 Slow Down"))
    defer { server.stop() }
    let client = try TestClient(server.origin, attemptsMax: 4)
    let error = await #expect(throws: S3Error.self) {
      try await client.s3.listObjects(bucket: "logs", prefix: Key("a/"), from: .after(.start))
    }
    #expect(
      error?.description == "cannot list s3://logs/a/: the service asks for fewer requests "
        + "(SlowDown, request id R1)")
    #expect(error?.statusCode == 503)
    #expect(client.s3.counts.sent == 4)
    #expect(client.time.sleeps == [.seconds(1), .seconds(2), .seconds(4)])
  }

  @Test func saysHowLongItHasBeenThrottled() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(errorBody("SlowDown"), status: "503 Slow Down"))
    defer { server.stop() }
    let client = try TestClient(server.origin, patience: .seconds(600))
    let error = await #expect(throws: S3Error.self) {
      try await client.s3.listObjects(bucket: "logs", prefix: Key("a/"), from: .after(.start))
    }
    #expect(
      error?.description == "cannot list s3://logs/a/: the service has asked for fewer requests "
        + "for 10 minutes (status 503, request id R1)")
    #expect(error?.hint != nil)
  }

  @Test func tellsOfEachAttemptAtAPage() async throws {
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(errorBody("SlowDown"), status: "503 Slow Down"),
      TestSupport.answer(emptyListing),
    ])
    defer { server.stop() }
    let attempts = Mutex<[Attempt]>([])
    _ = try await TestClient(server.origin).s3.listObjects(
      bucket: "logs", prefix: .start, from: .after(.start)
    ) { attempt in attempts.withLock { $0.append(attempt) } }
    #expect(attempts.withLock { $0 }.map(\.outcome) == [.throttled, .succeeded])
    #expect(attempts.withLock { $0 }.map(\.isRetried) == [true, false])
  }

  @Test(
    arguments: [
      ("403 Forbidden", "AccessDenied"), ("404 Not Found", "NoSuchBucket"),
      ("400 Bad Request", "ExpiredToken"), ("409 Conflict", "OperationAborted"),
    ])
  func doesNotRepeatWhatWillFailAgain(status: String, code: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(errorBody(code), status: status))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) {
      try await client.s3.listObjects(bucket: "logs", prefix: .start, from: .after(.start))
    }
    #expect(error?.code == code)
    #expect(error?.requestID == "R1")
    // It may be one of what only helps, as long as nothing was answered: then less is asked for, in both
    // versions.
    #expect(server.requests.count == (code == "ExpiredToken" ? 1 : 4))
    #expect(Set(server.requests.map(\.line)).count == server.requests.count)
    #expect(client.time.sleeps.isEmpty)
  }

  @Test func takesTheRequestIDFromTheHeaderWhenThereIsNoBody() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(status: "403 Forbidden", headers: ["x-amz-request-id: H1"]))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let error = await #expect(throws: S3Error.self) {
      try await client.s3.listObjects(bucket: "logs", prefix: .start, from: .after(.start))
    }
    #expect(error?.requestID == "H1")
  }

  @Test func namesTheAttemptWhenThereIsNoServer() async throws {
    let client = try TestClient("http://127.0.0.1:\(LoopbackServer.closedPort())")
    let error = await #expect(throws: S3Error.self) {
      try await client.s3.listObjects(bucket: "logs", prefix: .start, from: .after(.start))
    }
    #expect(error?.description.hasPrefix("cannot list s3://logs: http://127.0.0.1:") == true)
    #expect(error?.statusCode == nil)
    #expect(client.s3.counts.sent == 3)
    #expect(client.s3.counts.billedLists == 0)
  }
}

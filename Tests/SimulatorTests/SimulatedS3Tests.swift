import Testing
import Vocabulary

@testable import Simulator

@Suite struct SimulatedS3Tests {
  private func server(
    _ buckets: BucketSpecification..., change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(buckets: buckets)
    change(&configuration)
    return try SimulatedS3(configuration)
  }

  private static let logs = BucketSpecification(name: "logs", shape: .dates, count: 2_500)
  private static let nasty = BucketSpecification(name: "nasty", shape: .hostile, count: 2_500)

  @Test(arguments: [logs, nasty])
  func listsWholeBucketOverOneConnection(_ specification: BucketSpecification) throws {
    let server = try server(specification)
    let client = try LoopbackClient(port: server.port)
    let bucket = try #require(server.bucket(named: specification.name))
    var objects: [SimulatedObject] = []
    var token = ""
    while true {
      let response = try client.get("/\(bucket.name)?list-type=2&encoding-type=url\(token)")
      #expect(response.status == 200)
      #expect(response.headers["content-type"] == "application/xml")
      #expect(response.headers["x-amz-request-id"]?.utf8.count == 16)
      let listing = try #require(ParsedListing(response.body))
      objects += listing.simulatedObjects(isURLEncoded: true)
      guard let next = listing.fields["NextContinuationToken"] else { break }
      token = "&continuation-token=\(formEncoded(Array(next.utf8)))"
    }
    #expect(objects == Array(bucket.objects(night: 0)))
    #expect(server.statistics.requests == [.listObjectsV2: 3])
    #expect(server.statistics.objects == 2_500)
  }

  @Test func startAfterTakesHostileKeysThroughTheURL() throws {
    let server = try server(Self.nasty)
    let client = try LoopbackClient(port: server.port)
    let keys = try #require(server.bucket(named: "nasty")).objects(night: 0).map(\.key)
    for position in stride(from: 0, to: keys.count - 1, by: 37) {
      let response = try client.get(
        "/nasty?list-type=2&encoding-type=url&max-keys=1&unknown=1"
          + "&start-after=\(formEncoded(keys[position].bytes))")
      let listing = try #require(ParsedListing(response.body))
      let objects = listing.simulatedObjects(isURLEncoded: true)
      #expect(objects.map(\.key) == [keys[position + 1]])
      #expect(formDecoded(listing.fields["StartAfter"] ?? "") == keys[position].bytes)
    }
  }

  // MARK: - Buckets

  /// Three buckets, the last of which is in another region than the others.
  private func serverOfThree() throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(
      buckets: ["c-three", "b-two", "a-one"].map {
        BucketSpecification(name: $0, shape: .flat, count: 1)
      })
    configuration.buckets[0].region = "eu-west-1"
    return try SimulatedS3(configuration)
  }

  @Test func listsBucketsInOneAnswerWhereNoPagesAreAskedFor() throws {
    let server = try serverOfThree()
    let all = try LoopbackClient(port: server.port).get("/")
    #expect(try #require(ParsedListing(all.body)).names == ["a-one", "b-two", "c-three"])
    #expect(!all.text.contains("BucketRegion"))
    #expect(all.text.contains("<Owner><ID>") && all.text.contains(".000Z</CreationDate>"))
  }

  @Test func listsBucketsInPages() throws {
    let server = try serverOfThree()
    let client = try LoopbackClient(port: server.port)
    let first = try client.get("/?max-buckets=2")
    #expect(try #require(ParsedListing(first.body)).names == ["a-one", "b-two"])
    #expect(first.text.contains("<BucketRegion>us-east-1</BucketRegion>"))
    let token = try #require(ParsedListing(first.body)?.fields["ContinuationToken"])
    let second = try client.get(
      "/?max-buckets=2&continuation-token=\(formEncoded(Array(token.utf8)))")
    #expect(try #require(ParsedListing(second.body)).names == ["c-three"])
    #expect(second.text.contains("<BucketRegion>eu-west-1</BucketRegion>"))
    #expect(!second.text.contains("ContinuationToken"))
    #expect(try client.get("/?max-buckets=0").status == 400)
  }

  @Test func listsBucketsOfAPrefixOrARegion() throws {
    let server = try serverOfThree()
    let client = try LoopbackClient(port: server.port)
    #expect(try #require(ParsedListing(client.get("/?prefix=b").body)).names == ["b-two"])
    #expect(
      try #require(ParsedListing(client.get("/?bucket-region=eu-west-1").body)).names
        == ["c-three"])
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var method: String
    var target: String
    var status: Int
    var code: String

    init(_ method: String, _ target: String, _ status: Int, _ code: String) {
      self.method = method
      self.target = target
      self.status = status
      self.code = code
    }

    var testDescription: String { "\(method) \(target)" }
  }

  @Test(arguments: [
    Refusal("GET", "/absent?list-type=2", 404, "NoSuchBucket"),
    Refusal("GET", "/denied?list-type=2", 403, "AccessDenied"),
    Refusal("GET", "/denied?location", 403, "AccessDenied"),
    Refusal("PUT", "/logs/key", 405, "MethodNotAllowed"),
    Refusal("POST", "/logs?delete", 405, "MethodNotAllowed"),
    Refusal("DELETE", "/logs", 405, "MethodNotAllowed"),
    Refusal("GET", "/logs/key", 404, "NoSuchKey"),
    Refusal("GET", "/logs/key?torrent", 501, "NotImplemented"),
    Refusal("GET", "/logs?acl", 501, "NotImplemented"),
    Refusal("GET", "/logs?versions&version-id-marker=x", 400, "InvalidArgument"),
    Refusal("GET", "/logs?versions&key-marker=a&version-id-marker=", 400, "InvalidArgument"),
    Refusal("GET", "/logs?uploads&delimiter=/", 501, "NotImplemented"),
    Refusal("GET", "/logs/key?uploadId=x", 404, "NoSuchUpload"),
    Refusal("GET", "/logs?list-type=2&max-keys=x", 400, "InvalidArgument"),
    Refusal("GET", "/logs?list-type=2&max-keys=-1", 400, "InvalidArgument"),
    Refusal("GET", "/logs?list-type=2&encoding-type=gzip", 400, "InvalidArgument"),
    Refusal("GET", "/logs?list-type=2&continuation-token=x", 400, "InvalidArgument"),
    Refusal("GET", "/_sim/stats", 404, "NoSuchBucket"),
  ])
  func refusesInS3Words(_ refusal: Refusal) throws {
    let server = try server(
      Self.logs, BucketSpecification(name: "denied", shape: .flat, count: 5, isDenied: true))
    let client = try LoopbackClient(port: server.port)
    let response = try client.send(
      refusal.method, refusal.target, body: refusal.method == "GET" ? nil : "body")
    #expect(response.status == refusal.status)
    let error = try #require(ParsedListing(response.body))
    #expect(error.fields["Code"] == refusal.code)
    #expect(error.fields["RequestId"] == response.headers["x-amz-request-id"])
    #expect(error.fields["Resource"] == refusal.target.split(separator: "?").first.map(String.init))
    // The connection is still good.
    #expect(try client.get("/logs?list-type=2").status == 200)
  }

  // MARK: - Regions

  private static let far = BucketSpecification(
    name: "far", shape: .flat, count: 5, region: "eu-west-1")

  /// The header of a request that was signed for a region.
  private func signed(_ region: String) -> [(String, String)] {
    [
      (
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=A/20260101/\(region)/s3/aws4_request, "
          + "SignedHeaders=host, Signature=0"
      )
    ]
  }

  @Test func bucketElsewhereIsRedirected() throws {
    let server = try server(Self.far)
    let client = try LoopbackClient(port: server.port)
    for headers in [[], signed("us-east-1")] {
      let redirect = try client.get("/far?list-type=2", headers: headers)
      #expect(redirect.status == 301)
      #expect(redirect.headers["x-amz-bucket-region"] == "eu-west-1")
      #expect(redirect.text.contains("<Code>PermanentRedirect</Code>"))
      #expect(redirect.text.contains("<Endpoint>far.s3.eu-west-1.amazonaws.com</Endpoint>"))
    }
  }

  @Test func signatureForAnotherRegionIsCorrected() throws {
    let server = try server(Self.far)
    let client = try LoopbackClient(port: server.port)
    for headers in [
      signed("ap-south-1"), signed("us-east-1") + [("Host", "far.localhost:\(server.port)")],
    ] {
      let malformed = try client.get(
        headers.count == 1 ? "/far?list-type=2" : "/?list-type=2", headers: headers)
      #expect(malformed.status == 400)
      #expect(malformed.headers["x-amz-bucket-region"] == "eu-west-1")
      #expect(malformed.text.contains("<Code>AuthorizationHeaderMalformed</Code>"))
      #expect(malformed.text.contains("<Region>eu-west-1</Region>"))
    }
    #expect(try client.get("/far?list-type=2", headers: signed("eu-west-1")).status == 200)
  }

  @Test func bucketElsewhereTellsWhereItIs() throws {
    let server = try server(Self.far)
    let client = try LoopbackClient(port: server.port)
    let head = try client.send("HEAD", "/far", headers: signed("us-east-1"))
    #expect(head.status == 301 && head.headers["x-amz-bucket-region"] == "eu-west-1")
    #expect(
      try client.get("/far?location", headers: signed("us-east-1")).text
        .contains(">eu-west-1</LocationConstraint>"))
  }

  @Test func headOfBucketTellsItsRegion() throws {
    let server = try server(Self.logs)
    let client = try LoopbackClient(port: server.port)
    let head = try client.send("HEAD", "/logs")
    #expect(head.status == 200 && head.body.isEmpty)
    #expect(head.headers["x-amz-bucket-region"] == "us-east-1")
    #expect(try client.send("HEAD", "/absent").status == 404)
    #expect(try client.get("/logs?location").text.contains("/\"></LocationConstraint>"))
  }

  @Test(arguments: ["logs.localhost", "logs.s3.us-east-1.amazonaws.com:80"])
  func hostNamesTheBucket(host: String) throws {
    let server = try server(Self.logs)
    let client = try LoopbackClient(port: server.port)
    let response = try client.get("/?list-type=2&max-keys=2", headers: [("Host", host)])
    let listing = try #require(ParsedListing(response.body))
    #expect(listing.fields["Name"] == "logs" && listing.objects.count == 2)
  }

  @Test func throttlesAboveTheRate() throws {
    let server = try server(Self.logs, Self.nasty) { $0.throttleRequestsPerSecond = 2 }
    let client = try LoopbackClient(port: server.port)
    var statuses: [Int] = []
    for _ in 0..<20 { statuses.append(try client.send("HEAD", "/logs").status) }
    #expect(statuses.prefix(2) == [200, 200])
    #expect(statuses.contains(503))
    #expect(server.statistics.throttled == statuses.count { $0 == 503 })
    let throttled = try client.get("/logs?list-type=2")
    #expect(throttled.text.contains("<Code>SlowDown</Code>"))
    // Each bucket has a rate of its own.
    #expect(try client.send("HEAD", "/nasty").status == 200)
  }

  @Test func latencyDelaysEveryAnswer() throws {
    let server = try server(Self.logs) { $0.latencyMilliseconds = 60 }
    let client = try LoopbackClient(port: server.port)
    let start = ContinuousClock.now
    for _ in 0..<3 { #expect(try client.send("HEAD", "/logs").status == 200) }
    #expect(ContinuousClock.now - start >= .milliseconds(180))
  }

  @Test func bandwidthBoundsTheTransfer() throws {
    let server = try server(Self.logs) { $0.bandwidthBytesPerSecond = 2_000_000 }
    let client = try LoopbackClient(port: server.port)
    let start = ContinuousClock.now
    let bytes = try client.get("/logs?list-type=2").body.count
    #expect(ContinuousClock.now - start >= .seconds(Double(bytes) / 2_000_000))
  }

  @Test func manyConnectionsAreServedAtOnce() async throws {
    let server = try server(Self.logs) { $0.latencyMilliseconds = 1 }
    let port = server.port
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<64 {
        group.addTask { try LoopbackClient(port: port).get("/logs?list-type=2").status }
      }
      for try await status in group { #expect(status == 200) }
    }
    #expect(server.statistics.requestsTotal == 64)
  }

  @Test func nextNightIsServedAtOnce() throws {
    let server = try server(Self.logs) { configuration in
      configuration.hasControl = true
      configuration.sharePercent = 25
      configuration.pageKeysMax = 10_000
    }
    let client = try LoopbackClient(port: server.port)
    let bucket = try #require(server.bucket(named: "logs"))
    for night in 0..<3 {
      #expect(server.night == night)
      let response = try client.get("/logs?list-type=2&max-keys=10000")
      let listing = try #require(ParsedListing(response.body))
      #expect(
        listing.simulatedObjects(isURLEncoded: false) == Array(bucket.objects(night: night)))
      #expect(try client.send("POST", "/_sim/night").text == "{\"night\":\(night + 1)}\n")
    }
  }

  @Test func statisticsAreServed() throws {
    let server = try server(Self.logs) { $0.hasControl = true }
    let client = try LoopbackClient(port: server.port)
    for _ in 0..<3 {
      _ = try client.get("/logs?list-type=2")
      _ = try client.send("POST", "/_sim/night")
    }
    #expect(server.nextNight() == 4)
    let stats = try client.get("/_sim/stats").text
    #expect(stats.hasPrefix(#"{"night":4,"requests":{"ListObjectsV2":3},"throttled":0,"objects":"#))
  }

  @Test func equalServersGiveEqualAnswers() throws {
    let one = try server(Self.nasty)
    let two = try server(Self.nasty)
    let target = "/nasty?list-type=2"
    let first = try LoopbackClient(port: one.port).get(target)
    let second = try LoopbackClient(port: two.port).get(target)
    #expect(first.body == second.body)
    #expect(first.headers["x-amz-request-id"] == second.headers["x-amz-request-id"])
  }

  @Test func stoppedServerFreesItsPort() throws {
    let first = try server(Self.logs)
    #expect(throws: SimulatorError.self) {
      try SimulatedS3(SimulatorConfiguration(), port: first.port)
    }
    first.stop()
    first.stop()
    #expect(throws: LoopbackError.self) { try LoopbackClient(port: first.port).get("/") }
  }
}

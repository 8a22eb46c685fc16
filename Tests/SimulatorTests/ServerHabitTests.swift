import Testing
import Vocabulary

@testable import Simulator

/// Servers that are older, stricter or on another time than S3's general purpose buckets.
@Suite struct ServerHabitTests {
  private static let directory = "logs--usw2-az1--x-s3"

  private func server(
    _ name: String = "logs", now: Timestamp = Timestamp(year: 2026, month: 11, day: 20),
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(
      buckets: [BucketSpecification(name: name, shape: .flat, count: 100)])
    change(&configuration)
    return try SimulatedS3(configuration, now: { now })
  }

  @Test func tellsItsOwnTime() throws {
    let server = try server { $0.clockOffsetSeconds = 3_661 }
    let client = try LoopbackClient(port: server.port)
    #expect(try client.get("/logs").headers["date"] == "Fri, 20 Nov 2026 01:01:01 GMT")
  }

  @Test func refusesListObjectsV2() throws {
    let server = try server { $0.listSupport = .refuses }
    let client = try LoopbackClient(port: server.port)
    #expect(try client.get("/logs?list-type=2").status == 501)
    #expect(try client.get("/logs?max-keys=3").text.contains("<Marker></Marker>"))
  }

  @Test func takesListObjectsV2ForListObjects() throws {
    let server = try server { $0.listSupport = .ignores }
    let client = try LoopbackClient(port: server.port)
    let key = try #require(server.bucket(named: "logs")?.objects(night: 0).first { _ in true }).key
    let first = try client.get("/logs?list-type=2&start-after=zzz&max-keys=3").text
    #expect(first.contains(key.text) && first.contains("<Marker>"))
    #expect(!first.contains("KeyCount") && !first.contains("ContinuationToken"))
    #expect(
      try !client.get("/logs?list-type=2&marker=\(key.text)").text.contains("<Key>\(key.text)<"))
  }

  @Test(arguments: [("expires-1763596799", 400), ("expires-1763596800", 200), ("other", 200)])
  func refusesTokensAfterTheirEnd(token: String, status: Int) throws {
    let server = try server(now: Timestamp(millisecondsSinceEpoch: 1_763_596_800_000))
    let client = try LoopbackClient(port: server.port)
    let answer = try client.get("/logs", headers: [("x-amz-security-token", token)])
    #expect(answer.status == status)
    #expect(answer.text.contains("ExpiredToken") == (status == 400))
  }

  @Test func directoryBucketsDemandASession() throws {
    let server = try server(Self.directory)
    let client = try LoopbackClient(port: server.port)
    #expect(try client.get("/\(Self.directory)?list-type=2").status == 403)
    #expect(try client.get("/\(Self.directory)?session").status == 403)
    let headers = [("x-amz-s3session-token", "\(Self.directory)/1")]
    #expect(try client.get("/\(Self.directory)?list-type=2", headers: headers).status == 403)
    #expect(try client.get("/").text.contains(Self.directory) == false)
  }

  @Test(arguments: [
    ("list-type=2&start-after=a", 501), ("list-type=2&delimiter=/", 501), ("prefix=a/", 501),
    ("list-type=2&prefix=a", 400), ("list-type=2&continuation-token=x", 400),
  ])
  func directoryBucketsKnowLess(query: String, status: Int) throws {
    let error = #expect(throws: S3Error.self) {
      try ListRequest(Query(query.utf8), pageKeysMax: 10).checkRulesOfDirectories()
    }
    #expect(error?.code.status == status)
  }

  @Test func directoryBucketsListEachKeyOnceInNoOrder() throws {
    let server = try server(Self.directory)
    let bucket = try #require(server.bucket(named: Self.directory))
    var request = ListRequest()
    request.keysMax = 7
    var keys: [String] = []
    while true {
      let page = ListPage(ofDirectory: BucketContents(of: bucket, night: 0), for: request)
      let next = page.next
      let listing = try #require(
        ParsedListing(Array(page.document(bucket: "b", for: request).bytes)))
      keys += listing.simulatedObjects(isURLEncoded: false).map(\.key.text)
      guard let next else { break }
      request.token = next
    }
    #expect(keys.sorted() == bucket.objects(night: 0).map(\.key.text))
    #expect(keys != keys.sorted())
  }
}

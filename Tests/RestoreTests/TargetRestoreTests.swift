import Synchronization
import TestSupport
import Testing
import Vocabulary

@testable import Restore
@testable import S3

/// What is done about versions of a bucket that go into another, against a service that loses answers.
@Suite struct TargetRestoreTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func entry(_ key: String, size: Int64 = 4, etag: String = TargetServer.etag)
    -> ManifestEntry
  {
    ManifestEntry(
      key: Key(key), versionID: "v1", size: size, etag: etag, storageClass: "STANDARD")
  }

  private final class Events: Sendable {
    let all = Mutex<[CopyEvent]>([])

    var settled: [String: RestoreOutcome] {
      var found: [String: RestoreOutcome] = [:]
      for case .settled(let entry, let outcome) in all.withLock({ $0 }) {
        found[entry.key.text] = outcome
      }
      return found
    }
  }

  private func restore(
    _ entries: [ManifestEntry], to server: TargetServer, deletes: Bool = false
  ) async throws -> Events {
    let wanted = try WantedFiles(path: "m")
    for entry in entries { try wanted.insert(entry) }
    var options = CopyOptions()
    options.allowsPermanent = true
    options.deletesOthers = deletes
    let events = Events()
    let restore = try TargetRestore(
      wanted, from: "source", to: CopyTarget(bucket: "target", prefix: Key("p/")),
      client: server.client, options: options, recordsPath: folder.file("records"), pause: { _ in },
      now: { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000) })
    try await restore.run(
      approve: { _ in true }, observe: { event in events.all.withLock { $0.append(event) } })
    return events
  }

  @Test func copiesWhatIsNotThere() async throws {
    let server = try TargetServer()
    let events = try await restore([entry("a"), entry("b")], to: server)
    guard case .restored(4, "ETag") = events.settled["a"] else {
      Issue.record("\(events.settled)")
      return
    }
    #expect(server.objects.keys.sorted() == ["p/a", "p/b"])
  }

  /// A look at each key, as for two keys no listing is worth it, and a copy: the manifest says the rest.
  @Test func asksNoMoreThanItHasTo() async throws {
    let server = try TargetServer()
    _ = try await restore([entry("a"), entry("b")], to: server)
    #expect(server.requests.map(\.method).sorted() == ["HEAD", "HEAD", "PUT", "PUT"])
  }

  @Test func aListingTellsOfManyKeys() async throws {
    let keys = (1_000..<3_500).map { "k\($0)" }
    let server = try TargetServer()
    _ = try await restore(keys.map { entry($0) }, to: server)
    // An empty page tells that nothing is there.
    #expect(server.count("PUT") == keys.count && server.count("HEAD") == 0)
    #expect(server.count("GET") == 1)
    let before = server.requests.count
    let events = try await restore(keys.map { entry($0) }, to: server)
    #expect(server.requests.count - before <= 4)
    #expect(
      events.settled.values.allSatisfy { if case .skipped = $0 { true } else { false } })
  }

  @Test(arguments: [
    [TargetServer.Fault.lostAnswer], [.lostRequest], [.lostRequest, .lostAnswer],
    [.lostRequest, .lostRequest],
  ])
  func aLostAnswerMakesNoSecondCopy(faults: [TargetServer.Fault]) async throws {
    let server = try TargetServer(["p/a": .init(etag: "0" + TargetServer.etag.dropFirst())])
    server.fail(faults)
    let events = try await restore([entry("a")], to: server)
    guard case .restored = events.settled["a"] else {
      Issue.record("\(events.settled)")
      return
    }
    // Each PUT that arrived made a version.
    let lostRequests = faults.count { if case .lostRequest = $0 { true } else { false } }
    let isAnswerLost = faults.contains { if case .lostAnswer = $0 { true } else { false } }
    #expect(server.count("PUT") == lostRequests + 1)
    #expect(server.objects["p/a"]?.version == 2, "\(isAnswerLost)")
  }

  /// What is sent again may replace only what was there before.
  @Test func doesNotWriteOverWhatCameMeanwhile() async throws {
    let server = try TargetServer(["p/a": .init(etag: "0" + TargetServer.etag.dropFirst())])
    server.fail([.lostRequest])
    _ = try await restore([entry("a")], to: server)
    let conditions = server.requests.filter { $0.method == "PUT" }.map { $0.values(of: "If-Match") }
    #expect(conditions == [[], ["\"0\(TargetServer.etag.dropFirst())\""]])
  }

  @Test func aLostAnswerMakesNoSecondMarker() async throws {
    let server = try TargetServer([
      "p/a": .init(etag: TargetServer.etag), "p/old": .init(etag: "e"), "p/older": .init(etag: "e"),
    ])
    server.fail([.lostAnswer])
    let events = try await restore([entry("a")], to: server, deletes: true)
    #expect(server.count("DELETE") == 2)
    #expect(server.objects.keys.sorted() == ["p/a"])
    let marked = events.all.withLock { $0 }.count { event in
      if case .marked(_, nil) = event { true } else { false }
    }
    #expect(marked == 2)
  }

  @Test func deletesNothingAfterARefusal() async throws {
    let server = try TargetServer(["p/old": .init(etag: "e")])
    server.fail([.denied])
    let events = try await restore([entry("a")], to: server, deletes: true)
    #expect(server.count("DELETE") == 0)
    let isWithheld = events.all.withLock { $0 }.contains { event in
      if case .unmarked(.incomplete) = event { true } else { false }
    }
    #expect(isWithheld)
  }

  @Test func aRecordOfAnotherObjectIsNotBelieved() async throws {
    let source = ObjectAddress(bucket: "s", key: Key("k"), versionID: "v")
    let record = CopyRecord(
      source: source, sourceETag: "e", etag: "c", modifiedSeconds: 5, versionID: "w")
    #expect(record.isOf(source, etag: nil))
    var null = source
    null.versionID = "null"
    let ofNull = CopyRecord(source: null, sourceETag: "e", etag: "c")
    #expect(ofNull.isOf(null, etag: "e") && !ofNull.isOf(null, etag: nil))
    #expect(!ofNull.isOf(null, etag: "f"))
    #expect(record.isAbout(etag: "c", modifiedSeconds: 5, versionID: nil))
    #expect(!record.isAbout(etag: "c", modifiedSeconds: 6, versionID: nil))
    #expect(!record.isAbout(etag: "d", modifiedSeconds: 5, versionID: nil))
    #expect(!record.isAbout(etag: "c", modifiedSeconds: 5, versionID: "x"))
  }

  /// Each row is of the source's prefix, the target's bucket and prefix, a key, and the target's key.
  @Test(arguments: [
    ("", "t", "q/", "a/b", "q/a/b"), ("a/", "t", "q/", "a/b", "q/b"), ("a/", "t", "q/", "a/", "q/"),
    ("a/20", "t", "q", "a/2026/b", "q2026/b"), ("a/20", "s", "a/20", "a/2026/b", "a/2026/b"),
    ("a", "s", "a", "a/b", "a/b"), ("a/", "s", "a/", "a/", "a/"), ("a/", "s", "", "a/b", "b"),
  ])
  func keysComeToTheirPlaces(
    source: String, bucket: String, prefix: String, key: String, place: String
  ) {
    let target = CopyTarget(bucket: bucket, prefix: Key(prefix)).taking(
      from: "s", below: Key(source))
    #expect(target.address(of: entry(key)).key == Key(place))
    #expect(target.source(of: Key(place)) == Key(key))
  }

  @Test func anUploadIsOnlyTheOneThatWasAskedFor() {
    let sent = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)
    let key = Key("k")
    let beginning = UploadBeginning(
      target: ObjectAddress(bucket: "b", key: key), sent: sent, others: ["old"])
    func upload(_ key: String, _ id: String, seconds: Int64) -> Upload {
      Upload(
        key: Key(key), uploadID: id,
        initiated: Timestamp(
          millisecondsSinceEpoch: sent.millisecondsSinceEpoch + seconds * 1_000),
        storageClass: "STANDARD")
    }
    let late = Timestamp(millisecondsSinceEpoch: sent.millisecondsSinceEpoch + 7_200_000)
    #expect(beginning.isOf(upload("k", "new", seconds: 1), now: late))
    #expect(beginning.isOf(upload("k", "new", seconds: -600), now: late))
    #expect(!beginning.isOf(upload("k", "old", seconds: 1), now: late))
    #expect(!beginning.isOf(upload("k2", "new", seconds: 1), now: late))
    #expect(!beginning.isOf(upload("k", "new", seconds: 3_600), now: late))
    // Begun since the request was sent, and that was just now: whatever time the service tells.
    #expect(beginning.isOf(upload("k", "new", seconds: -9_000_000), now: sent))
    #expect(beginning.mayBeUnderWay(now: sent) && !beginning.mayBeUnderWay(now: late))
  }

  @Test(
    arguments: [
      (Int64(6) << 30, nil, nil, Int64(256) << 20), (6 << 30, nil, 8 << 20, 8 << 20),
      (6 << 30, 5 << 20, nil, 5 << 20), (60 << 30, 5 << 20, nil, 10 << 20),
      (48 << 40, nil, nil, 5 << 30),
    ] as [(Int64, Int64?, Int64?, Int64)])
  func partsAreAsLargeAsTheyHaveToBe(size: Int64, asked: Int64?, own: Int64?, bytes: Int64) {
    #expect(PartSizes.forCopy(size: size, asked: asked, own: own) == bytes)
  }

  /// The parts of A, B and C of 5 MiB each, as AWS answers it.
  @Test func knowsTheETagOfPartsBefore() {
    let parts = ["A", "B", "C"].enumerated().map { number, letter in
      let bytes = [UInt8](String(repeating: letter, count: 5 << 20).utf8)
      return CopiedPart(number: number + 1, etag: MD5Text.of(bytes))
    }
    #expect(PartedCopy.etag(of: parts) == "b2add96cc9702bbf4efb0ccdfc6b7747-3")
    #expect(PartedCopy.etag(of: [CopiedPart(number: 1, etag: "kms")]) == nil)
  }
}

import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// Nights of random changes to stacks of versions, listed in random pages, with kills, restarts and
/// plain crawls in between: the index must follow exactly.
@Suite struct VersionPropertyTests {
  @Test(arguments: 0..<12 as Range<UInt64>)
  func holdsWhatWasListed(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var night = try Night(ScratchIndex())
    for number in 0..<8 {
      night.context = "seed \(seed), night \(number)"
      random.mutate(&night.served, about: night.index.now())
      if random.isOneIn(3) {
        try await night.listObjects(&random)
      } else {
        try await night.listVersions(&random)
      }
      night.index.time.advance(milliseconds: random.pick([0, 500, 3_000]))
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func writesNothingWhenNothingChanged(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var stacks: Stacks = [:]
    for _ in 0..<10 { random.mutate(&stacks, about: index.now()) }
    try await writer.syncVersions("bucket", stacks)
    try index.execute(refusalsOfVersionWrites)
    for prefix in [Key.start, Key("a"), Key("a/"), Key([0xFF])] {
      let result = try await writer.syncVersions("bucket", stacks, prefix: prefix)
      let known = stacks.below(prefix).known
      #expect(
        result.counts
          == ChangeCounts(objects: Int64(known.contents.count), versions: known.versionCount))
    }
    // The refusals do work.
    stacks[Key("a"), default: []].insert(ModelVersion("new"), at: 0)
    await #expect(throws: SQLiteError.self, "seed \(seed)") {
      try await writer.syncVersions("bucket", stacks)
    }
  }
}

let refusalsOfVersionWrites = [
  "object", "object_version", "bucket_usage", "prefix_usage", "version_usage",
  "prefix_version_usage", "object_change",
].flatMap { table in
  ["INSERT", "UPDATE", "DELETE"].map { verb in
    """
    CREATE TRIGGER no_\(verb)_\(table) BEFORE \(verb) ON \(table)
    BEGIN SELECT RAISE(ABORT, '\(table) is written'); END;
    """
  }
}.joined(separator: "\n")

/// A bucket, its index, and what the index must know.
private struct Night {
  var index: ScratchIndex
  var writer: IndexWriter
  var served: Stacks = [:]
  var known: Known = [:]
  var context = ""
  /// When the last complete crawl of all versions began, else when the first of any did.
  private var idsHoldFrom: Timestamp?

  init(_ index: ScratchIndex) throws {
    self.index = index
    writer = try index.writer()
  }

  mutating func listVersions(_ random: inout SplitMix64) async throws {
    let prefix = random.isOneIn(4) ? random.pick([Key("a"), Key("a/"), Key([0xFF])]) : .start
    let before = known
    var after = known.filter { !$0.key.bytes.starts(with: prefix.bytes) }
    after.merge(served.below(prefix).known) { $1 }
    let syncID = try await writer.beginSync()
    var plan = try await writer.beginVersions("bucket", prefix: prefix)
    #expect(plan.listsVersions && plan.versionIDsHoldBefore == nil)
    plan.ranges = try index.split(plan, &random)
    var counts = try await writer.list(
      served, plan, syncID: syncID, &random, pagesMax: random.pick([1, 3, .max]))
    if random.isOneIn(3) {
      try await kill()
      let resumed = try await writer.beginVersions("bucket", prefix: prefix)
      #expect(resumed.crawlID == plan.crawlID, "\(context)")
      plan = resumed
      counts = ChangeCounts(
        objects: plan.ranges.map(\.objects).reduce(0, +),
        versions: plan.ranges.map(\.versions).reduce(0, +))
    } else if random.isOneIn(3) {
      counts += try await writer.apply([.restart(isOrdered: true)], of: plan, syncID: syncID)
      plan.ranges = [CrawlRange(lo: .start, hi: nil, cursor: .start)]
    } else {
      try await writer.commit()
      plan = try await writer.beginVersions("bucket", prefix: prefix)
    }
    counts += try await writer.list(served, plan, syncID: syncID, &random)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete, "\(context)")
    try await writer.finishSync(syncID, state: .complete, requests: 0, retries: 0)
    let listed = served.below(prefix).known
    #expect(counts.objects == Int64(listed.contents.count), "\(context)")
    #expect(counts.versions == listed.versionCount, "\(context)")
    known = after
    if prefix.isStart || idsHoldFrom == nil { idsHoldFrom = plan.startedAt }
    try expectAgreement(before: before, syncID: syncID)
  }

  mutating func listObjects(_ random: inout SplitMix64) async throws {
    let prefix = random.isOneIn(4) ? random.pick([Key("a"), Key("a/"), Key([0xFF])]) : .start
    let before = known
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket", prefix: prefix)
    #expect(!plan.listsVersions)
    let bound = idsHoldFrom.map {
      Timestamp(millisecondsSinceEpoch: $0.millisecondsSinceEpoch - 900_000)
    }
    #expect(plan.versionIDsHoldBefore == bound, "\(context)")
    _ = try await writer.list(served.contents, plan, syncID: syncID, &random)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete, "\(context)")
    try await writer.finishSync(syncID, state: .complete, requests: 0, retries: 0)
    known = known.listed(
      served.contents.below(prefix), below: prefix, idsHoldBefore: bound)
    try expectAgreement(before: before, syncID: syncID)
  }

  /// The process is killed, and another one goes on with what it left.
  private mutating func kill() async throws {
    index = try index.copyAfterKill()
    writer = try index.writer()
  }

  private func expectAgreement(before: Known, syncID: Int64) throws {
    let stored = try index.known(of: "bucket")
    for key in Set(known.keys).union(stored.keys).sorted() {
      #expect(stored[key] == known[key], "\(context), key \(key)")
    }
    let contents = known.contents
    #expect(try index.classSums(of: "bucket") == contents.classSums, "\(context)")
    #expect(try index.prefixSums(of: "bucket") == contents.prefixSums(), "\(context)")
    #expect(try index.versionSums(of: "bucket") == known.versionSums, "\(context)")
    #expect(try index.prefixVersionSums(of: "bucket") == known.prefixVersionSums(), "\(context)")
    let newest = contents.values.map(\.lastModified.millisecondsSinceEpoch).max()
    #expect(try index.bucket("bucket")?.newestMs == newest, "\(context)")
    let changes = try index.changes(inSync: syncID, of: "bucket")
    #expect(changes.isEmpty || changes == before.contents.changes(to: contents), "\(context)")
  }
}

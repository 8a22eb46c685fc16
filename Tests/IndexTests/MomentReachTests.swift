import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// How far the index knows what was there at a moment.
@Suite struct MomentReachTests {
  private static let stacks: Stacks = [
    Key("a/1"): [ModelVersion("v2"), ModelVersion("v1", ModelObject(size: 4))],
    Key("b/1"): [.marker("m"), ModelVersion("v1", ModelObject(size: 5))],
  ]

  private func reach(_ index: ScratchIndex, below prefix: String = "") throws -> VersionReach {
    var filter = ObjectFilter()
    filter.scopes = [.init(bucketPattern: "bucket", prefix: Key(prefix))]
    return try #require(try index.reader().versionReach(of: filter).first)
  }

  private func day(_ number: Int) -> Timestamp { Timestamp(year: 2026, month: 11, day: number) }

  @Test func nothingIsKnownBeforeVersionsWereListed() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", Self.stacks.contents)
    #expect(try reach(index).freshness.isUnknown)
  }

  @Test func aListingWithoutVersionsTakesAwayWhatWasKnown() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", Self.stacks)
    #expect(try reach(index).freshness == Freshness(state: .complete, syncedAt: day(20)))
    #expect(try reach(index).plainListing == nil)

    index.time.advance(days: 1)
    try await writer.sync("bucket", Self.stacks.contents, prefix: Key("a/"))
    #expect(try reach(index).plainListing == day(21))
    #expect(try reach(index, below: "a/").plainListing == day(21))
    #expect(try reach(index, below: "a/1").plainListing == day(21))
    // Of other keys it said nothing.
    #expect(try reach(index, below: "b/").plainListing == nil)

    index.time.advance(days: 1)
    try await writer.syncVersions("bucket", Self.stacks)
    #expect(try reach(index).plainListing == nil)
    #expect(try reach(index).freshness.syncedAt == day(22))
  }

  @Test func aRefusalListedNothing() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", Self.stacks)
    index.time.advance(days: 1)
    try await writer.recordRefusal(
      of: BucketIdentity(endpoint: "", name: "bucket"), owner: nil,
      outcome: .denied(reason: "403"))
    #expect(try reach(index).plainListing == nil)
    #expect(try reach(index).freshness == Freshness(state: .denied, syncedAt: day(20)))
  }

  @Test func filtersJudgeObjectsAsTheIndexDoes() async throws {
    var random = SplitMix64(seed: 5)
    var contents: Contents = [:]
    for _ in 0..<200 { contents[random.hostileKey()] = random.object() }
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    let times = contents.values.map(\.lastModified).sorted()
    var filters: [ObjectFilter] = []
    for _ in 0..<60 {
      var filter = ObjectFilter()
      if random.isOneIn(2) { filter.keyGlob = ["*a*", "?*", "*/*", "[a-m]*"][random.below(4)] }
      if random.isOneIn(2) { filter.sizeMin = Int64(random.below(2_000)) }
      if random.isOneIn(2) { filter.sizeMax = Int64(random.below(5_000)) }
      if random.isOneIn(3) { filter.modifiedFrom = times[random.below(times.count)] }
      if random.isOneIn(3) { filter.modifiedBefore = times[random.below(times.count)] }
      if random.isOneIn(3) { filter.storageClasses = ["standard", "GLACIER"] }
      filters.append(filter)
    }
    for filter in filters {
      var found: [Key] = []
      try reader.find(filter, limit: nil) { _, _, key, _ in
        found.append(Key(key.withUnsafeBufferPointer { Array($0) }))
        return true
      }
      let test = ObjectTest(filter)
      let expected = contents.filter { key, object in
        test.passes(key: key.bytes.span)
          && test.passes(
            size: object.size, lastModified: object.lastModified, storageClass: object.storageClass)
      }
      #expect(found == expected.keys.sorted())
    }
  }
}

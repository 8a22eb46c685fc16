import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// Of what the journal says that it does not know all.
@Suite struct JournalGapTests {
  private let one: Contents = [Key("a/1"): ModelObject(size: 1)]
  private let two: Contents = [Key("a/1"): ModelObject(size: 2), Key("b"): ModelObject()]

  private func gaps(
    _ index: ScratchIndex, since start: JournalStart, below prefix: String = ""
  ) throws -> [String] {
    var question = ChangeQuestion(ObjectFilter())
    question.filter.prefix = Key(prefix)
    question.start = start
    return try index.reader().journalGaps(question).map { gap in
      "\(gap.bucket.name) \(gap.reason) \(gap.since?.iso8601 ?? "-")"
    }
  }

  @Test func aFirstListingIsNotJournaled() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let before = index.now()
    index.time.advance(days: 1)
    try await writer.sync("bucket", one)
    index.time.advance(days: 1)
    let between = index.now()
    index.time.advance(days: 1)
    try await writer.sync("bucket", two)
    #expect(try gaps(index, since: .beginning) == [])
    #expect(
      try gaps(index, since: .moment(before)) == ["bucket firstListed 2026-11-21T00:00:00Z"])
    #expect(try gaps(index, since: .moment(between)) == [])
    #expect(try gaps(index, since: .sync(1)) == [])
  }

  @Test func droppedRowsAreMissed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    try await writer.sync("quiet", one)
    index.time.advance(days: 1)
    try await writer.sync("bucket", two)
    try await writer.sync("quiet", one)
    index.time.advance(days: 95)
    try await writer.sync("bucket", two)
    try await writer.sync("quiet", one)
    // In the other bucket nothing was found, so nothing was dropped.
    #expect(try gaps(index, since: .sync(2)) == ["bucket dropped 2026-11-21T00:00:00Z"])
    #expect(try gaps(index, since: .sync(4)) == [])
  }

  @Test func whatWasNotListedSinceIsNotUnchanged() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    index.time.advance(days: 1)
    try await writer.sync("other", one)
    try await writer.sync("other", two)
    let gaps = try gaps(index, since: .sync(2))
    #expect(gaps == ["bucket notListed 2026-11-20T00:00:00Z"])
    var question = ChangeQuestion(ObjectFilter())
    question.start = .sync(2)
    let reader = try index.reader()
    let rows = try reader.changeSums(
      question, by: .bucket, lacking: try reader.journalGaps(question))
    #expect(rows.map { $0.sums?.added } == [nil, 1])
  }

  @Test func aListingThatWasCutOffIsNone() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    index.time.advance(days: 1)
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    _ = try await writer.merge(
      PageCoverage(
        page: ObjectPage(two.sorted { $0.key < $1.key }), after: .start, through: Key("b")),
      into: plan.ranges[0], of: plan, syncID: syncID)
    _ = try await writer.finishCrawl(plan, outcome: .failed(reason: "cut off"))
    try await writer.finishSync(syncID, state: .partial, requests: 1, retries: 0)
    #expect(try gaps(index, since: .sync(1)) == ["bucket notListed 2026-11-20T00:00:00Z"])
  }

  /// The first listing goes on in a second sync: only from its end on is everything known.
  @Test func aFirstListingThatWasInterruptedEndsLater() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let first = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    _ = try await writer.merge(
      PageCoverage(
        page: ObjectPage(one.sorted { $0.key < $1.key }), after: .start, through: Key("a/1")),
      into: plan.ranges[0], of: plan, syncID: first)
    try await writer.finishSync(first, state: .interrupted, requests: 1, retries: 0)
    index.time.advance(days: 1)
    try await writer.sync("bucket", two)
    index.time.advance(days: 1)
    try await writer.sync("bucket", one)
    #expect(try gaps(index, since: .sync(first)) == ["bucket firstListed 2026-11-21T00:00:00Z"])
    #expect(try gaps(index, since: .sync(2)) == [])
  }

  @Test func aBucketThatWasForgottenBeginsAnew() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    try await writer.sync("bucket", two)
    #expect(try gaps(index, since: .sync(1)) == [])
    try await writer.forget(bucket: "bucket", endpoint: "")
    index.time.advance(days: 1)
    try await writer.sync("bucket", one)
    #expect(try gaps(index, since: .sync(1)) == ["bucket firstListed 2026-11-21T00:00:00Z"])
  }

  /// The first listing of a whole bucket compares nothing, also below a prefix that was known.
  @Test func aPrefixHasAJournalOfItsOwn() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one, prefix: Key("a/"))
    index.time.advance(days: 1)
    try await writer.sync("bucket", two, prefix: Key("a/"))
    #expect(try gaps(index, since: .sync(1), below: "a/") == [])
    #expect(try gaps(index, since: .sync(1)) == ["bucket notListed -"])
    index.time.advance(days: 1)
    try await writer.sync("bucket", one)
    #expect(
      try gaps(index, since: .sync(1), below: "a/")
        == ["bucket firstListed 2026-11-22T00:00:00Z"])
    #expect(
      try gaps(index, since: .sync(3), below: "a/")
        == ["bucket notListed 2026-11-22T00:00:00Z"])
  }
}

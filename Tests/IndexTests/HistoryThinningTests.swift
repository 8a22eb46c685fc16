import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// Which nights stay in the history as they grow old, and what is known of prefixes then.
@Suite struct HistoryThinningTests {
  private struct Night {
    var at: Timestamp
    var sums: [Key: Sum]

    /// Days since a Monday, 2026-11-30.
    var day: Int64 {
      let ms = at.millisecondsSinceEpoch - 1_795_996_800_000
      return ms >= 0 ? ms / 86_400_000 : (ms - 86_399_999) / 86_400_000
    }
    var week: Int64 { day >= 0 ? day / 7 : (day - 6) / 7 }
    var month: Substring { at.iso8601.prefix(7) }
  }

  private func contents(_ random: inout SplitMix64) -> Contents {
    var contents: Contents = [Key("top"): ModelObject(size: 1)]
    for _ in 0..<5 {
      contents[Key("\(random.next() % 3)/\(random.next() % 2)/x")] = ModelObject(
        size: Int64(random.next() % 2) * 1_000)
    }
    return contents
  }

  private func isKept(_ place: Int, of nights: [Night], _ daily: Int64, _ weekly: Int64) -> Bool {
    let (night, later) = (nights[place], nights[(place + 1)...])
    let age = nights[nights.count - 1].day - night.day
    if age <= daily || !later.contains(where: { $0.month == night.month }) { return true }
    return age <= weekly && !later.contains { $0.week == night.week }
  }

  @Test(arguments: [UInt64(1), 2])
  func keepsTheLastOfWeeksAndMonthsAsTheyWere(seed: UInt64) async throws {
    let index = try ScratchIndex()
    _ = try await index.writer().rest()
    try index.execute(
      """
      UPDATE setting SET value = '12' WHERE name = 'history_daily_days';
      UPDATE setting SET value = '50' WHERE name = 'history_weekly_days';
      """)
    let writer = try index.writer()
    var random = SplitMix64(seed: seed)
    var nights: [Night] = []
    for _ in 0..<100 {
      let contents = contents(&random)
      nights.append(Night(at: index.now(), sums: contents.prefixSums(depthMax: 2)))
      try await writer.sync("bucket", contents)
      // Some nights have no sync.
      index.time.advance(days: random.next() % 5 == 0 ? 3 : 1)
    }
    let kept = nights.indices.filter { isKept($0, of: nights, 12, 50) }.map { nights[$0] }
    #expect(kept.count < 40)
    let reader = try index.reader()
    let id = try #require(try index.bucketID("bucket"))
    let points = try reader.points(of: id)
    #expect(points.map(\.at) == kept.map(\.at))
    for (point, night) in zip(points, kept) {
      for prefix in Set(nights.flatMap(\.sums.keys)) {
        let expected = night.sums[prefix].map { Usage(objects: $0.objects, bytes: $0.bytes) }
        let found = try reader.pastUsage(of: id, prefix: prefix, at: point)
        #expect(found == expected ?? Usage(), "\(prefix.text) \(night.at.iso8601)")
      }
    }
    let moments = try index.texts("SELECT DISTINCT at FROM history ORDER BY at")
    #expect(moments == kept.map(\.at.iso8601))
    let orphans = try index.integers(
      """
      SELECT count(*) FROM prefix_usage_history
      WHERE at_ms NOT IN (SELECT at_ms FROM usage_point)
      """)
    #expect(orphans == [0])
  }

  @Test func keepsEverythingWhereThatIsWanted() async throws {
    let index = try ScratchIndex()
    _ = try await index.writer().rest()
    let connection = try Connection(path: index.path, mode: .readWrite)
    try connection.execute(
      script: "UPDATE setting SET value = 'ever' WHERE name = 'history_daily_days';")
    let thinning = try HistoryThinning(in: connection, path: index.path)
    let moments = (0..<3_000).map { Timestamp(millisecondsSinceEpoch: $0 * 86_400_000) }
    #expect(thinning.thinned(moments, now: index.now()) == [])
  }
}

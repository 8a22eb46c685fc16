import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// Versions that are listed in ranges side by side.
@Suite struct FrontierVersionTests {
  private struct Outcome {
    var table: RangeTable
    var isSerial: Bool
    var answers: Int
  }

  private func crawl(
    _ server: inout ScriptedVersions, width: Int, marks: [KeyMark] = [],
    random: inout SplitMix64, disturb: (inout ScriptedVersions) -> Void = { _ in }
  ) throws -> Outcome {
    var table = RangeTable()
    var frontier = Frontier(table.ranges, of: .versions, prefix: server.prefix, marks: marks)
    var waiting: [Frontier.Request] = []
    while !frontier.isDone || !waiting.isEmpty {
      let (steps, requests) = frontier.next(upTo: 1 + random.below(width) - waiting.count)
      try table.apply(steps)
      waiting += requests
      try #require(!waiting.isEmpty, "nothing is under way")
      let request = waiting.remove(at: random.below(waiting.count))
      let page = server.answer(request.position)
      disturb(&server)
      try table.apply(frontier.accept(page, to: request))
      try #require(server.answers < 20_000, "it goes on for ever")
    }
    return Outcome(table: table, isSerial: frontier.isSerial, answers: server.answers)
  }

  private func entries(_ keys: [Key], seed: UInt64) -> [ScriptedVersions.Entry] {
    var random = SplitMix64(seed: seed)
    return keys.flatMap { key in
      (0..<(random.isOneIn(9) ? 12 : 1 + random.below(3))).map {
        ScriptedVersions.Entry(key: key, number: $0, isMarker: random.isOneIn(4))
      }
    }
  }

  @Test(arguments: ScriptedVersions.Habit.allCases, [UInt64(1), 2, 3, 4])
  func listsEachVersionOnce(habit: ScriptedVersions.Habit, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let all = entries(KeySets.folders.keys, seed: seed)
    var server = ScriptedVersions(all, habit, lengths: 10...60, seed: seed)
    let expected = server.entries.map(\.key)
    let outcome = try crawl(&server, width: 12, random: &random)
    #expect(outcome.table.keys == expected)
    #expect(outcome.table.isComplete)
    // One of the three loses an entry where a range begins at no key: seams tell, and it is listed
    // from the beginning.
    #expect(outcome.isSerial == (habit == .moto))
    let pages = all.count / 10
    #expect(outcome.answers <= 3 * pages)
  }

  @Test(arguments: ScriptedVersions.Habit.allCases, [UInt64(1), 2, 3])
  func marksOfAnEarlierCrawlCutWithoutDoubts(habit: ScriptedVersions.Habit, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = KeySets.folders.keys
    // Behind the last mark it would be guessed.
    var server = ScriptedVersions(
      entries(keys, seed: seed), habit, lengths: 20...20, seed: seed)
    let expected = server.entries.map(\.key)
    let marks = stride(from: 39, to: keys.count, by: 40).map {
      KeyMark(key: keys[$0], objects: 20_000)
    }
    let outcome = try crawl(&server, width: 12, marks: marks, random: &random)
    #expect(outcome.table.keys == expected)
    #expect(!outcome.isSerial)
  }

  /// Behind such a key a range begins with pages of versions that belong to the range before.
  @Test(arguments: ScriptedVersions.Habit.allCases, [UInt64(1), 2, 3])
  func aRangeMayBeginBehindAKeyOfManyPages(habit: ScriptedVersions.Habit, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = Array(KeySets.folders.keys.prefix(60))
    let deep = keys[20]
    var server = ScriptedVersions(
      entries(keys, seed: seed) + (100..<180).map { .init(key: deep, number: $0) }, habit,
      lengths: 7...7, seed: seed)
    let expected = server.entries.map(\.key)
    let marks = [keys[10], deep, keys[40]].map { KeyMark(key: $0, objects: 20_000) }
    let outcome = try crawl(&server, width: 8, marks: marks, random: &random)
    #expect(outcome.table.keys == expected)
    #expect(outcome.table.isComplete)
  }

  @Test(arguments: ScriptedVersions.Habit.allCases, [UInt64(1), 2, 3])
  func versionsThatGoMeanwhileTakeNothingWithThem(
    habit: ScriptedVersions.Habit, seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    var server = ScriptedVersions(
      entries(KeySets.folders.keys, seed: seed), habit, lengths: 10...30, seed: seed)
    var changes = SplitMix64(seed: seed &+ 100)
    var removed = 0
    let outcome = try crawl(&server, width: 8, random: &random) { server in
      guard removed < 60, changes.isOneIn(2) else { return }
      server.remove(at: changes.below(server.entries.count))
      removed += 1
    }
    let listed = outcome.table.keys
    let left = server.entries.map(\.key)
    // Each key has at least the entries that are still there.
    var counts: [Key: Int] = [:]
    for key in listed { counts[key, default: 0] += 1 }
    for key in left { counts[key, default: 0] -= 1 }
    #expect(counts.values.allSatisfy { $0 >= 0 })
    #expect(listed == listed.sorted())
  }
}

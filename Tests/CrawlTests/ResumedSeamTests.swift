import S3
import Testing
import Vocabulary

@testable import Crawl

/// A crawl that was killed after a range had stored its beginning and before the range in front of it came
/// to its end, which would have shown whether that beginning is whole.
@Suite struct ResumedSeamTests {
  private static let entries = (0..<100).flatMap { index in
    (0...index % 3).map { ScriptedVersions.Entry(key: Key("k\(1_000 + index)"), number: $0) }
  }
  private let seam = Key("k1050+")

  /// Takes the crawl up and tells whether it was begun again.
  private func isBegunAgain(
    _ habit: ScriptedVersions.Habit, stored: ([ListedVersion]) -> ArraySlice<ListedVersion>,
    isGone: (Int) -> Bool = { _ in false },
    begunAt: Timestamp = Timestamp(year: 2026, month: 2, day: 1)
  ) throws -> Bool {
    var server = ScriptedVersions(Self.entries, habit, lengths: 12...20, seed: 7)
    let following = server.entries.filter { $0.key > seam }
    let names = following.map {
      ListedVersion(key: $0.key, versionID: $0.id, isMarker: $0.isMarker)
    }
    let left = CrawlRange(lo: .start, hi: seam, cursor: .start)
    var right = CrawlRange(lo: seam, hi: nil, cursor: Key("k1099"), isDone: true)
    right.firstEntries = Array(stored(names).prefix(CrawlRange.firstEntriesMax))
    let first = server.entries.count - following.count
    for index in following.indices.reversed() where isGone(index) {
      server.remove(at: first + index)
    }
    var frontier = Frontier(
      [left, right], of: .versions, prefix: .start, begunAt: begunAt)
    var restarts = 0
    for _ in 0..<1_000 where !frontier.isDone {
      let (_, requests) = frontier.next(upTo: 1)
      for request in requests {
        let steps = try frontier.accept(server.answer(request.position), to: request)
        restarts += steps.count { if case .restart = $0 { true } else { false } }
      }
    }
    #expect(frontier.isDone)
    return restarts > 0
  }

  @Test(arguments: ScriptedVersions.Habit.allCases, 1...3)
  func areNotBelievedWhereAnEntryIsMissing(habit: ScriptedVersions.Habit, count: Int) throws {
    #expect(try isBegunAgain(habit, stored: { $0.dropFirst(count) }))
  }

  @Test(arguments: ScriptedVersions.Habit.allCases)
  func areBelievedWhereNothingIsMissing(habit: ScriptedVersions.Habit) throws {
    #expect(try !isBegunAgain(habit, stored: { $0[...] }))
  }

  @Test(arguments: ScriptedVersions.Habit.allCases, [1, 2, 7, 8, 9, 40])
  func areBelievedWhereEntriesWereDeletedSince(
    habit: ScriptedVersions.Habit, count: Int
  ) throws {
    #expect(try !isBegunAgain(habit, stored: { $0[...] }, isGone: { $0 < count }))
  }

  /// What was written since the crawl began is for the next one.
  @Test func areBelievedWhereAnEntryIsNew() throws {
    #expect(
      try !isBegunAgain(
        .aws, stored: { $0.dropFirst() }, begunAt: Timestamp(year: 2025, month: 12, day: 31)))
  }
}

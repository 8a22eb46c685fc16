import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// Walks where the order of entries, or what an answer rests on, is not known.
@Suite struct VersionBlocksTests {
  private typealias Entry = ScriptedVersions.Entry

  private struct Outcome {
    var entries: [EntryName] = []
    var fault: ListingFault?
    var answers = 0
  }

  private func walk(
    _ server: inout ScriptedVersions,
    disturb: (inout ScriptedVersions, Int) -> Void = { _, _ in }
  ) -> Outcome {
    var walk = VersionWalk(
      CrawlRange(lo: .start, hi: nil, cursor: .start), prefix: server.prefix)
    var outcome = Outcome()
    do throws(ListingFault) {
      while !walk.isDone {
        guard outcome.answers < 1_000 else {
          Issue.record("the walk does not come to an end")
          break
        }
        let page = server.answer(walk.position)
        outcome.answers += 1
        disturb(&server, outcome.answers)
        guard let coverage = try walk.accept(page) else { continue }
        outcome.entries += coverage.page.records.indices.map { coverage.page.name(at: $0) }
      }
    } catch {
      outcome.fault = error
    }
    return outcome
  }

  private func names(_ entries: [Entry]) -> Set<EntryName> {
    Set(entries.map { EntryName(key: $0.key, versionID: $0.id) })
  }

  private func expectAll(_ server: ScriptedVersions, _ outcome: Outcome, _ what: Comment) {
    #expect(outcome.fault == nil, what)
    #expect(Set(outcome.entries) == names(server.entries), what)
    #expect(outcome.entries.count == server.entries.count, what)
    #expect(outcome.entries.map(\.key) == outcome.entries.map(\.key).sorted(), what)
  }

  @Test(arguments: ScriptedVersions.Habit.allCases)
  func listsEveryEntryOfOneSecond(habit: ScriptedVersions.Habit) {
    for seed in UInt64(1)...200 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: random.below(30)).filter {
        habit != .rgw || $0.id != "null" || !$0.isMarker
      }
      let length = 2 + random.below(20)
      var server = ScriptedVersions(entries, habit, lengths: length...length, seed: seed)
      server.isInBlocks = true
      let outcome = walk(&server)
      expectAll(server, outcome, "seed \(seed), pages of \(length)")
    }
  }

  /// Put and deleted in turn, and all of one kind before all of the other.
  @Test(arguments: 0...3)
  func listsAKeyOfManyPages(shape: Int) {
    let entries = (1...2_200).map { number in
      let isMarker =
        switch shape {
        case 0: number % 2 == 0
        case 1: number % 1_000 < 10
        case 2: number > 1_100
        default: number % 1_000 > 20
        }
      return Entry(key: Key("k"), number: number, isMarker: isMarker)
    }
    for follower in [[], [Entry(key: Key("z"), number: 1)]] {
      var server = ScriptedVersions(entries + follower, .moto, lengths: 1_000...1_000, seed: 1)
      server.isInBlocks = true
      let outcome = walk(&server)
      expectAll(server, outcome, "shape \(shape)")
      #expect(outcome.answers <= 8, "shape \(shape)")
    }
  }

  @Test(arguments: ScriptedVersions.Habit.allCases)
  func losesNothingOfOneSecondWhenVersionsAreDeleted(habit: ScriptedVersions.Habit) {
    var faults = 0
    for seed in UInt64(1)...400 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: 12)
      var server = ScriptedVersions(entries, habit, lengths: 5...12, seed: seed)
      server.isInBlocks = true
      let before = names(server.entries)
      let outcome = walk(&server) { server, answer in
        guard answer < 40, random.isOneIn(3), !server.entries.isEmpty else { return }
        let last = min(5 * answer + random.below(9), server.entries.count - 1)
        for _ in 0...random.below(2) where last < server.entries.count { server.remove(at: last) }
      }
      if outcome.fault != nil {
        faults += 1
        continue
      }
      let listed = Set(outcome.entries)
      #expect(listed.count == outcome.entries.count, "an entry came twice; seed \(seed)")
      #expect(names(server.entries).isSubset(of: listed), "seed \(seed)")
      #expect(listed.isSubset(of: before), "seed \(seed)")
    }
    #expect(faults < 20, "\(faults) walks gave up")
  }

  /// One entry is all there is to ask by, and it goes before it is asked by, or right after.
  @Test(arguments: ScriptedVersions.Habit.allCases, 0...4)
  func losesNothingBehindALoneEntry(habit: ScriptedVersions.Habit, gone: Int) {
    let key = (1...5).map {
      Entry(key: Key("k"), number: $0, isMarker: $0 == 5, isAnonymous: $0 == 5)
    }
    for length in 1...4 {
      for answer in 1...6 {
        var server = ScriptedVersions(
          key + [Entry(key: Key("z"), number: 1)], habit, lengths: length...length, seed: 1)
        let outcome = walk(&server) { server, count in
          if count == answer { server.remove(at: gone) }
        }
        if outcome.fault == nil {
          #expect(
            Set(outcome.entries).isSuperset(of: names(server.entries)),
            "pages of \(length), after answer \(answer)")
        } else {
          #expect(length < 3)
        }
      }
    }
  }

  /// Pages of one and two entries: all, or a fault, and neither loss nor questions without end.
  @Test(arguments: ScriptedVersions.Habit.allCases, 1...2)
  func comesToAnEndByTinyPages(habit: ScriptedVersions.Habit, length: Int) {
    for shape in 0..<243 {
      var entries: [Entry] = []
      var rest = shape
      for number in 1...5 {
        let kind = rest % 3
        rest /= 3
        if kind == 2 { entries.removeAll { $0.isAnonymous } }
        entries.append(
          Entry(key: Key("k"), number: number, isMarker: kind > 0, isAnonymous: kind == 2))
      }
      entries.append(Entry(key: Key("z"), number: 1))
      for isWordless in [false, true] {
        var server = ScriptedVersions(entries, habit, lengths: length...length, seed: 1)
        server.isWordless = isWordless
        let outcome = walk(&server)
        #expect(outcome.answers < 400, "shape \(shape)")
        if outcome.fault == nil { expectAll(server, outcome, "shape \(shape)") }
        if length == 2, !isWordless { #expect(outcome.fault == nil, "shape \(shape)") }
      }
    }
  }

  /// One server leaves out the first entry after a key: what a range begins with may lack its latest version.
  @Test(arguments: ["", "k1"])
  func saysWhoseLatestVersionMayBeMissing(lo: String) throws {
    let entries = (0..<9).map { Entry(key: Key("k\($0 / 3)"), number: $0 % 3 + 1) }
    var server = ScriptedVersions(entries, .moto, lengths: 5...5, seed: 1)
    var walk = VersionWalk(
      CrawlRange(lo: Key(lo), hi: nil, cursor: Key(lo)), prefix: server.prefix)
    var marks: [Bool] = []
    while !walk.isDone {
      if let coverage = try walk.accept(server.answer(walk.position)) {
        marks.append(coverage.mayLackFirst)
      }
    }
    #expect(marks.first == !lo.isEmpty)
    #expect(!marks.dropFirst().contains(true))
  }
}

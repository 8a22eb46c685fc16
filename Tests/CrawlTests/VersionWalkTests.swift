import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

@Suite struct VersionWalkTests {
  private typealias Entry = ScriptedVersions.Entry

  /// What a walk passed on.
  private struct Outcome {
    var entries: [EntryName] = []
    var coverages: [PageCoverage] = []
    var fault: ListingFault?
    var answers = 0
  }

  /// Walks through a range; `disturb` may change the server between two pages.
  private func walk(
    _ server: inout ScriptedVersions,
    _ range: CrawlRange = .init(lo: .start, hi: nil, cursor: .start),
    disturb: (inout ScriptedVersions, Int) -> Void = { _, _ in }
  ) -> Outcome {
    var walk = VersionWalk(range, prefix: server.prefix)
    var outcome = Outcome()
    do throws(ListingFault) {
      while !walk.isDone {
        guard outcome.answers < 5_000 else {
          Issue.record("the walk does not come to an end")
          break
        }
        let page = server.answer(walk.position)
        outcome.answers += 1
        disturb(&server, outcome.answers)
        guard let coverage = try walk.accept(page) else { continue }
        let covered = KeyInterval(prefix: server.prefix)
          .limited(after: coverage.after, through: coverage.through ?? range.hi)
        outcome.entries += coverage.page.records.indices.map { coverage.page.name(at: $0) }
          .filter { covered.contains($0.key) }
        outcome.coverages.append(coverage)
      }
    } catch {
      outcome.fault = error
    }
    return outcome
  }

  private func names(_ entries: [Entry]) -> [EntryName] {
    entries.map { EntryName(key: $0.key, versionID: $0.id) }
  }

  @Test(arguments: ScriptedVersions.Habit.allCases)
  func listsEveryVersionOnceInTheServersOrder(habit: ScriptedVersions.Habit) {
    for seed in UInt64(1)...80 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: random.below(40))
      let lengths = random.isOneIn(3) ? 1...3 : 2...20
      var server = ScriptedVersions(entries, habit, lengths: lengths, seed: seed)
      let outcome = walk(&server)
      #expect(outcome.fault == nil, "seed \(seed)")
      #expect(outcome.entries == names(server.entries), "seed \(seed)")
      let ends = [Key.start] + outcome.coverages.dropLast().compactMap(\.through)
      #expect(outcome.coverages.map(\.after) == ends, "the coverages tile; seed \(seed)")
    }
  }

  /// A range whose beginning is a key, as marks are, or none, as guesses are.
  @Test(arguments: ScriptedVersions.Habit.allCases)
  func listsARangeAndNothingElse(habit: ScriptedVersions.Habit) {
    for seed in UInt64(1)...80 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: 30)
      var server = ScriptedVersions(entries, habit, lengths: 2...9, seed: seed)
      let keys = Set(server.entries.map(\.key)).sorted()
      guard let lo = keys.randomElement(using: &random),
        let hi = keys.randomElement(using: &random),
        lo < hi
      else { continue }
      // One server loses an entry behind a key that does not exist: seams find that out.
      let cut = habit != .moto && random.isOneIn(2) ? lo.successor : lo
      let range = CrawlRange(lo: cut, hi: hi, cursor: cut)
      let expected = server.entries.filter { $0.key > cut && $0.key <= hi }
      let outcome = walk(&server, range)
      #expect(outcome.fault == nil, "seed \(seed)")
      #expect(outcome.entries == names(expected), "seed \(seed)")
    }
  }

  /// Versions that are deleted between two pages, the last ones of a page above all.
  @Test(arguments: ScriptedVersions.Habit.allCases)
  func losesNothingWhenVersionsAreDeletedMeanwhile(habit: ScriptedVersions.Habit) {
    var faults = 0
    var removed = 0
    for seed in UInt64(1)...400 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: 12)
      var server = ScriptedVersions(entries, habit, lengths: 3...9, seed: seed)
      let before = names(server.entries)
      var last = 0
      let outcome = walk(&server) { server, answer in
        // Now and then the entries around the end of the page go, one or several.
        guard answer < 40, random.isOneIn(3), !server.entries.isEmpty else { return }
        last = min(last + random.below(9), server.entries.count - 1)
        for _ in 0...random.below(2) where last < server.entries.count {
          server.remove(at: last)
          removed += 1
        }
      }
      if outcome.fault != nil {
        faults += 1
        continue
      }
      let listed = Set(outcome.entries)
      #expect(listed.count == outcome.entries.count, "an entry came twice; seed \(seed)")
      let missing = names(server.entries).filter { !listed.contains($0) }
      #expect(missing == [], "seed \(seed)")
      #expect(listed.isSubset(of: before), "seed \(seed)")
    }
    #expect(removed > 200)
    #expect(faults < 20, "\(faults) walks gave up")
  }

  /// Each deletion of a version right at the end of a page, one after another.
  @Test(arguments: ScriptedVersions.Habit.allCases, [-3, -2, -1, 0, 1])
  func losesNothingBehindADeletedMarker(habit: ScriptedVersions.Habit, offset: Int) {
    let entries = (0..<6).flatMap { key in
      (1...6).map { Entry(key: Key("k\(key)"), number: $0, isMarker: $0 == 3) }
    }
    for length in 3...11 {
      for page in 1...4 {
        var server = ScriptedVersions(entries, habit, lengths: length...length, seed: 1)
        let outcome = walk(&server) { server, answer in
          guard answer == page else { return }
          let index = page * (length - 1) + 1 + offset
          if server.entries.indices.contains(index) { server.remove(at: index) }
        }
        #expect(outcome.fault == nil)
        let missing = names(server.entries).filter { !outcome.entries.contains($0) }
        #expect(missing == [], "length \(length), page \(page)")
      }
    }
  }

  /// A delete marker without an id anywhere in a key, also at its top, is listed by every server and
  /// taken for gone by one.
  @Test(arguments: ScriptedVersions.Habit.allCases, 0...4)
  func passesDeleteMarkersWithoutIDs(habit: ScriptedVersions.Habit, older: Int) {
    let entries = (0..<5).flatMap { key in
      (1...5).prefix(1 + older + key % 2).map { number in
        Entry(
          key: Key("k\(key)"), number: number, isMarker: number == older + 1,
          isAnonymous: number == older + 1)
      }
    }
    for length in 2...11 {
      var server = ScriptedVersions(entries, habit, lengths: length...length, seed: 1)
      let outcome = walk(&server)
      #expect(outcome.fault == nil, "length \(length)")
      #expect(outcome.entries == names(server.entries), "length \(length)")
    }
  }

  @Test(arguments: ScriptedVersions.Habit.allCases)
  func passesDeleteMarkersWithoutIDsWhileVersionsAreDeleted(habit: ScriptedVersions.Habit) {
    var faults = 0
    for seed in UInt64(1)...200 {
      var random = SplitMix64(seed: seed)
      let entries = (0..<12).flatMap { key in
        (1...4).map { number in
          Entry(
            key: Key("k\(key)"), number: number, isMarker: number == 3 + key % 2,
            isAnonymous: number == 3 + key % 2)
        }
      }
      var server = ScriptedVersions(entries, habit, lengths: 4...9, seed: seed)
      let outcome = walk(&server) { server, answer in
        guard answer < 20, random.isOneIn(3) else { return }
        server.remove(at: random.below(server.entries.count))
      }
      if outcome.fault != nil { faults += 1 }
      guard outcome.fault == nil else { continue }
      #expect(Set(outcome.entries).count == outcome.entries.count, "seed \(seed)")
      #expect(Set(outcome.entries).isSuperset(of: names(server.entries)), "seed \(seed)")
    }
    #expect(faults < 10, "\(faults) walks gave up")
  }

  @Test func newVersionsInBetweenAreNoFault() {
    for seed in UInt64(1)...200 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: 12)
      var server = ScriptedVersions(entries, .aws, lengths: 3...9, seed: seed)
      let before = names(server.entries)
      var number = 1_000
      let outcome = walk(&server) { server, _ in
        guard number < 1_020, let entry = server.entries.randomElement(using: &random) else {
          return
        }
        number += 1
        server.insert(Entry(key: entry.key, number: number))
      }
      #expect(outcome.fault == nil, "seed \(seed)")
      #expect(Set(outcome.entries).isSuperset(of: before), "seed \(seed)")
      #expect(Set(outcome.entries).count == outcome.entries.count, "seed \(seed)")
    }
  }

  /// The key that an earlier sync came to is gone, and others before it.
  @Test(arguments: ScriptedVersions.Habit.allCases, 1...3)
  func isTakenUpBehindAKeyThatIsGone(habit: ScriptedVersions.Habit, gone: Int) {
    for seed in UInt64(1)...60 {
      var random = SplitMix64(seed: seed)
      let entries = ScriptedVersions.randomEntries(&random, keys: 30)
      // A page has room for what is repeated.
      var server = ScriptedVersions(entries, habit, lengths: 9...14, seed: seed)
      let keys = Set(server.entries.map(\.key)).sorted()
      guard keys.count > 8 else { continue }
      let cursor = keys[keys.count / 2]
      var range = CrawlRange(lo: .start, hi: nil, cursor: cursor)
      range.lastEntries = server.entries.filter { $0.key <= cursor }.suffix(8).map {
        ListedVersion(key: $0.key, versionID: $0.id, isMarker: $0.isMarker)
      }
      let expected = names(server.entries.filter { $0.key > cursor })
      for _ in 0..<gone {
        guard let index = server.entries.lastIndex(where: { $0.key <= cursor }) else { break }
        server.remove(at: index)
      }
      let outcome = walk(&server, range)
      #expect(outcome.fault == nil, "seed \(seed)")
      #expect(outcome.entries == expected, "seed \(seed)")
    }
  }

  /// Nothing is left of what an earlier sync saw last: AWS and RGW say what follows all the same.
  @Test(arguments: [ScriptedVersions.Habit.aws, .rgw])
  func isTakenUpWhereNothingIsLeft(habit: ScriptedVersions.Habit) {
    let entries = (0..<20).map { Entry(key: Key("k\(10 + $0)"), number: 1) }
    var server = ScriptedVersions(entries, habit, lengths: 3...3, seed: 1)
    var range = CrawlRange(lo: .start, hi: nil, cursor: Key("k19"))
    range.lastEntries = server.entries.prefix(10).suffix(8).map {
      ListedVersion(key: $0.key, versionID: $0.id, isMarker: false)
    }
    for _ in 0..<10 { server.remove(at: 0) }
    let outcome = walk(&server, range)
    #expect(outcome.fault == nil)
    #expect(outcome.entries == names(server.entries))
  }

  @Test func anEntryThatComesTwiceIsAFault() {
    var page = ListPage()
    for _ in 0..<2 {
      page.objects.append(
        key: Key("a"), versionID: "v1", kind: .version, isLatest: true, etag: "e", size: 1,
        lastModified: Timestamp(millisecondsSinceEpoch: 0), storageClass: "STANDARD")
    }
    var walk = VersionWalk(CrawlRange(lo: .start, hi: nil, cursor: .start), prefix: .start)
    #expect(throws: ListingFault.repeatedVersion(key: Key("a"), versionID: "v1")) {
      try walk.accept(page)
    }
  }

  @Test func asksForLittleMoreThanThereIs() {
    let entries = (0..<20_000).map { Entry(key: Key("key/\(100_000 + $0 / 3)"), number: $0 % 3) }
    var server = ScriptedVersions(entries, .aws, lengths: 1_000...1_000, seed: 1)
    let outcome = walk(&server)
    #expect(outcome.entries.count == 20_000)
    #expect(outcome.answers <= 21)
  }
}

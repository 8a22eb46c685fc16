import Crawl
import S3
import TestSupport
import Testing
import Vocabulary

/// Ranges beside each other, while objects come and go where they meet.
@Suite struct SeamTests {
  /// What happens to the bucket before each answer.
  enum Change: CaseIterable {
    case nothing, newerKeysFirst, newerKeysLast, keysGo

    func apply(to keys: inout [Key], round: Int, at seam: Key) {
      switch self {
      case .nothing: break
      case .newerKeysFirst:
        keys.append(Key(seam.bytes + Array("!\(90_000 - round)".utf8)))
      case .newerKeysLast: keys.append(Key("z\(10_000 + round)"))
      case .keysGo:
        guard round.isMultiple(of: 3) else { return }
        let next = keys.filter { $0 > seam }.min()
        keys.removeAll { $0 == next }
      }
      keys.sort()
    }
  }

  @Test(arguments: Change.allCases, [UInt64(1), 2, 3, 4, 5])
  func areNoContradictionsWhereObjectsComeAndGo(change: Change, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let seam = Key("m")
    let old = (0..<100).flatMap { [Key("a\(1_000 + $0)"), Key("n\(1_000 + $0)")] }.sorted()
    var keys = old
    var frontier = Frontier(
      [CrawlRange(lo: .start, hi: nil, cursor: .start)], prefix: .start,
      marks: [KeyMark(key: seam, objects: 5_000), KeyMark(key: Key("n2"), objects: 5_000)])
    var table = RangeTable()
    var waiting: [Frontier.Request] = []
    var rounds = 0
    while !frontier.isDone || !waiting.isEmpty {
      let (steps, requests) = frontier.next(upTo: 4 - waiting.count)
      try table.apply(steps)
      waiting += requests
      let request = waiting.remove(at: random.below(waiting.count))
      change.apply(to: &keys, round: rounds, at: seam)
      try table.apply(frontier.accept(answer(request.position, keys), to: request))
      rounds += 1
      try #require(rounds < 1_000)
    }
    #expect(!frontier.isSerial)
    #expect(table.isComplete)
    #expect(Set(old).intersection(keys).isSubset(of: table.keys))
  }

  private func answer(_ position: PagePosition, _ keys: [Key]) -> ListPage {
    var page = ListPage()
    guard case .after(let key) = position else { return page }
    let rest = keys.filter { $0 > key }
    for key in rest.prefix(20) {
      page.objects.append(
        key: key, etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
        storageClass: "STANDARD")
    }
    page.isTruncated = rest.count > 20
    return page
  }
}

/// An answer that leaves out what was there before the crawl began, and is proved wrong later.
@Suite struct RefutedAnswerTests {
  private func page(_ keys: ArraySlice<Key>, isTruncated: Bool, _ written: Timestamp) -> ListPage {
    var page = ListPage()
    for key in keys {
      page.objects.append(
        key: key, etag: "e", size: 1, lastModified: written, storageClass: "STANDARD")
    }
    page.isTruncated = isTruncated
    return page
  }

  /// Lists keys with a server that says once, or a few times, that nothing follows a cut.
  private func crawl(lies: Int, written: Timestamp) throws -> (listed: [Key], all: [Key]) {
    let begun = Timestamp(year: 2026, month: 2, day: 1)
    let keys = (0..<220).map { Key("k\(1_000 + $0)") }
    var table = RangeTable()
    var frontier = Frontier(table.ranges, prefix: .start, begunAt: begun)
    var lies = lies
    while !frontier.isDone {
      let (steps, requests) = frontier.next(upTo: 8)
      try table.apply(steps)
      for request in requests {
        guard case .after(let key) = request.position else { continue }
        if lies > 0, !key.isStart, !keys.contains(key) {
          lies -= 1
          try table.apply(
            frontier.accept(page([], isTruncated: false, written), to: request))
          continue
        }
        let first = keys.firstIndex { $0 > key } ?? keys.count
        let end = min(first + 50, keys.count)
        try table.apply(
          frontier.accept(
            page(keys[first..<end], isTruncated: end < keys.count, written), to: request))
      }
    }
    return (table.keys, keys)
  }

  /// Lists versions with a server that says so often that nothing follows a key that it does not know.
  private func crawlVersions(
    lies: Int, _ habit: ScriptedVersions.Habit, seed: UInt64
  ) throws -> (listed: [Key], all: [Key]) {
    let keys = (0..<220).map { Key("k\(1_000 + $0)") }
    let entries = keys.enumerated().flatMap { index, key in
      (0...index % 3).map {
        ScriptedVersions.Entry(key: key, number: $0, isMarker: $0 > 0 && index.isMultiple(of: 4))
      }
    }
    var server = ScriptedVersions(entries, habit, lengths: 40...60, seed: seed)
    var table = RangeTable()
    var frontier = Frontier(
      table.ranges, of: .versions, prefix: .start, begunAt: Timestamp(year: 2026, month: 2, day: 1))
    var lies = lies
    for _ in 0..<2_000 where !frontier.isDone {
      let (steps, requests) = frontier.next(upTo: 8)
      try table.apply(steps)
      for request in requests {
        var page = server.answer(request.position)
        if lies > 0, case .after(let key) = request.position, !key.isStart, !keys.contains(key) {
          lies -= 1
          page = ListPage()
        }
        try table.apply(frontier.accept(page, to: request))
      }
    }
    #expect(frontier.isDone)
    return (table.keys, server.entries.map(\.key))
  }

  @Test(arguments: [1, 2, 3, 5], ScriptedVersions.Habit.allCases)
  func isNotBelievedAboutVersionsThatWereThereBefore(
    lies: Int, habit: ScriptedVersions.Habit
  ) throws {
    for seed in UInt64(1)...4 {
      let (listed, all) = try crawlVersions(lies: lies, habit, seed: seed)
      #expect(listed == all)
    }
  }

  @Test(arguments: [1, 2, 3, 5])
  func isNotBelievedAboutWhatWasThereBefore(lies: Int) throws {
    let (listed, all) = try crawl(lies: lies, written: Timestamp(year: 2026, month: 1, day: 1))
    #expect(listed == all)
  }
}

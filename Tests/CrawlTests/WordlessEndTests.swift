import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// Pages that have no word about their end: no IsTruncated, no token.
@Suite struct WordlessEndTests {
  /// What a server makes of start-after.
  enum StartAfter: CaseIterable, Sendable {
    case answers, isRefused, isIgnored
  }

  private struct Server {
    var keys: [Key]
    var pageLength: Int
    var startAfter = StartAfter.answers
    /// Whether it knows the marker of ListObjects.
    var knowsMarkers = false
    var requests = 0

    /// Nil for a refusal.
    mutating func answer(_ position: PagePosition) -> ListPage? {
      requests += 1
      switch position {
      case .after(let key) where key.isStart: return page(from: 0)
      case .after(let key):
        switch startAfter {
        case .answers: return page(from: keys.firstIndex { $0 > key } ?? keys.count)
        case .isRefused: return nil
        case .isIgnored: return page(from: 0)
        }
      case .marker(let key) where knowsMarkers:
        return page(from: keys.firstIndex { $0 > key } ?? keys.count)
      case .token, .marker, .shortened, .afterVersion, .versions: return page(from: 0)
      }
    }

    private func page(from start: Int) -> ListPage {
      var page = ListPage()
      for key in keys[start..<min(start + pageLength, keys.count)] {
        page.objects.append(
          key: key, etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
          storageClass: "STANDARD")
      }
      page.isTruncated = !page.objects.records.isEmpty
      page.saysNothingOfEnd = page.isTruncated
      return page
    }
  }

  /// The keys of a listing; nil when it ends in a fault or a refusal.
  private func list(_ server: inout Server, width: Int) throws -> [Key]? {
    var frontier = Frontier(RangeTable().ranges, prefix: .start, isSerial: width == 1)
    var table = RangeTable()
    return try table.list(&frontier, width: width) { server.answer($0) }
  }

  private func keys(_ count: Int) -> [Key] { (0..<count).map { Key("k\(1_000 + $0)") } }

  @Test(arguments: [0, 1, 9, 10, 11, 35, 100], [1, 4, 16])
  func areNotTakenForTheEnd(count: Int, width: Int) throws {
    var server = Server(keys: keys(count), pageLength: 10)
    #expect(try list(&server, width: width) == server.keys)
  }

  @Test(arguments: [1, 10, 35, 100])
  func costOneRequestABucket(count: Int) throws {
    var server = Server(keys: keys(count), pageLength: 10)
    _ = try list(&server, width: 1)
    #expect(server.requests == (count + 9) / 10 + 1)
  }

  /// A server without pages sends everything again, or refuses to go on: it has sent all that it has.
  @Test(arguments: StartAfter.allCases, [1, 4])
  func areTheEndOfAServerWithoutPages(startAfter: StartAfter, width: Int) throws {
    var server = Server(keys: keys(35), pageLength: 999, startAfter: startAfter)
    #expect(try list(&server, width: width) == server.keys)
  }

  /// A server that does not know start-after may know markers: then short pages are no end either.
  @Test(arguments: [StartAfter.isIgnored, .isRefused], [1, 9, 10, 11, 35, 250])
  func areNotTakenForTheEndWhereMarkersGoOn(startAfter: StartAfter, count: Int) throws {
    for width in [1, 4] {
      var server = Server(
        keys: keys(count), pageLength: 10, startAfter: startAfter, knowsMarkers: true)
      #expect(try list(&server, width: width) == server.keys)
    }
  }

  /// Full pages that cannot be followed are a fault.
  @Test(arguments: [StartAfter.isIgnored, .isRefused], [1, 4])
  func areNoEndWhereTheyAreFull(startAfter: StartAfter, width: Int) throws {
    var server = Server(
      keys: keys(1_500), pageLength: ListPage.keysMax, startAfter: startAfter)
    #expect(try list(&server, width: width) == nil)
  }

  @Test(arguments: ScriptedVersions.Habit.allCases, [1, 2, 3, 4] as [UInt64])
  func areNotTakenForTheEndOfVersions(habit: ScriptedVersions.Habit, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let entries = ScriptedVersions.randomEntries(&random, keys: 80)
    for width in [1, 8] {
      var server = ScriptedVersions(entries, habit, lengths: 9...30, seed: seed)
      server.isWordless = true
      var table = RangeTable()
      var frontier = Frontier(
        table.ranges, of: .versions, prefix: .start, isSerial: width == 1)
      for _ in 0..<2_000 where !frontier.isDone {
        let (steps, requests) = frontier.next(upTo: width)
        try table.apply(steps)
        for request in requests {
          try table.apply(frontier.accept(server.answer(request.position), to: request))
        }
      }
      #expect(frontier.isDone)
      #expect(table.keys == server.entries.map(\.key))
    }
  }
}

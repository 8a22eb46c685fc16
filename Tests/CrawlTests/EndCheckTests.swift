import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// Ends that contradict the page before them.
@Suite struct EndCheckTests {
  /// What a server answers to questions about what follows a key.
  enum Following: CaseIterable, Sendable {
    case answers, isRefused, isIgnored, findsNothing
  }

  /// A server with pages of ten that sends tokens, one of which may lead past the end.
  struct Server: CustomTestStringConvertible, Sendable {
    var keyCount: Int
    /// What the token of the page that ends there leads to is empty.
    var tokensLeadPastTheEndAt: Int?
    /// It promises more with every full page.
    var looksNotAhead = false
    var startAfter = Following.answers
    var marker = Following.answers
    var takesPageSize = true

    var testDescription: String {
      "\(keyCount) keys, lost at \(tokensLeadPastTheEndAt ?? 0), start-after \(startAfter), marker"
        + " \(marker), page size \(takesPageSize)"
    }

    var keys: [Key] { (0..<keyCount).map { Key("k\(1_000 + $0)") } }

    /// Nil for a refusal.
    func answer(_ position: PagePosition) -> ListPage? {
      switch position {
      case .after(let key) where key.isStart: page(from: 0)
      case .after(let key): answer(startAfter, key)
      case .marker(let key): answer(marker, key)
      case .token(let text) where Int(text) == tokensLeadPastTheEndAt: page(from: keyCount)
      case .token(let text): page(from: Int(text) ?? 0)
      case .shortened(let token, let keysMax):
        page(from: token.flatMap { Int($0) } ?? 0, takesPageSize ? keysMax : 10)
      case .afterVersion, .versions: nil
      }
    }

    private func answer(_ following: Following, _ key: Key) -> ListPage? {
      switch following {
      case .answers: page(from: keys.firstIndex { $0 > key } ?? keyCount)
      case .isRefused: nil
      case .isIgnored: page(from: 0)
      case .findsNothing: page(from: keyCount)
      }
    }

    private func page(from start: Int, _ count: Int = 10) -> ListPage {
      let end = min(start + count, keyCount)
      var page = ListPage()
      for key in keys[start..<end] {
        page.objects.append(
          key: key, etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
          storageClass: "STANDARD")
      }
      page.isTruncated = end < keyCount || looksNotAhead && end - start == count
      page.nextContinuationToken = page.isTruncated ? "\(end)" : nil
      return page
    }
  }

  /// The keys of a listing page after page; nil when it ends in a fault.
  private func list(_ server: Server, isSerial: Bool = true) throws -> [Key]? {
    var frontier = Frontier(RangeTable().ranges, prefix: .start, isSerial: isSerial)
    var table = RangeTable()
    return try table.list(&frontier, width: isSerial ? 1 : 4) { server.answer($0) }
  }

  private static let servers = Following.allCases.flatMap { startAfter in
    Following.allCases.flatMap { marker in
      [true, false].flatMap { takesPageSize in
        [30, 31, 35, 100].map { keyCount in
          Server(
            keyCount: keyCount, startAfter: startAfter, marker: marker, takesPageSize: takesPageSize
          )
        }
      }
    }
  }

  /// Both say that nothing follows, not even the last key: nobody can know that better.
  private func lies(_ server: Server) -> Bool {
    server.startAfter == .findsNothing && server.marker == .findsNothing
  }

  @Test(arguments: servers)
  func whatATokenLosesIsFoundOrNothingIsComplete(_ server: Server) throws {
    guard !lies(server) else { return }
    var server = server
    server.tokensLeadPastTheEndAt = 30
    guard server.keyCount > 30 else { return }
    let keys = try list(server)
    #expect(keys == nil || keys == server.keys)
    if [server.startAfter, server.marker].contains(.answers) { #expect(keys == server.keys) }
  }

  @Test(arguments: servers)
  func trueEndIsBelievedWhereAnyWayComesToIt(_ server: Server) throws {
    var server = server
    server.looksNotAhead = true
    let keys = try list(server)
    #expect(keys == nil || keys == server.keys)
    let isAnswered = [server.startAfter, server.marker].contains(.answers) || lies(server)
    if server.takesPageSize || isAnswered || server.keyCount % 10 != 0 {
      #expect(keys == server.keys)
    }
  }

  /// Side by side, only start-after is asked: where it finds nothing although there is more, or is refused,
  /// everything is listed by token.
  @Test(arguments: servers)
  func rangesSideBySideAreCheckedToo(_ server: Server) throws {
    var server = server
    server.looksNotAhead = true
    let keys = try list(server, isSerial: false)
    #expect(keys == nil || keys == server.keys)
    if server.startAfter != .isIgnored, server.takesPageSize { #expect(keys == server.keys) }
  }

  @Test func lastKeyThatWasDeletedMeanwhileIsNoFault() throws {
    var walk = RangeWalk(CrawlRange(lo: .start, hi: nil, cursor: .start), prefix: .start)
    var page = ListPage()
    for key in ["a", "b"] {
      page.objects.append(
        key: Key(key), etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
        storageClass: "STANDARD")
    }
    page.isTruncated = true
    page.nextContinuationToken = "t"
    for position in [PagePosition.token("t"), .after(Key("a")), .marker(Key("a"))] {
      _ = try walk.accept(position == .token("t") ? page : ListPage())
      #expect(walk.position == position)
    }
    _ = try walk.accept(ListPage())
    #expect(walk.isDone && walk.range.cursor == Key("b"))
  }

  /// No token, although there is more, and no start-after.
  @Test(arguments: [Following.isRefused, .isIgnored])
  func listingWithoutTokensGoesOnByMarkers(startAfter: Following) throws {
    let server = Server(keyCount: 95, startAfter: startAfter)
    func list(_ server: Server) throws -> ([Key], isFault: Bool) {
      var walk = RangeWalk(CrawlRange(lo: .start, hi: nil, cursor: .start), prefix: .start)
      var keys: [Key] = []
      do throws(ListingFault) {
        while !walk.isDone {
          guard var page = server.answer(walk.position) else {
            guard try walk.acceptRefusal() else { return (keys, true) }
            continue
          }
          page.nextContinuationToken = nil
          guard let coverage = try walk.accept(page) else { continue }
          keys += coverage.page.records.indices.map { coverage.page.key(at: $0) }
            .filter { $0 > coverage.after }
        }
      } catch { return (keys, true) }
      return (keys, false)
    }
    let listed = try list(server)
    #expect(!listed.isFault && listed.0 == server.keys)
    var hopeless = server
    hopeless.marker = startAfter
    #expect(try list(hopeless).isFault)
  }
}

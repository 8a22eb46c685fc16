import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

@Suite struct RangeWalkTests {
  /// What a walk made of a server.
  private struct Listing {
    var keys: [Key] = []
    var coverages: [PageCoverage] = []
    var requests = 0
    var range: CrawlRange
    var fault: ListingFault?
  }

  /// Walks to the end or to a fault, in a bounded number of requests.
  private func list(
    _ server: inout ScriptedListing, _ range: CrawlRange, requestsMax: Int = 3_000
  ) -> Listing {
    var walk = RangeWalk(range, prefix: server.prefix)
    var listing = Listing(range: range)
    do throws(ListingFault) {
      while !walk.isDone {
        guard listing.requests < requestsMax else {
          Issue.record("the walk does not come to an end")
          break
        }
        listing.requests += 1
        guard let coverage = try walk.accept(server.answer(walk.position)) else { continue }
        // As the index takes it in.
        let covered = KeyInterval(prefix: server.prefix)
          .limited(after: coverage.after, through: coverage.through ?? range.hi)
        listing.keys += coverage.page.records.indices.map { coverage.page.key(at: $0) }
          .filter(covered.contains)
        listing.coverages.append(coverage)
      }
    } catch {
      listing.fault = error
    }
    listing.range = walk.range
    return listing
  }

  /// The coverages lie end to end, from the cursor to the end of the range.
  private func tiles(_ listing: Listing, from cursor: Key) -> Bool {
    let ends = [cursor] + listing.coverages.dropLast().compactMap(\.through)
    return listing.coverages.map(\.after) == ends && listing.coverages.last?.through == nil
  }

  private func randomKeys(_ random: inout SplitMix64) -> [Key] {
    let alphabet = Array("abc/\u{0}~é".utf8)
    let keys = (0..<random.below(120)).map { _ in
      Key((0...random.below(6)).map { _ in alphabet[random.below(alphabet.count)] })
    }
    return Set(keys).sorted()
  }

  /// A bound at a key, between keys, or beyond all of them.
  private func randomBound(_ keys: [Key], _ random: inout SplitMix64) -> Key {
    guard let key = keys.randomElement(using: &random) else { return Key("m") }
    return random.isOneIn(2) ? key : key.successor
  }

  private static let visible = ScriptedListing.Misbehaviour.allCases.filter {
    !ScriptedListing.visibleSideBySide.contains($0)
  }

  @Test(arguments: visible)
  func listsEverythingOnceOrSaysWhyNot(_ misbehaviour: ScriptedListing.Misbehaviour) {
    var faults = 0
    for seed in UInt64(1)...60 {
      var random = SplitMix64(seed: seed)
      let keys = randomKeys(&random)
      let needsPrefix = misbehaviour == .sendsKeysOutsideThePrefix
      let prefix = needsPrefix || random.isOneIn(3) ? Key("a") : .start
      let lengths = misbehaviour == .beginsPagesWithTheLastKey ? 2...8 : 1...8
      var server = ScriptedListing(
        keys: keys, prefix: prefix, misbehaviour, lengths: lengths,
        emptyPagesOneIn: random.isOneIn(2) ? 3 : 0, random: SplitMix64(seed: ~seed))
      // A range of a first crawl; a server without order cannot be taken up in the middle.
      let isWhole = misbehaviour == .shufflesPages || random.isOneIn(2)
      let lo = isWhole ? Key.start : randomBound(server.keys, &random)
      let cursor = isWhole || random.isOneIn(2) ? lo : max(lo, randomBound(server.keys, &random))
      let hi = isWhole || random.isOneIn(2) ? nil : max(cursor, randomBound(server.keys, &random))
      let listing = list(&server, CrawlRange(lo: lo, hi: hi, cursor: cursor))
      let details: Comment = "seed \(seed), keys after \(cursor), through \(String(describing: hi))"
      if let fault = listing.fault {
        // Nobody could say what follows the last key.
        if case .endUnproven = fault, misbehaviour == .ignoresStartAfter { continue }
        faults += 1
        #expect(!fault.description.isEmpty)
        #expect(!ScriptedListing.harmless.contains(misbehaviour), "\(details): \(fault)")
        #expect(!listing.range.isDone, details)
      } else {
        let expected = server.keys.filter { key in key > cursor && (hi.map { key <= $0 } ?? true) }
        #expect(listing.keys == expected, details)
        #expect(tiles(listing, from: cursor), details)
        #expect(listing.range.isDone, details)
        #expect(hi.map { listing.range.cursor <= $0 } ?? true, details)
      }
    }
    #expect(ScriptedListing.harmless.contains(misbehaviour) == (faults == 0))
  }

  private let letters = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { Key([$0]) }

  private func server(
    _ misbehaviour: ScriptedListing.Misbehaviour = .none, pageKeys: Int = 5
  ) -> ScriptedListing {
    ScriptedListing(
      keys: letters, misbehaviour, lengths: pageKeys...pageKeys, random: SplitMix64(seed: 3))
  }

  private let whole = CrawlRange(lo: .start, hi: nil, cursor: .start)

  @Test func asksForEachPageOnce() {
    var server = server()
    let listing = list(&server, whole)
    #expect(listing.keys == letters)
    #expect(listing.requests == 6)
  }

  @Test func resumesAfterTheCursorAndNeverAsksForWhatIsBehindIt() {
    for (index, key) in letters.enumerated() {
      var server = server()
      let listing = list(&server, CrawlRange(lo: .start, hi: nil, cursor: key))
      #expect(listing.keys == Array(letters[(index + 1)...]))
      // One more for an end that is an empty page, and one to check that.
      #expect(listing.requests <= (25 - index + 4) / 5 + 2)
    }
  }

  @Test func beginsAtTheCursor() {
    let range = CrawlRange(lo: Key("a"), hi: nil, cursor: Key("k"))
    #expect(RangeWalk(range, prefix: .start).position == .after(Key("k")))
  }

  @Test(arguments: [
    ("c", 1, 3), ("e", 1, 5), ("ee", 2, 5), ("f", 2, 6), ("z", 6, 26), ("~", 6, 26),
  ])
  func stopsAskingAtItsUpperBound(hi: String, requests: Int, keys: Int) {
    var server = server()
    let listing = list(&server, CrawlRange(lo: .start, hi: Key(hi), cursor: .start))
    #expect(listing.keys == Array(letters.prefix(keys)))
    #expect(listing.requests == requests)
    #expect(listing.range.cursor <= Key(hi))
  }

  @Test func listsAnEmptyBucketInOneRequest() {
    var server = ScriptedListing(
      keys: [], .none, lengths: 1...1, random: SplitMix64(seed: 1))
    let listing = list(&server, whole)
    #expect(listing.requests == 1)
    #expect(listing.coverages.map(\.after) == [.start])
    #expect(listing.coverages.map(\.through) == [nil])
  }

  @Test func asksForTheKeysAfterTheLastOnceATokenLedBack() throws {
    var walk = RangeWalk(whole, prefix: .start)
    var server = server(.leadsBackToTheBeginningAlways)
    _ = try walk.accept(server.answer(walk.position))
    guard case .token = walk.position else {
      Issue.record("the first token is not followed")
      return
    }
    #expect(try walk.accept(server.answer(walk.position)) == nil)
    #expect(walk.position == .after(Key("e")))
    _ = try walk.accept(server.answer(walk.position))
    #expect(walk.position == .after(Key("j")))
  }

  private func page(_ keys: String..., isTruncated: Bool = true, token: String? = "t") -> ListPage {
    var page = ListPage()
    for key in keys {
      page.objects.append(
        key: Key(key), etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
        storageClass: "STANDARD")
    }
    page.isTruncated = isTruncated
    page.nextContinuationToken = token
    return page
  }

  @Test func refusesAPageWithKeysBetweenThoseThatWerePassed() throws {
    var walk = RangeWalk(whole, prefix: .start)
    _ = try walk.accept(page("b", "d", token: "1"))
    #expect(throws: ListingFault.unordered(key: Key("c"), after: Key("d"))) {
      try walk.accept(page("c", "e", isTruncated: false))
    }
  }

  @Test func refusesALastPageThatLiesBeforeTheOthers() throws {
    var walk = RangeWalk(whole, prefix: .start)
    _ = try walk.accept(page("m", "n", token: "1"))
    #expect(throws: ListingFault.unordered(key: Key("a"), after: Key("n"))) {
      try walk.accept(page("a", "b", isTruncated: false))
    }
    #expect(!walk.isDone)
  }

  @Test func namesTheKeysThatAreOutOfPlace() throws {
    var walk = RangeWalk(whole, prefix: Key("a/"))
    #expect(throws: ListingFault.outsidePrefix(key: Key("b"), prefix: Key("a/"))) {
      try walk.accept(page("a/1", "b"))
    }
    #expect(throws: ListingFault.unordered(key: Key("a/1"), after: Key("a/2"))) {
      try walk.accept(page("a/2", "a/1"))
    }
    #expect(throws: ListingFault.unordered(key: Key("a/2"), after: Key("a/2"))) {
      try walk.accept(page("a/2", "a/2"))
    }
    #expect(
      ListingFault.unordered(key: Key("a\u{1B}[2J"), after: Key("b\n")).description
        == #"the server lists keys out of order: 'a\e[2J' after 'b\n'"#)
  }

  @Test func passesOverAThousandEmptyPagesAndNoMore() throws {
    var walk = RangeWalk(whole, prefix: .start)
    for number in 1...1_000 { _ = try walk.accept(page(token: "\(number)")) }
    #expect(walk.position == .token("1000"))
    var hopeless = walk
    #expect(throws: ListingFault.tooManyEmptyPages(count: 1_001, cursor: .start)) {
      try hopeless.accept(page(token: "1001"))
    }
    _ = try walk.accept(page("a", token: "1001"))
    // The count begins anew after a page with keys.
    for number in 1...1_000 { _ = try walk.accept(page(token: "again \(number)")) }
    #expect(try walk.accept(page("b", isTruncated: false))?.after == Key("a"))
    #expect(walk.isDone)
  }

  @Test func refusesAnEmptyPageWithoutAWayOn() throws {
    var walk = RangeWalk(whole, prefix: .start)
    _ = try walk.accept(page("a", token: "1"))
    #expect(throws: ListingFault.notAdvancing(cursor: Key("a"))) {
      try walk.accept(page(token: nil))
    }
    #expect(throws: ListingFault.notAdvancing(cursor: Key("a"))) {
      try walk.accept(page(token: "1"))
    }
  }

  // MARK: - Tokens past the end

  private func page(_ keys: [String], token: String? = nil) -> ListPage {
    var page = ListPage()
    for key in keys {
      page.objects.append(
        key: Key(key), etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
        storageClass: "STANDARD")
    }
    page.isTruncated = token != nil
    page.nextContinuationToken = token
    return page
  }

  /// A walk whose second page is an empty end, though the first had promised more.
  private func walkAtAnEmptyEnd() throws -> RangeWalk {
    var walk = RangeWalk(CrawlRange(lo: .start, hi: nil, cursor: .start), prefix: .start)
    _ = try walk.accept(page(["a", "b"], token: "t"))
    let coverage = try walk.accept(page([]))
    #expect(coverage == nil && !walk.isDone)
    #expect(walk.position == .after(Key("a")))
    return walk
  }

  @Test func tokenThatLedPastTheEndIsFoundOutByTheLastKey() throws {
    var walk = try walkAtAnEmptyEnd()
    _ = try walk.accept(page(["b", "c", "d"], token: "u"))
    #expect(!walk.isDone && walk.position == .after(Key("d")))
    let last = try walk.accept(page(["e"]))
    #expect(walk.isDone && last?.after == Key("d") && last?.through == nil)
  }

  @Test func emptyEndIsBelievedWhenNothingFollowsTheLastKey() throws {
    var walk = try walkAtAnEmptyEnd()
    let last = try walk.accept(page(["b"]))
    #expect(walk.isDone && last?.after == Key("b") && last?.through == nil)
  }

  @Test func emptyEndIsNotBelievedWhenTheServerSaysNothingOfTheLastKey() throws {
    var walk = try walkAtAnEmptyEnd()
    for position in [PagePosition.marker(Key("a")), .shortened(token: nil, keysMax: 1)] {
      let coverage = try walk.accept(page(["a", "b"], token: "t"))
      #expect(coverage == nil && walk.position == position)
    }
    var hopeless = walk
    #expect(throws: ListingFault.endUnproven(after: Key("b"))) {
      try hopeless.accept(page(["a", "b"], token: "t"))
    }
    _ = try walk.accept(page(["a"], token: "u"))
    #expect(walk.position == .token("u"))
    let last = try walk.accept(page(["b"]))
    #expect(walk.isDone && last?.page.records.isEmpty == true)
  }

  @Test func emptyBucketIsAskedForOnce() throws {
    var walk = RangeWalk(CrawlRange(lo: .start, hi: nil, cursor: .start), prefix: .start)
    _ = try walk.accept(page([]))
    #expect(walk.isDone)
  }
}

import Crawl
import S3
import Simulator
import TestSupport
import Testing
import Vocabulary

/// How near estimates from a few pages come, by the shape of the keys.
///
/// Pages of a hundred keys stand for those of a thousand: a tenth of the keys makes the same tree.
@Suite struct SizeProbeTests {
  private static let requestsMax = 96

  private func probe(_ keys: KeySpace, seed: UInt64, keysPerPage: Int = 100) -> SizeProbe {
    var probe = SizeProbe(prefix: .start, seed: seed, requestsMax: Self.requestsMax)
    while let position = probe.position {
      probe.accept(page(of: keys, at: position, keysPerPage))
    }
    return probe
  }

  private func page(of keys: KeySpace, at position: PagePosition, _ keysPerPage: Int) -> ListPage {
    guard case .after(let key) = position else { return ListPage() }
    let first = key.isStart ? 0 : keys.firstSlot(after: key)
    let end = min(first + keysPerPage, keys.slots)
    var page = ListPage()
    let time = Timestamp(millisecondsSinceEpoch: 0)
    for slot in first..<end {
      page.objects.append(
        key: keys.key(at: slot), etag: "", size: 1, lastModified: time, storageClass: "STANDARD")
    }
    page.isTruncated = end < keys.slots
    return page
  }

  /// How many times too large an estimate is.
  private func ratio(_ keys: KeySpace, seed: UInt64, keysPerPage: Int = 100) throws -> Double {
    let probe = probe(keys, seed: seed, keysPerPage: keysPerPage)
    #expect(probe.requestCount <= Self.requestsMax)
    guard case .estimate(let estimate) = probe.outcome else {
      Issue.record("\(keys.shape) \(keys.slots) seed \(seed): \(String(describing: probe.outcome))")
      return 0
    }
    if let range = estimate.range { #expect(range.contains(estimate.objects)) }
    return Double(estimate.objects) / Double(keys.slots)
  }

  @Test(arguments: KeyShape.allCases, [0, 1, 99, 100, 101, 300, 400])
  func countsSmallBucketsExactly(shape: KeyShape, slots: Int) {
    let probe = probe(KeySpace(shape: shape, slots: slots, seed: 1), seed: 1)
    #expect(probe.outcome == .exact(Int64(slots)))
    #expect(probe.requestCount == max(1, (slots + 99) / 100))
  }

  @Test(arguments: [KeyShape.flat, .uuid], [500, 4_000, 30_000, 100_000, 350_000, 500_000])
  func isNearWhereKeysAreEven(shape: KeyShape, slots: Int) throws {
    let keys = KeySpace(shape: shape, slots: slots, seed: 1)
    for seed in LongRuns.seeds(0...2) {
      let ratio = try ratio(keys, seed: seed)
      #expect((1 / 1.5...1.5).contains(ratio), "seed \(seed): \(ratio)")
    }
  }

  @Test(
    arguments: [KeyShape.dates, .deep, .hostile], [500, 4_000, 30_000, 100_000, 350_000, 500_000])
  func isWithinThreeTimesWhereTheyAreNot(shape: KeyShape, slots: Int) throws {
    let keys = KeySpace(shape: shape, slots: slots, seed: 1)
    for seed in LongRuns.seeds(0...2) {
      let ratio = try ratio(keys, seed: seed)
      #expect((1 / 3.0...3).contains(ratio), "seed \(seed): \(ratio)")
    }
  }

  /// One folder of 64 has nine keys in ten: a single probe may miss it, many together must not.
  @Test(arguments: [500, 4_000, 30_000, 100_000, 350_000, 500_000])
  func findsALargeFolderAmongSmallOnes(slots: Int) throws {
    let keys = KeySpace(shape: .skewed, slots: slots, seed: 1)
    let ratios = try (UInt64(0)..<8).map { try ratio(keys, seed: $0) }
    let mean = ratios.reduce(0, +) / Double(ratios.count)
    #expect((0.25...4).contains(mean), "\(ratios)")
  }

  @Test(arguments: [KeyShape.uuid, .dates])
  func isNearWithFullPagesToo(shape: KeyShape) throws {
    let keys = KeySpace(shape: shape, slots: 5_000_000, seed: 1)
    let ratio = try ratio(keys, seed: 1, keysPerPage: ListPage.keysMax)
    #expect((1 / 3.0...3).contains(ratio), "\(ratio)")
  }

  @Test func saysTheSameAgain() {
    let keys = KeySpace(shape: .dates, slots: 30_000, seed: 1)
    let once = probe(keys, seed: 3)
    let again = probe(keys, seed: 3)
    #expect(once.outcome == again.outcome && once.requestCount == again.requestCount)
  }

  // MARK: - Any keys, any server

  private func probe(
    _ listing: ScriptedListing, requestsMax: Int = Self.requestsMax
  ) -> SizeProbe {
    var listing = listing
    var probe = SizeProbe(prefix: listing.prefix, seed: 1, requestsMax: requestsMax)
    while let position = probe.position { probe.accept(listing.answer(position)) }
    #expect(probe.requestCount <= requestsMax)
    return probe
  }

  /// Pages of a few keys make a tree with many levels of a few hundred of them.
  @Test(arguments: KeySets.all, [2...2, 3...9, 40...60])
  func endsWithAnyKeys(set: KeySets, lengths: ClosedRange<Int>) {
    let listing = ScriptedListing(
      keys: set.keys, .none, lengths: lengths, random: SplitMix64(seed: 9))
    switch probe(listing).outcome {
    case .exact(let count): #expect(count == Int64(set.keys.count))
    case .estimate(let estimate):
      #expect(estimate.objects > 0)
    case .unknown(let obstacle):
      #expect(
        [.keysWithoutText, .tooFewRequests, .contradiction].contains(obstacle), "\(obstacle)")
    case nil: Issue.record("there is no outcome")
    }
  }

  @Test(arguments: [12, 50, 300])
  func estimatesAPrefix(length: Int) {
    let prefix = Key("data/1")
    let listing = ScriptedListing(
      keys: KeySets.folders.keys, prefix: prefix, .none, lengths: length...length,
      random: SplitMix64(seed: 9))
    let count = Int64(KeySets.folders.keys.count { $0.bytes.starts(with: prefix.bytes) })
    switch probe(listing).outcome {
    case .exact(let found): #expect(found == count && length >= 50)
    case .estimate(let estimate): #expect((count / 3...count * 3).contains(estimate.objects))
    default: Issue.record("there is no estimate")
    }
  }

  /// Nothing is made up where a server does not list from a key on; what fits into the pages in a row is
  /// counted all the same, by token.
  @Test(arguments: [
    ScriptedListing.Misbehaviour.ignoresStartAfter, .ignoresStartAfterWithoutTokens,
    .ignoresStartAfterAndTokens,
  ])
  func saysNothingWhereStartAfterIsIgnored(misbehaviour: ScriptedListing.Misbehaviour) {
    let listing = ScriptedListing(
      keys: KeySets.folders.keys, misbehaviour, lengths: 20...20, random: SplitMix64(seed: 9))
    let probe = probe(listing)
    let isAboutTokens = misbehaviour == .ignoresStartAfterAndTokens
    #expect(probe.outcome == .unknown(isAboutTokens ? .disorder : .startAfter))
    #expect(probe.requestCount <= 5)
    let small = ScriptedListing(
      keys: KeySets.folders.keys, .ignoresStartAfter, lengths: 200...200,
      random: SplitMix64(seed: 9))
    #expect(self.probe(small).outcome == .exact(Int64(KeySets.folders.keys.count)))
  }

  /// An empty page right after one that promised more is no end.
  @Test func believesNoTokenThatLeadsPastTheEnd() {
    var probe = SizeProbe(prefix: .start, seed: 1)
    var pages = [Key("a"), Key("b")].map { key in
      var page = ListPage()
      page.objects.append(
        key: key, etag: "", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
      return page
    }
    pages[0].isTruncated = true
    pages[0].nextContinuationToken = "past"
    probe.accept(pages[0])
    #expect(probe.position == .token("past"))
    probe.accept(ListPage())
    #expect(probe.position == .after(Key("a")) && probe.outcome == nil)
    probe.accept(pages[1])
    #expect(probe.outcome == .exact(2))
  }

  @Test(arguments: [
    ScriptedListing.Misbehaviour.shufflesKeys, .sendsKeysOutsideThePrefix,
    .sendsOnlyEmptyPages, .sendsTheSameTokenWithEmptyPages,
  ])
  func saysNothingOfPagesThatCannotBeTrusted(misbehaviour: ScriptedListing.Misbehaviour) {
    let listing = ScriptedListing(
      keys: KeySets.folders.keys, prefix: Key("data/1"), misbehaviour, lengths: 10...10,
      random: SplitMix64(seed: 9))
    guard case .unknown = probe(listing).outcome else {
      Issue.record("it says something")
      return
    }
  }

  @Test func countsAWholePageWithoutOrder() {
    let listing = ScriptedListing(
      keys: KeySets.folders.keys, .shufflesKeys, lengths: 1_000...1_000,
      random: SplitMix64(seed: 9))
    var sizes = SizeProbe(prefix: .start, seed: 1)
    var page = ListPage()
    page.objects = listing.keys.reversed().reduce(into: ObjectPage()) {
      $0.append(
        key: $1, etag: "", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
    }
    sizes.accept(page)
    #expect(sizes.outcome == .exact(Int64(listing.keys.count)))
  }

  /// Empty pages are passed over, as a listing does.
  @Test func passesOverEmptyPages() {
    let listing = ScriptedListing(
      keys: KeySets.folders.keys, .none, lengths: 200...200, emptyPagesOneIn: 3,
      random: SplitMix64(seed: 9))
    #expect(probe(listing).outcome == .exact(Int64(KeySets.folders.keys.count)))
  }

  @Test func saysThatTheRequestsAreSpent() {
    let listing = ScriptedListing(
      keys: KeySets.folders.keys, .none, lengths: 2...2, random: SplitMix64(seed: 9))
    #expect(probe(listing, requestsMax: 5).outcome == .unknown(.tooFewRequests))
  }
}

import Index
import TestSupport
import Vocabulary

extension ObjectPage {
  init(_ objects: some Sequence<(key: Key, value: ModelObject)>) {
    self.init()
    for (key, object) in objects {
      append(
        key: key, etag: object.etag, size: object.size, lastModified: object.lastModified,
        storageClass: object.storageClass)
    }
  }
}

/// The pages that a server answers with while one range of a bucket is listed.
struct Listing {
  private let objects: [(key: Key, value: ModelObject)]
  private(set) var range: CrawlRange

  init(_ contents: Contents, prefix: Key, range: CrawlRange) {
    objects = contents.below(prefix).filter { $0.key > range.cursor || range.cursor.isStart }
      .sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    self.range = range
  }

  /// The next page of at most `count` objects; afterwards the range's cursor is at its end.
  ///
  /// As on a real server, a page knows nothing of the range's end, and the last one may be empty.
  mutating func nextPage(of count: Int, endsEmpty: Bool) -> PageCoverage {
    let rest = objects.drop { $0.key <= range.cursor && !range.cursor.isStart }
    let page = ObjectPage(rest.prefix(count))
    let after = range.cursor
    let isLast = rest.count < count || (rest.count == count && !endsEmpty)
    let last = page.records.indices.last.map { page.key(at: $0) }
    guard let last, !isLast, range.hi.map({ last < $0 }) ?? true else {
      range.isDone = true
      return PageCoverage(page: page, after: after, through: nil)
    }
    range.cursor = last
    return PageCoverage(page: page, after: after, through: last)
  }
}

extension IndexWriter {
  /// Lists every range of a plan to its end, in turns, in pages of random sizes.
  func list(
    _ contents: Contents, _ plan: CrawlPlan, syncID: Int64, _ random: inout SplitMix64,
    pageMax: Int = 8, betweenPages: (inout SplitMix64) throws -> Void = { _ in }
  ) throws -> ChangeCounts {
    var counts = ChangeCounts()
    var listings = plan.ranges.filter { !$0.isDone }
      .map { (original: $0, listing: Listing(contents, prefix: plan.prefix, range: $0)) }
    while !listings.isEmpty {
      let turn = random.below(listings.count)
      let page = listings[turn].listing.nextPage(
        of: 1 + random.below(pageMax), endsEmpty: random.isOneIn(3))
      counts += try merge(page, into: listings[turn].original, of: plan, syncID: syncID)
      if listings[turn].listing.range.isDone { listings.remove(at: turn) }
      try betweenPages(&random)
    }
    return counts
  }

  /// One sync of one bucket, from its beginning to its end, in pages of 1000.
  @discardableResult
  func sync(
    _ bucket: String, _ contents: Contents, prefix: Key = .start, region: String? = nil,
    endpoint: String = "", owner: AccountIdentity? = nil
  ) throws -> (syncID: Int64, counts: ChangeCounts, outcome: CrawlOutcome) {
    let syncID = try beginSync()
    let plan = try begin(
      bucket, prefix: prefix, region: region, endpoint: endpoint, owner: owner)
    var random = SplitMix64(seed: 1)
    let counts = try list(contents, plan, syncID: syncID, &random, pageMax: 1_000)
    let outcome = try finishCrawl(plan, outcome: .complete)
    try finishSync(syncID, state: .complete, requests: 1, retries: 0)
    return (syncID, counts, outcome)
  }

  /// Begins or takes up a crawl, however old its checkpoint is.
  func begin(
    _ bucket: String, prefix: Key = .start, region: String? = nil, endpoint: String = "",
    owner: AccountIdentity? = nil, resumeAfter: Timestamp = Timestamp(millisecondsSinceEpoch: 0)
  ) throws -> CrawlPlan {
    try beginCrawl(
      of: BucketIdentity(endpoint: endpoint, name: bucket, region: region), owner: owner,
      prefix: prefix, resumeAfter: resumeAfter)
  }
}

// MARK: - Random buckets

extension SplitMix64 {
  /// A key of the kinds that break indexes; every bucket's keys share prefixes.
  mutating func hostileKey() -> Key {
    let pieces: [[UInt8]] = [
      Array("a".utf8), Array("b".utf8), Array("a/".utf8), Array("/".utf8), Array("//".utf8),
      Array("ab".utf8), [0], Array("\u{D7FF}".utf8), Array("\u{E000}".utf8),
      Array("\u{10FFFF}".utf8), [0xFF], [0xFE, 0xFF], Array("~/".utf8), Array("0".utf8),
    ]
    var bytes: [UInt8] = []
    for _ in 0...below(6) { bytes += pick(pieces) }
    if isOneIn(20) { bytes += [UInt8](repeating: pick([0x61, 0x2F, 0xFF]), count: 1_024) }
    return Key(Array(bytes.prefix(1_024)))
  }

  mutating func object() -> ModelObject {
    ModelObject(
      size: pick([0, 1, 5, 1 << 20, 1 << 30, 5 << 40]),
      lastModified: Timestamp(millisecondsSinceEpoch: Int64(below(4)) * 1_500),
      etag: pick(["", "e1", "e2", "d41d8cd98f00b204e9800998ecf8427e-10000"]),
      storageClass: pick(["STANDARD", "GLACIER", "STANDARD_IA"]))
  }

  /// Adds, removes and changes some objects; now and then all or none.
  mutating func mutate(_ contents: inout Contents) {
    if isOneIn(12) { contents = [:] }
    let share = pick([1, 2, 10, 1_000])
    for key in contents.keys.sorted() where isOneIn(share) {
      if isOneIn(2) { contents[key] = nil } else { contents[key] = object() }
    }
    for _ in 0..<below(pick([1, 10, 60])) { contents[hostileKey()] = object() }
  }
}

package import Index
package import TestSupport
package import Vocabulary

extension ObjectPage {
  package init(_ objects: some Sequence<(key: Key, value: ModelObject)>) {
    self.init()
    for (key, object) in objects {
      append(
        key: key, etag: object.etag, size: object.size, lastModified: object.lastModified,
        storageClass: object.storageClass)
    }
  }
}

/// The pages that a server answers with while one range of a bucket is listed.
package struct ModelListing {
  private let objects: [(key: Key, value: ModelObject)]
  package private(set) var range: CrawlRange

  package init(_ contents: Contents, prefix: Key, range: CrawlRange) {
    objects = contents.below(prefix).filter { $0.key > range.cursor || range.cursor.isStart }
      .sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    self.range = range
  }

  /// The next page of at most `count` objects; afterwards the range's cursor is at its end.
  ///
  /// As on a real server, a page knows nothing of the range's end, and the last one may be empty.
  package mutating func nextPage(of count: Int, endsEmpty: Bool) -> PageCoverage {
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
  package func list(
    _ contents: Contents, _ plan: CrawlPlan, syncID: Int64, _ random: inout SplitMix64,
    pageMax: Int = 8, betweenPages: (inout SplitMix64) throws -> Void = { _ in }
  ) throws -> ChangeCounts {
    var counts = ChangeCounts()
    var listings = plan.ranges.filter { !$0.isDone }
      .map { (original: $0, listing: ModelListing(contents, prefix: plan.prefix, range: $0)) }
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
  package func sync(
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
  package func begin(
    _ bucket: String, prefix: Key = .start, region: String? = nil, endpoint: String = "",
    owner: AccountIdentity? = nil, resumeAfter: Timestamp = Timestamp(millisecondsSinceEpoch: 0)
  ) throws -> CrawlPlan {
    try beginCrawl(
      of: BucketIdentity(endpoint: endpoint, name: bucket, region: region), owner: owner,
      prefix: prefix, resumeAfter: resumeAfter)
  }
}

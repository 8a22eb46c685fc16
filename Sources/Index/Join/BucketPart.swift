internal import SQLite
internal import Vocabulary

/// Keys of one bucket that the other index has listed, and ours has not, or not as late.
struct BucketPart {
  var bucket: OtherBucket
  var prefix: Key
  var ranges: KeyRanges
  /// When the listing began that they are of.
  var listed: Timestamp
  /// Whether that did not come to its end.
  var isUnfinished = false
}

/// What an index has listed of a bucket beside the whole of it.
struct ListedParts {
  struct Prefix {
    var prefix: Key
    var synced: Timestamp
  }

  /// A crawl that did not come to its end.
  struct Crawl {
    var id: Int64
    var prefix: Key
    var started: Timestamp
    /// Nil for one whose rows of objects cannot be told from those of other listings.
    var listed: KeyRanges?
  }

  var whole: Timestamp?
  /// Those that nothing has put into doubt.
  var prefixes: [Prefix]
  var crawls: [Crawl]
  /// Crawls that are no longer unfinished, and those whose ranges became a part of another.
  private var past: Set<Moment>

  private struct Moment: Hashable {
    var prefix: Key
    var started: Timestamp
  }

  init(of bucket: OtherBucket, in connection: borrowing Connection) throws {
    whole = bucket.synced
    var crawls = try connection.all(
      """
      SELECT id, prefix, started_ms, versions FROM crawl
      WHERE bucket_id = ?1 AND state IN (?2, ?3) ORDER BY id
      """, .integer(bucket.id), .state(CrawlRowState.running), .state(CrawlRowState.failed)
    ) { row in
      (
        crawl: Crawl(
          id: row.int64(at: 0), prefix: Key(row.bytes(at: 1)),
          started: Timestamp(millisecondsSinceEpoch: row.int64(at: 2))),
        versions: row.int64(at: 3) != 0
      )
    }
    for index in crawls.indices where !crawls[index].versions {
      let later = crawls[(index + 1)...]
      let prefix = crawls[index].crawl.prefix
      guard !later.contains(where: { $0.crawl.prefix.meets(prefix) }) else { continue }
      crawls[index].crawl.listed =
        try IndexWriter.ranges(of: crawls[index].crawl.id, in: connection).listed
    }
    let unfinished = crawls.map(\.crawl)
    self.crawls = unfinished
    prefixes = try connection.all(
      "SELECT prefix, synced_ms FROM listed_prefix WHERE bucket_id = ?1 AND state = ?2",
      .integer(bucket.id), .state(BucketState.complete)
    ) {
      Prefix(
        prefix: Key($0.bytes(at: 0)),
        synced: Timestamp(millisecondsSinceEpoch: $0.int64(at: 1)))
    }
    .filter { listing in
      !unfinished.contains { $0.prefix.bytes.starts(with: listing.prefix.bytes) }
    }
    past = Set(
      try connection.all(
        "SELECT prefix, started_ms FROM crawl WHERE bucket_id = ?1 AND state IN (?2, ?3)",
        .integer(bucket.id), .state(CrawlRowState.complete), .state(CrawlRowState.abandoned)
      ) {
        Moment(
          prefix: Key($0.bytes(at: 0)),
          started: Timestamp(millisecondsSinceEpoch: $0.int64(at: 1)))
      })
  }

  /// Whether what a crawl has listed has become a part of one that came to its end.
  func hasMerged(_ crawl: Crawl) -> Bool {
    past.contains(Moment(prefix: crawl.prefix, started: crawl.started))
      && !crawls.contains { $0.prefix == crawl.prefix }
  }

  /// Since when all keys below a prefix are known; nil where they are not.
  func known(_ prefix: Key) -> Timestamp? {
    let listings = prefixes.filter { prefix.bytes.starts(with: $0.prefix.bytes) }.map(\.synced)
    return (listings + [whole].compactMap(\.self)).max()
  }
}

extension BucketPart {
  /// Whether the other index has told the changes that its listing found.
  func isJournaled(in source: borrowing Connection) throws -> Bool {
    try source.first(
      """
      SELECT 1 FROM crawl WHERE bucket_id = ?1 AND prefix = ?2 AND started_ms = ?3 AND journaled = 1
      """, .integer(bucket.id), .text(prefix.bytes), .integer(listed.millisecondsSinceEpoch)
    ) { _ in true } ?? false
  }

  /// What is to be merged of a bucket: in this order, as a narrower listing is later than a wider one.
  static func all(
    of bucket: OtherBucket, _ theirs: ListedParts, over known: OtherBucket, _ ours: ListedParts
  ) -> [BucketPart] {
    guard bucket.wasMadeAfter(known) == nil else { return [] }
    func part(_ prefix: Key, _ ranges: KeyRanges, _ listed: Timestamp) -> BucketPart {
      BucketPart(bucket: bucket, prefix: prefix, ranges: ranges, listed: listed)
    }
    let all = KeyRanges([.whole]) ?? KeyRanges()
    var parts: [BucketPart] = []
    var ours = ours
    if let synced = theirs.whole, bucket.state == .complete, ours.whole.map({ $0 < synced }) ?? true
    {
      parts.append(part(.start, all, synced))
      ours.whole = synced
    }
    for listing in theirs.prefixes.sorted(by: { $0.prefix < $1.prefix })
    where ours.known(listing.prefix).map({ $0 < listing.synced }) ?? true {
      parts.append(part(listing.prefix, all, listing.synced))
      ours.prefixes.append(listing)
    }
    for crawl in theirs.crawls {
      guard let listed = crawl.listed, !listed.isEmpty,
        ours.known(crawl.prefix).map({ $0 < crawl.started }) ?? true, !ours.hasMerged(crawl)
      else { continue }
      let same = ours.crawls.last { $0.prefix == crawl.prefix && $0.listed != nil }
      let missing = listed.news(
        over: same?.listed, isLater: crawl.started > same?.started ?? crawl.started)
      guard !missing.isEmpty else { continue }
      parts.append(part(crawl.prefix, missing, crawl.started))
      parts[parts.count - 1].isUnfinished = true
    }
    return parts
  }
}

extension KeyRanges {
  /// The parts that are to be merged where others are known.
  ///
  /// These are those beside them, or all where it is a later listing of all of them: so the same is not merged twice.
  fileprivate func news(over others: KeyRanges?, isLater: Bool) -> KeyRanges {
    guard let others else { return self }
    let hasAll = others.subtracting(self).isEmpty
    return hasAll && isLater ? self : subtracting(others)
  }
}

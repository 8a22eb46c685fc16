internal import SQLite
package import Vocabulary

// An inventory is a listing that somebody else has made: it is merged as a crawl is, and dated when it was
// made. It is read from its beginning each time: what a killed import has merged is compared again, and
// nothing is written for it.

extension IndexWriter {
  /// Begins to take over an inventory of a bucket, or of the keys below a prefix of it.
  ///
  /// `created` is the moment that the inventory is of: everything that was written before is in it. Whatever an
  /// earlier crawl of the same keys had still to do is given up.
  package func beginImport(
    of identity: BucketIdentity, prefix: Key, listsVersions: Bool, created: Timestamp
  ) throws -> CrawlPlan {
    let plan = try inBatch {
      let bucket = try registerBucket(identity, owner: nil)
      try giveUpCrawls(of: bucket.id, overlapping: prefix)
      var plan = try newPlan(
        bucketID: bucket.id, prefix: prefix, listsVersions: listsVersions, startedAt: created)
      plan.isImport = true
      try prepareVersions(of: &plan, listsVersions: listsVersions, hasNoVersions: false)
      try setOrder(false, of: plan)
      try plan.listedPrefixes.doubt(prefix, as: .partial, in: connection)
      try bucket.setState(
        .partial, error: "the import of an inventory of \(created.iso8601) has not finished",
        in: connection)
      return plan
    }
    try commit(thenPass: .crawlPlanned)
    return plan
  }

  /// Gives up what was left of crawls of any of these keys: one that went on would take for listed what the
  /// inventory has put back since.
  private func giveUpCrawls(of bucketID: Int64, overlapping prefix: Key) throws {
    let prefixes = try connection.all(
      "SELECT DISTINCT prefix FROM crawl WHERE bucket_id = ?1 AND state IN (?2, ?3)",
      .integer(bucketID), .state(CrawlRowState.running), .state(CrawlRowState.failed)
    ) { Key($0.bytes(at: 0)) }
    for other in prefixes
    where other.bytes.starts(with: prefix.bytes) || prefix.bytes.starts(with: other.bytes) {
      // Without a moment to resume after, nothing is taken up.
      _ = try resumedPlan(
        bucketID: bucketID, prefix: other, listsVersions: false, resumeAfter: nil)
    }
  }

  /// The sorted keys of an inventory cut the next crawl, as those of a listing do.
  func noteOrder(of plan: CrawlPlan) throws { try setOrder(true, of: plan) }

  /// A crawl without order is not taken up where it was cut off: no sync may go on from half an inventory.
  private func setOrder(_ isOrdered: Bool, of plan: CrawlPlan) throws {
    try connection.run(
      "UPDATE crawl SET ordered = ?2 WHERE id = ?1", .integer(plan.crawlID),
      .integer(isOrdered ? 1 : 0))
  }
}

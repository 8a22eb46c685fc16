internal import SQLite
internal import Vocabulary

/// The server reported sizes that add up to more than 1 EiB, which no bucket holds: they are not to
/// be believed.
package struct BucketTooLarge: Error, Equatable, CustomStringConvertible {
  /// 1 EiB, more than any bucket holds.
  ///
  /// SQLite's integers and ours hold eight times that, so the sums over prefixes and classes of a
  /// bucket fit, and what one batch adds to them.
  package static let bytesMax: Int64 = 1 << 60

  package var description: String {
    "its objects would have more than \(Self.bytesMax) bytes together, which cannot be"
  }
}

extension IndexWriter {
  /// Adds what a page changes to the bucket's bytes, old versions included, before any row of the page is written.
  ///
  /// - Throws: `BucketTooLarge`, outside of the batch: what is in it stays.
  func admit(coming come: Int64, going: Int64, _ plan: CrawlPlan) throws {
    let stored = try bytesOfBuckets[plan.bucketID] ?? storedBytes(of: plan.bucketID)
    let sum = stored.minus(going).plus(come)
    // An index made before this limit may already hold more; such a bucket may shrink but not grow.
    guard come <= BucketTooLarge.bytesMax, sum <= max(stored, BucketTooLarge.bytesMax) else {
      throw BucketTooLarge()
    }
    bytesOfBuckets[plan.bucketID] = sum
  }

  /// The bucket's bytes by the rollups, which are up to date when the first page of a crawl comes.
  private func storedBytes(of bucketID: Int64) throws -> Int64 {
    try connection.all(
      """
      SELECT bytes FROM bucket_usage WHERE bucket_id = ?1
      UNION ALL SELECT bytes FROM version_usage WHERE bucket_id = ?1
      """, .integer(bucketID)
    ) { $0.int64(at: 0) }.saturatedSum()
  }
}

extension PageMerge {
  /// The bytes of the objects that are new or another.
  func bytesThatCome(from page: ObjectPage) -> Int64 {
    let new = inserts.lazy.map { page.records[$0].size }.saturatedSum()
    return updates.lazy.map { page.records[$0.record].size }.saturatedSum().plus(new)
  }

  /// The bytes of the objects that are gone, or were before they changed.
  var bytesThatGo: Int64 {
    updates.lazy.map(\.before.size).saturatedSum()
      .plus(deletes.lazy.map(\.size).saturatedSum())
  }
}

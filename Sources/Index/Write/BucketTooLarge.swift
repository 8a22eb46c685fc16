internal import SQLite
internal import Vocabulary

/// The sizes of a bucket's objects add up to more than can be: the server's sizes are no sizes.
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
  /// Notes what a page changes of a bucket's bytes, before anything of it is written.
  ///
  /// - Throws: `BucketTooLarge`, outside of the batch: what is in it stays.
  func admit(_ merge: PageMerge, of page: ObjectPage, _ plan: CrawlPlan) throws {
    let stored = try bytesOfBuckets[plan.bucketID] ?? storedBytes(of: plan.bucketID)
    let come = merge.bytesThatCome(from: page)
    let sum = stored.minus(merge.bytesThatGo).plus(come)
    // Indexes of before this limit may hold more: it can but become less.
    guard come <= BucketTooLarge.bytesMax, sum <= max(stored, BucketTooLarge.bytesMax) else {
      throw BucketTooLarge()
    }
    bytesOfBuckets[plan.bucketID] = sum
  }

  /// What the rollups say; they have all that was merged when a bucket's first page comes.
  private func storedBytes(of bucketID: Int64) throws -> Int64 {
    try connection.all(
      "SELECT bytes FROM bucket_usage WHERE bucket_id = ?1", .integer(bucketID)
    ) { $0.int64(at: 0) }.saturatedSum()
  }
}

extension PageMerge {
  fileprivate func bytesThatCome(from page: ObjectPage) -> Int64 {
    let new = inserts.lazy.map { page.records[$0].size }.saturatedSum()
    return updates.lazy.map { page.records[$0.record].size }.saturatedSum().plus(new)
  }

  fileprivate var bytesThatGo: Int64 {
    updates.lazy.map(\.before.size).saturatedSum()
      .plus(deletes.lazy.map(\.size).saturatedSum())
  }
}

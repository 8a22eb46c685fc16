package import Vocabulary

/// What is to be listed of one bucket, and how far an earlier sync came.
package struct CrawlPlan: Sendable {
  package var crawlID: Int64
  package var bucketID: Int64
  /// Empty for the whole bucket.
  package var prefix: Key
  /// They tile the prefix's key space; finished ones included.
  package var ranges: [CrawlRange]
  package var startedAt: Timestamp
  package var isResumed: Bool
  /// Whether differences are recorded as changes: not on a first crawl, where all is new.
  package var isJournaled: Bool
  /// What the index holds of this bucket now: the measure of progress on a re-sync.
  package var objectsInIndex: Int64
  /// Keys that cut the prefix's key space into parts of about the same size, from the last complete
  /// crawl of it; none on a first one.
  package var marks: [KeyMark] = []
  /// Whether the server listed in the order of the keys when the bucket was last listed whole.
  package var isOrdered = true
  /// Whether versions are listed instead of objects: the latest of them are the objects.
  package var listsVersions = false
  /// Whether versions were wanted of a bucket that never had any: its objects are all there is, and each
  /// has the id `null`.
  ///
  /// Whoever ends the crawl makes it false when that no longer holds then.
  package var hasNoVersions = false
  /// An object without a version id of its own that was written before this moment has the id `null`; nil
  /// where that is known of none.
  var nullIDsBefore: Timestamp?
  /// Version ids in the index are those of objects that were last written before this moment.
  ///
  /// Nil where none is known. An object written later may have been written again after its versions
  /// were listed, in the same second.
  package var versionIDsHoldBefore: Timestamp?
  /// What the index holds of noncurrent versions and delete markers: with `objectsInIndex` the measure of
  /// progress where versions are listed.
  package var versionsInIndex: Int64 = 0
  /// Whether it is no listing but an inventory that is taken over, which nobody takes up half way.
  var isImport = false

  /// Whether the rows of objects say something of their version ids: those that are listed, or that
  /// they are not known although there are some.
  var writesVersionIDs: Bool { listsVersions || versionIDsHoldBefore != nil }
}

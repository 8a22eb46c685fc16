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
}

package import Crawl
package import Vocabulary

/// The buckets, or the part of one bucket, that a sync is asked to list.
package enum SyncTarget: Equatable, Sendable {
  /// Buckets of the accounts whose names match a pattern of SQLite's GLOB.
  case pattern(String)
  /// One bucket by name, or the keys below one prefix of it; it need not be an account's own.
  case bucket(String, prefix: Key)
}

/// What the user asked of a sync.
package struct SyncOptions: Sendable {
  /// None is every bucket of the accounts.
  package var targets: [SyncTarget] = []
  package var includes: [String] = []
  package var excludes: [String] = []
  /// Patterns of regions; none means every region.
  package var regions: [String] = []
  /// LIST requests in flight over all buckets; nil for what suits a first crawl and a re-sync.
  package var concurrency: Int?
  /// Forgets checkpoints: every crawl begins at its beginning.
  package var restarts = false
  /// Removes buckets from the index that their account no longer has.
  package var prunes = false
  /// Reads how each bucket is set up, too.
  package var readsProperties = true
  /// Whether versions are listed instead of objects; nil for what was said last of each bucket.
  package var listsVersions: Bool?
  /// Whether unfinished uploads are listed, and the parts of each.
  package var listsUploads = false
  package var listsParts = false
  /// What the report says that requests cost.
  package var prices = RequestPrices()

  package init() {}

  /// How many requests `concurrency` allows.
  package var requestBudget: RequestBudget { RequestBudget(inFlight: concurrency) }
}

package import Index
package import Vocabulary

/// What a sync did.
package struct SyncSummary: Sendable {
  /// One bucket's share.
  package struct Bucket: Sendable {
    package var name: String
    /// Where the name is unique.
    package var endpoint = ""
    package var prefix = Key.start
    /// The account that it was crawled with.
    package var account: AccountIndex = 0
    package var counts: ChangeCounts
    package var isResumed: Bool
    package var outcome: CrawlOutcome
    /// What was wanted besides the objects and refused: versions, or uploads.
    package var gaps: [CrawlFailure] = []
    /// Whether versions were listed, or there are none.
    package var hasVersions = false
    /// Whether the sync ended while it was crawled; the outcome says what ended that then.
    package var isCutOff = false
  }

  /// An account of the sync.
  package struct Account: Sendable {
    /// Owner and number where they became known.
    package var identity: AccountIdentity
    package var endpoint: String
  }

  /// In the order in which they were named.
  package var accounts: [Account] = []
  /// Accounts whose buckets were wanted and could not be listed.
  package var refusedAccounts: [RefusedAccount] = []
  /// Buckets that were left out because nobody says whether they are in a wanted region.
  package var ofUnknownRegion: [BucketSelection.UnknownRegion] = []
  /// In order of name.
  package var buckets: [Bucket] = []
  /// Buckets of the index that their account no longer has.
  package var missing: [String] = []
  package var pruned: [String] = []
  /// Attempts of any kind, and how many of them repeated one that had failed.
  package var requests: Int64 = 0
  package var retries: Int64 = 0
  /// LIST requests that AWS bills: those it did not answer with a 5xx.
  package var billedLists: Int64 = 0
  /// What AWS asks for them; nil when no account is there.
  package var listCost: ListCost?
  package var state = SyncState.running

  package var counts: ChangeCounts {
    buckets.reduce(into: ChangeCounts()) { $0 += $1.counts }
  }

  package var refused: [Bucket] { buckets.filter { $0.outcome != .complete } }

  /// Everything that was refused besides, with the bucket that refused it.
  package var gaps: [(bucket: String, failure: CrawlFailure)] {
    buckets.flatMap { bucket in bucket.gaps.map { (bucket.name, $0) } }
  }

  /// Whether nothing that was asked for is missing.
  package var isWhole: Bool {
    refused.isEmpty && gaps.isEmpty && missing.isEmpty && refusedAccounts.isEmpty
      && ofUnknownRegion.isEmpty
  }

  package init() {}
}

/// How a sync ended: what it did until then, and what ended it before it was through.
package struct SyncEnd: Sendable {
  package var summary: SyncSummary
  /// Nil when it went through all buckets, whatever was refused; `CancellationError` when it was
  /// interrupted.
  package var error: (any Error)?

  package init(summary: SyncSummary = SyncSummary(), error: (any Error)? = nil) {
    self.summary = summary
    self.error = error
    guard let error else { return }
    self.summary.state = error is CancellationError ? .interrupted : .failed
    if let all = error as? AllAccountsRefused { self.summary.refusedAccounts = all.refusals }
  }
}

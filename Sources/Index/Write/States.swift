internal import SQLite
package import Vocabulary

// The words of the columns `state`, as the migrations allow them. Statements bind them; a word in
// SQL would be a second list of them.

/// How much a bucket's data can be believed.
package enum BucketState: String, CaseIterable, Sendable {
  case complete
  /// A crawl has not finished or has failed: what is there is true, but not all of one moment.
  case partial
  case denied
  case never
}

extension CrawlOutcome {
  /// What a bucket, a prefix or an account is after it.
  package var state: BucketState {
    switch self {
    case .complete: .complete
    case .denied: .denied
    case .failed: .partial
    }
  }
}

/// How a sync ended.
package enum SyncState: String, CaseIterable, Sendable {
  case running, complete, partial, interrupted, failed
}

/// Where the row of a crawl stands.
enum CrawlRowState: String, CaseIterable {
  case running, complete
  /// It was refused or cut off; its checkpoints are kept for the next sync.
  case failed
  /// It will not be taken up again.
  case abandoned
}

extension SQLiteValue {
  /// The word of a state, to be bound.
  static func state(_ state: some RawRepresentable<String>) -> SQLiteValue {
    .text(state.rawValue)
  }
}

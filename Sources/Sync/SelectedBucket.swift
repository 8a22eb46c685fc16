package import Index
package import Vocabulary

/// A bucket that a sync will crawl.
package struct SelectedBucket: Equatable, Sendable {
  package var identity: BucketIdentity
  /// The account whose list named it; nil when only the user did.
  package var owner: AccountIdentity?
  package var prefix: Key
  /// The accounts to crawl it with, by their indices: the first that may list it.
  package var accounts: [AccountIndex] = [0]
}

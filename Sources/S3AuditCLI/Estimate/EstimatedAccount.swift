internal import AWS
internal import Index
internal import S3

/// One account that is asked, with its buckets and what came of it.
struct EstimatedAccount: Sendable {
  let account: Account
  let buckets: EstimatedBuckets
  /// Its number, else its owner in the words of its list; nil where neither is known.
  let name: String?
  var regions: [RegionEstimate]
  /// What CloudWatch says of its buckets; empty before it was asked.
  var estimates: [StoredEstimate] = []

  /// Whether both are the same: of one partition, or server, every bucket is one account's.
  func isSame(as other: EstimatedAccount) -> Bool {
    account.bucketNamespace == other.account.bucketNamespace
      && (name != nil && name == other.name
        || !buckets.listed.isDisjoint(with: other.buckets.listed))
  }
}

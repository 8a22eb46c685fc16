package import AWS

extension S3Client {
  /// A client of an account's S3: its properties of buckets are asked for with the patience of single
  /// calls, everything else with the account's own.
  package convenience init(account: Account, options: S3CallOptions = S3CallOptions()) {
    self.init(
      caller: account.retryingCaller(for: .s3),
      propertyCaller: account.retryingCaller(
        for: .s3, patience: account.patience.forSingleCalls),
      endpoint: account.s3Endpoint, options: options,
      keysHint: account.firstCredentials?.quotesHint)
  }
}

extension Account {
  /// Where the names of the account's buckets are unique: empty for AWS, the id of another partition
  /// of it, or the URL of another server.
  package var bucketNamespace: String {
    s3Endpoint.custom?.description ?? Partition(of: region).bucketNamespace
  }
}

extension Partition {
  /// What tells its buckets from those of the same name elsewhere: nothing for the commercial
  /// partition, its id for every other.
  fileprivate var bucketNamespace: String { id == "aws" ? "" : id }
}

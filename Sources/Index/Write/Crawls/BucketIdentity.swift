package import Vocabulary

/// A bucket as it is known before it is crawled: from ListBuckets, or just named by the user.
package struct BucketIdentity: Hashable, Sendable {
  /// Where the name is unique: empty for AWS, the id of another partition of it such as `aws-cn`, or
  /// the URL of another server.
  package var endpoint: String
  package var name: String
  package var region: String?
  package var created: Timestamp?

  package init(
    endpoint: String, name: String, region: String? = nil, created: Timestamp? = nil
  ) {
    self.endpoint = endpoint
    self.name = name
    self.region = region
    self.created = created
  }
}

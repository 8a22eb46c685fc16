/// Which bucket is meant, among all that an index may hold: `logs` of AWS is not `logs` of
/// `https://minio.example`.
package struct BucketAddress: Hashable, Sendable {
  /// Where the name is unique: empty for AWS.
  package var endpoint: String
  package var name: String

  package init(endpoint: String, name: String) {
    self.endpoint = endpoint
    self.name = name
  }
}

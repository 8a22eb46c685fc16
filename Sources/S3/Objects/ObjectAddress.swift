package import Vocabulary

/// A version of an object, as requests name it.
package struct ObjectAddress: Hashable, Sendable {
  package var bucket: String
  package var key: Key
  /// Nil for the current version, whichever that is; `null` for the one without an id.
  package var versionID: String?

  package init(bucket: String, key: Key, versionID: String? = nil) {
    self.bucket = bucket
    self.key = key
    self.versionID = versionID
  }

  /// For messages: `s3://logs/a.txt (version 3sL4kqtJ)`.
  var resource: String {
    let name = "s3://\(bucket)/\(key.text)"
    return versionID.map { "\(name) (version \($0))" } ?? name
  }
}

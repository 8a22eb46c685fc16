/// A multipart upload that was begun and neither completed nor aborted.
package struct Upload: Hashable, Sendable {
  package var key: Key
  /// Opaque; a key may have several uploads.
  package var uploadID: String
  package var initiated: Timestamp
  /// The class that the object would have.
  package var storageClass: String

  package init(key: Key, uploadID: String, initiated: Timestamp, storageClass: String) {
    self.key = key
    self.uploadID = uploadID
    self.initiated = initiated
    self.storageClass = storageClass
  }
}

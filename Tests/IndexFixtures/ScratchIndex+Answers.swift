package import Index
package import Vocabulary

/// What is in the file, as the queries answer.
extension ScratchIndex {
  /// The rows of one bucket, in order.
  package func objects(of bucket: String) throws -> [StoredObject] {
    var filter = ObjectFilter()
    filter.scopes = [ObjectFilter.Scope(bucketPattern: bucket)]
    var objects: [StoredObject] = []
    try reader().find(filter, limit: nil) { _, object, key, etag in
      objects.append(
        StoredObject(
          key: Key(key.withUnsafeBufferPointer { Array($0) }), size: object.size,
          etag: etag.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) },
          lastModified: object.lastModified, storageClass: object.storageClass))
      return true
    }
    return objects
  }

  /// Every bucket of the index by its name.
  package func buckets() throws -> [String: BucketSummary] {
    let buckets = try reader().buckets(matching: [])
    return Dictionary(uniqueKeysWithValues: buckets.map { ($0.name, $0) })
  }

  package func states() throws -> [String: BucketState] {
    try buckets().mapValues(\.freshness.state)
  }

  /// The states of all syncs, in order.
  package func syncStates() throws -> [String] {
    try texts("SELECT state FROM syncs ORDER BY sync")
  }
}

/// An object as a query or the simulator tells it.
package struct StoredObject: Equatable, Sendable {
  package var key: Key
  package var size: Int64
  package var etag: String
  package var lastModified: Timestamp
  package var storageClass: String

  package init(
    key: Key, size: Int64, etag: String, lastModified: Timestamp, storageClass: String
  ) {
    self.key = key
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
    self.storageClass = storageClass
  }
}

/// What a scan reads of each object: the size first, and only what the question needs, because
/// SQLite decodes every column that a row has.
enum ScanColumns: String {
  case size
  case sizeAndTime = "size, last_modified_ms"
  case sizeAndClass = "size, storage_class_id"
  case sizeAndKey = "size, key"
  case sizeAndETag = "size, etag"
  case sizeClassAndKey = "size, storage_class_id, key"
  case sizeClassAndTime = "size, storage_class_id, last_modified_ms"
  case all = "size, last_modified_ms, storage_class_id, key, etag"
  /// Those of `all`, and which version it is: its id, its kind and its rank.
  case versions = "size, last_modified_ms, storage_class_id, key, etag, version_id"

  /// Where the size is, always.
  static let sizeColumn: Int32 = 0
  /// An object is of no kind of its own.
  var ofObjects: String { self == .versions ? rawValue + ", -1, NULL" : rawValue }

  var ofVersions: String { self == .versions ? rawValue + ", kind, rank" : rawValue }

  /// Where the one other column is, unless it is all of them; the class where there are two.
  static let otherColumn: Int32 = 1
  /// Where the second one is.
  static let thirdColumn: Int32 = 2
}

internal import Index
internal import Report
internal import Vocabulary

/// The columns of answers whose rows are objects; those of their origin follow.
///
/// Where the answer is about times, they stay on a narrow terminal too.
func objectColumns(of entries: Entries = .current, areAboutTimes: Bool = false) -> [Column] {
  [
    Column("bucket", .text, rank: .stays), Column("key", .key), Column("size", .bytes),
    Column("last_modified", .timestamp, rank: areAboutTimes ? .stays : .normal),
    Column("etag", .text, title: "ETag", rank: .aside), Column("storage_class", .text),
  ] + (entries == .current ? [] : FoundVersion.columns) + Freshness.columns
}

extension FoundVersion {
  /// The columns that tell the versions of a key apart, where they were asked for.
  static let columns = [
    Column("version_id", .text, rank: .stays), Column("is_latest", .boolean),
    Column("is_delete_marker", .boolean),
  ]

  var values: [Value] {
    [id.map { .text($0) } ?? .null, .boolean(isLatest), .boolean(isMarker)]
  }
}

extension ReportWriter {
  /// Adds an ETag; null for one that nobody told.
  mutating func add(etag: Span<UInt8>) {
    if etag.isUnknownETag { add(.null) } else { add(text: etag) }
  }

  /// Adds what follows a version's key: a delete marker has neither size nor ETag nor class.
  mutating func add(_ object: FoundObject, _ version: FoundVersion, etag: Span<UInt8>) {
    add(version.isMarker ? .null : .bytes(object.size))
    add(.timestamp(object.lastModified))
    if version.isMarker { add(.null) } else { add(etag: etag) }
    add(version.isMarker ? .null : .text(object.storageClass))
    for value in version.values { add(value) }
  }
}

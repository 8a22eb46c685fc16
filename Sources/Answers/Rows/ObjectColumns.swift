internal import Index
internal import Report

/// The columns of answers whose rows are objects; those of their origin follow.
///
/// Where the answer is about times, they stay on a narrow terminal too.
func objectColumns(areAboutTimes: Bool = false) -> [Column] {
  [
    Column("bucket", .text, rank: .stays), Column("key", .key), Column("size", .bytes),
    Column("last_modified", .timestamp, rank: areAboutTimes ? .stays : .normal),
    Column("etag", .text, title: "ETag", rank: .aside), Column("storage_class", .text),
  ] + Freshness.columns
}

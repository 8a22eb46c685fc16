internal import Index
internal import Report

/// The columns of answers whose rows are objects; those of their origin follow.
let objectColumns =
  [
    Column("bucket", .text), Column("key", .key), Column("size", .bytes),
    Column("last_modified", .timestamp), Column("etag", .text, title: "ETag"),
    Column("storage_class", .text),
  ] + Freshness.columns

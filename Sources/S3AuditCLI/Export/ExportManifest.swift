internal import Index
internal import Migrations
internal import Report
internal import Vocabulary

/// One file of an export.
struct ExportedFile {
  var name: String
  var bucket: BucketAddress?
  /// The views in it, with their rows.
  var views: [(name: String, rows: Int64)] = []
  var bytes: Int64 = 0
  var sha256 = ""

  init(name: String, bucket: BucketAddress?) {
    (self.name, self.bucket) = (name, bucket)
  }

  var rows: Int64 { views.reduce(Int64(0)) { $0.plus($1.rows) } }
}

/// What an export is made of, and how far it can be believed, as its `manifest.json`.
struct ExportManifest {
  var program: String
  var exportedAt: Timestamp
  var files: [ExportedFile]
  var reach: IndexReader.Reach
  var views: [SchemaManual.View]

  func json() -> [UInt8] {
    let freshness = reach.freshness
    var document = JSONDocument()
    document.add("made_by", .text("s3audit \(program)"))
    document.add("exported_at", .timestamp(exportedAt))
    document.add("state", .text(freshness.state.rawValue))
    document.add("synced_at", freshness.syncedAt.map(Value.timestamp) ?? .null)
    document.add(
      "files",
      [
        Column("file", .text), Column("bucket", .text), Column("endpoint", .text),
        Column("view", .text), Column("rows", .count), Column("bytes", .bytes),
        Column("sha256", .text),
      ], files.flatMap(rows(of:)))
    document.add(
      "buckets",
      [
        Column("bucket", .text), Column("endpoint", .text), Column("state", .text),
        Column("synced_at", .timestamp), Column("error", .text),
      ],
      reach.buckets.map { bucket in
        [
          .text(bucket.name), .text(bucket.endpoint), .text(bucket.freshness.state.rawValue),
          bucket.freshness.syncedAt.map(Value.timestamp) ?? .null,
          bucket.error.map(Value.text) ?? .null,
        ]
      })
    document.add(
      "columns",
      [
        Column("view", .text), Column("column", .text), Column("type", .text),
        Column("text", .text),
      ],
      views.flatMap { view in
        view.columns.map { column in
          [.text(view.name), .text(column.name), .text(column.type), .text(column.text)]
        }
      })
    return document.finish()
  }

  /// A row a view: a database holds several.
  private func rows(of file: ExportedFile) -> [[Value]] {
    file.views.map { view in
      [
        .text(file.name), file.bucket.map { .text($0.name) } ?? .null,
        file.bucket.map { .text($0.endpoint) } ?? .null, .text(view.name), .integer(view.rows),
        .bytes(file.bytes), .text(file.sha256),
      ]
    }
  }
}

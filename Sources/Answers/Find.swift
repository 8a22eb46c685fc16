package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query find`: the objects that pass the filter, in order.
package struct Find: PlacedAnswer {
  package var filter = Filter()
  var limit: Int64?
  package var after: RowPlace?

  package init() {}

  package static var words: Command<Find> {
    Command(
      name: "find", abstract: "The objects that pass the filters.",
      positionals: [Filter.scopePositional],
      options: [.rowLimit(defaultText: "all", sets: \.limit)] + Filter.rows(\.filter)
        + [Filter.versionsRow(\.filter)],
      examples: [
        Example(
          "Backups of last year, for a script:",
          "s3audit query find s3://backup/db/ --key '*.tar.gz' --before 2026-01-01 --format jsonl")
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    var filter = try filter.objects(now: now)
    filter.after = after.map {
      .init(bucket: $0.bucket, endpoint: $0.endpoint, key: Key($0.key), rank: $0.rank)
    }
    let origin = try OriginColumns(reader)
    writer.begin(objectColumns(of: filter.entries) + origin.columns)
    let keepsPlaces = writer.keepPlaces()
    try reader.find(filter, limit: limit) { bucket, object, key, etag in
      writer.add(.text(bucket.name))
      writer.add(text: key)
      if let version = object.version {
        writer.add(object, version, etag: etag)
      } else {
        writer.add(.bytes(object.size))
        writer.add(.timestamp(object.lastModified))
        writer.add(etag: etag)
        writer.add(.text(object.storageClass))
      }
      writer.add(bucket.freshness)
      origin.add(bucket, to: &writer)
      try writer.endRow()
      if keepsPlaces {
        writer.note(bucket: bucket.name, endpoint: bucket.endpoint, key: key, rank: object.rank)
      }
      return true
    }
  }
}

internal import Index
internal import Report
internal import Vocabulary

private let objectColumns =
  [
    Column("bucket", .text), Column("key", .key), Column("size", .bytes),
    Column("last_modified", .timestamp), Column("etag", .text, title: "ETag"),
    Column("storage_class", .text),
  ] + Query.freshnessColumns

/// `query find`: the objects that pass the filter, in order.
struct FindCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let query = try Query(context)
    let limit = context.options.query.limit
    return try query.answer { origin in
      try query.write(objectColumns + origin.columns) { writer in
        try query.reader.find(query.filter, limit: limit) { bucket, object, key, etag in
          writer.add(.text(bucket.name))
          writer.add(text: key)
          writer.add(.bytes(object.size))
          writer.add(.timestamp(object.lastModified))
          writer.add(text: etag)
          writer.add(.text(object.storageClass))
          writer.add(bucket.freshness)
          origin.add(bucket, to: &writer)
          try writer.endRow()
          return true
        }
        return nil
      }
    }
  }
}

/// `query top`: the objects at one end of an order.
struct TopCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let query = try Query(context)
    let arguments = context.options.query
    return try query.answer { origin in
      try query.write(objectColumns + origin.columns) { writer in
        let rows = try query.reader.top(
          arguments.order, count: Int64(arguments.count), perBucket: arguments.perBucket,
          query.filter)
        for row in rows {
          let values: [Value] = [
            .text(row.bucket), .key(row.key.bytes), .bytes(row.size), .timestamp(row.lastModified),
            .text(row.etag), .text(row.storageClass),
          ]
          try writer.append(values + row.freshness.values + origin.values(row.origin))
        }
        return nil
      }
    }
  }
}

/// `query du`: what lies below a prefix.
struct PrefixesCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let query = try Query(context)
    let columns =
      [
        Column("bucket", .text), Column("prefix", .key), Column("objects", .count),
        Column("bytes", .bytes),
      ] + Query.freshnessColumns
    return try query.answer { origin in
      try query.write(columns + origin.columns) { writer in
        let rows = try query.reader.prefixUsage(query.filter, depth: context.options.query.depth)
        for row in rows {
          let values: [Value] = [
            .text(row.bucket), .key(row.prefix.bytes), .integer(row.usage.objects),
            .bytes(row.usage.bytes),
          ]
          try writer.append(values + row.freshness.values + origin.values(row.origin))
        }
        return nil
      }
    }
  }
}

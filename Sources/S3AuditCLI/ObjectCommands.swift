internal import Index
internal import Report
internal import Vocabulary

private let objectColumns =
  [
    Column("bucket", .text), Column("key", .key), Column("size", .bytes),
    Column("last_modified", .timestamp), Column("etag", .text, title: "ETag"),
    Column("storage_class", .text),
  ] + Query.freshnessColumns

extension ObjectRow {
  fileprivate var values: [Value] {
    [
      .text(bucket), .key(key.bytes), .bytes(size), .timestamp(lastModified), .text(etag),
      .text(storageClass),
    ] + freshness.values
  }
}

/// `query find`: the objects that pass the filter, in order.
struct FindCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let query = try Query(context)
    return try query.answer(objectColumns) { writer in
      try query.reader.find(query.filter, limit: context.options.query.limit) { object in
        try writer.append(object.values)
        return true
      }
      return nil
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
    return try query.answer(objectColumns) { writer in
      let rows = try query.reader.top(
        arguments.order, count: Int64(arguments.count), perBucket: arguments.perBucket,
        query.filter)
      for row in rows { try writer.append(row.values) }
      return nil
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
    return try query.answer(columns) { writer in
      let rows = try query.reader.prefixUsage(query.filter, depth: context.options.query.depth)
      for row in rows {
        let values: [Value] = [
          .text(row.bucket), .key(row.prefix.bytes), .integer(row.usage.objects),
          .bytes(row.usage.bytes),
        ]
        try writer.append(values + row.freshness.values)
      }
      return nil
    }
  }
}

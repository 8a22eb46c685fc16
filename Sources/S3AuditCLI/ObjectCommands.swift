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
    return try query.answer(objectColumns) { writer in
      try query.reader.find(query.filter, limit: context.options.query.limit) { object, key, etag in
        writer.add(.text(object.bucket))
        writer.add(text: key)
        writer.add(.bytes(object.size))
        writer.add(.timestamp(object.lastModified))
        writer.add(text: etag)
        writer.add(.text(object.storageClass))
        writer.add(object.freshness)
        try writer.endRow()
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
      for row in rows {
        writer.add(.text(row.bucket))
        writer.add(.key(row.key.bytes))
        writer.add(.bytes(row.size))
        writer.add(.timestamp(row.lastModified))
        writer.add(.text(row.etag))
        writer.add(.text(row.storageClass))
        writer.add(row.freshness)
        try writer.endRow()
      }
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
        writer.add(.text(row.bucket))
        writer.add(.key(row.prefix.bytes))
        writer.add(.integer(row.usage.objects))
        writer.add(.bytes(row.usage.bytes))
        writer.add(row.freshness)
        try writer.endRow()
      }
      return nil
    }
  }
}

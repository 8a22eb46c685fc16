package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query duplicates`: objects that are stored more than once.
package struct Duplicates: Answer {
  package var filter = Filter()
  var listsCopies = false
  var limit: Int64?

  package init() {}

  package static var words: Command<Duplicates> {
    Command(
      name: "duplicates", abstract: "What is stored more than once.",
      discussion: """
        A row for each ETag and size that several objects have, in any buckets, with one of them as an example; the \
        most wasted bytes first. certainty says what that proves: md5 (the ETag is a digest of the content: they are \
        equal), multipart (it is one of the parts: the same content in the same parts), or opaque (nothing: \
        wasted_bytes is null, and they come last). ETags are opaque in buckets that encrypt with KMS keys, or of \
        which that is not known, and in directory buckets. An upload that asked for KMS or a key of its own by \
        itself cannot be told in a listing; its ETag is not expected to be equal to any other. Different ETags prove nothing, and the same \
        content may be there with several. Empty objects are no waste. All objects are read twice, in an \
        unchanging amount of memory; what may be a duplicate is sorted in temporary files (in TMPDIR, a few hundred \
        bytes for each).
        """,
      positionals: [Filter.scopePositional],
      options: rows + Filter.rows(\.filter),
      examples: [
        Example("What would be saved most:", "s3audit query duplicates -n 20"),
        Example(
          "Every copy of large files, for a script:",
          "s3audit query duplicates 'backup-*' --min-size 100MiB --list --format jsonl"),
        Example("Within one prefix:", "s3audit query duplicates s3://photos/2026/"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<Duplicates>] = [
    .flag("list", help: "A row for every copy.", sets: \.listsCopies),
    .rowLimit(defaultText: "all", sets: \.limit),
  ]

  private static let columns = [
    Column("etag", .text, title: "ETag", rank: .aside), Column("size", .bytes, rank: .normal),
    Column("copies", .count, rank: .stays), Column("wasted_bytes", .bytes),
    Column("certainty", .text, rank: .stays), Column("bucket", .text, rank: .stays),
    Column("key", .key),
  ]

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    var question = DuplicateQuestion(try filter.objects(now: now))
    question.listsCopies = listsCopies
    question.limit = limit
    let origin = try OriginColumns(reader)
    writer.begin(Self.columns + Freshness.columns + origin.columns)
    var rowsWritten: Int64 = 0
    let totals = try reader.duplicates(question) { totals in
      // Before the rows, of which a face may want only the first.
      writer.remarks += Self.remarks(totals)
      writer.lacksRows = totals.unknownETags > 0
    } body: { row in
      rowsWritten += 1
      let values: [Value] = [
        .key(row.etag), .bytes(row.size), .integer(row.copies),
        row.wastedBytes.map { .bytes($0) } ?? .null, .text(row.certainty.rawValue),
        .text(row.bucket.name), .key(row.key.bytes),
      ]
      try writer.append(values + row.freshness.values + origin.values(row.bucket.origin))
    }
    if rowsWritten > 1, !listsCopies {
      writer.totals =
        [.text("total"), .null, .integer(totals.copies), .bytes(totals.wastedBytes)]
        + [.null, .null, .null, .null, .null] + origin.values(nil)
      let groups = totals.groups + totals.opaqueGroups
      if rowsWritten < groups {
        writer.notes.append(
          "\(groupedDecimal(rowsWritten)) of \(groupedDecimal(groups)) rows are shown; the total is that of all rows"
        )
      }
    }
  }

  private static func remarks(_ totals: DuplicateTotals) -> [String] {
    var remarks: [String] = []
    func counted(_ count: Int64, _ one: String, _ many: String) -> String {
      count == 1 ? "1 \(one)" : "\(groupedDecimal(count)) \(many)"
    }
    if totals.unknownETags > 0 {
      remarks.append(
        "Warning: the ETags of \(counted(totals.unknownETags, "object", "objects")) are not known, so whether they "
          + "are duplicates is not either: 's3audit sync' lists them\n")
    }
    if totals.opaqueGroups > 0 {
      remarks.append(
        "Note: \(counted(totals.opaqueCopies, "object has an ETag", "objects have ETags")) that others have too and "
          + "that prove nothing (opaque): they count as no waste\n")
    }
    if totals.opaqueGroups > 0, !totals.unreadBuckets.isEmpty {
      let names = totals.unreadBuckets.sorted().map { $0.escapingControls() }
      let rest = names.count - namesMax
      remarks.append(
        "Note: how these buckets encrypt is not known ('s3audit sync' asks for it, with s3:GetEncryptionConfiguration): "
          + "\(names.prefix(namesMax).joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")\n"
      )
    }
    return remarks
  }

  private static let namesMax = 5
}

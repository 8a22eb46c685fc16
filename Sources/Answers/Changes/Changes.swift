package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query changes`: what syncs found added, modified and removed.
package struct Changes: PlacedAnswer {
  package var filter = Filter()
  var start = ChangeStart.beginning
  var kinds: Set<ChangeKind> = []
  var grouping: ChangeGrouping?
  var depth: Int?
  var order = RowOrder()
  package var after: RowPlace?

  package init() {}

  package static var words: Command<Changes> {
    Command(
      name: "changes", abstract: "What was added, modified and removed between syncs.",
      discussion: """
        A row for each object that a sync found different from the sync before, or sums of them. A change is dated \
        by the sync that found it: '--since 2d' are changes found in the last two days, and '--since 12' those \
        found after sync 12 had ended. Filters by size and class choose objects that were or are so. bytes_added \
        is the size after of what was added or modified, bytes_removed the size before of what was removed or \
        modified. By class, an object that moved is removed from one and added to the other. The first sync of a \
        bucket is not journaled, and changes are kept for 90 days: where some of what was asked for is not known, \
        standard error says so, and the answer ends with 3.
        """,
      positionals: [Filter.scopePositional],
      options: rows + RowOrder.rows(\.order) + Filter.untimedRows(\.filter),
      examples: [
        Example(
          "What came and went since yesterday:", "s3audit query changes --since 1d --by bucket"),
        Example(
          "Where in a bucket it was:",
          "s3audit query changes logs --since 2026-11-01 --by prefix --depth 2"),
        Example(
          "Large objects that are gone since sync 12:",
          "s3audit query changes --since 12 --change removed --min-size 1GiB"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<Changes>] = [
    Option(
      long: "since", value: "start",
      help: "Changes found at this time (UTC) or later, like 2d or 2026-11-20, or after this sync.",
      defaultText: "all that are kept"
    ) { changes, text throws(UsageError) in changes.start = try ChangeStart(text) },
    Option(
      long: "change", value: "kind", help: "Changes of this kind; may be repeated.",
      choices: ChangeKind.allCases.map(\.rawValue), isRepeatable: true
    ) { changes, text in
      if let kind = ChangeKind(rawValue: text) { changes.kinds.insert(kind) }
    },
    Option(
      long: "by", value: "what", help: "Sums, one row for each of these.",
      choices: ChangeGrouping.allCases.map(\.rawValue)
    ) { changes, text in changes.grouping = ChangeGrouping(rawValue: text) },
    .count(
      "depth", short: "d", value: "levels", in: 1...64,
      help: "Levels of prefixes to show, with '--by prefix'.", defaultText: "1",
      setsOptional: \.depth),
  ]

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    try check()
    var question = ChangeQuestion(try filter.objects(now: now))
    question.start = try start.resolved(by: reader, now: now)
    question.kinds = kinds
    question.depth = depth ?? 1
    let gaps = try reader.journalGaps(question)
    let unjudged = try reader.changesOfUnknownClass(question)
    // Before the rows, of which a face may want only the first.
    writer.remarks += JournalWords(gaps, start: start, now: now).lines
    if unjudged > 0 { writer.remarks.append(JournalWords.unjudged(unjudged)) }
    writer.lacksRows = !gaps.isEmpty || unjudged > 0
    if let grouping {
      try write(
        try reader.changeSums(question, by: grouping, lacking: gaps), by: grouping,
        OriginColumns(reader), to: &writer)
    } else {
      try writeRows(of: question, from: reader, to: &writer)
    }
  }

  private func check() throws(UsageError) {
    if grouping == nil, order.column != nil {
      throw UsageError(
        "Single changes are in the order in which they were found.",
        hint: "leave out '--sort', or sum them by '--by bucket', '--by prefix' or '--by class'")
    }
    if depth != nil, grouping != .prefix {
      throw UsageError(
        "The option '--depth' is about prefixes, and the rows are not.",
        hint: "add '--by prefix', or leave out '--depth'")
    }
  }
}

// MARK: - Rows

extension Changes {
  private static let columns =
    [
      Column("sync", .number), Column("at", .timestamp), Column("bucket", .text, rank: .stays),
      Column("key", .key), Column("change", .text, rank: .stays), Column("size_before", .bytes),
      Column("size_after", .bytes), Column("storage_class", .text),
      Column("storage_class_before", .text, title: "Class before", rank: .aside),
    ] + Freshness.columns

  private func writeRows(
    of question: ChangeQuestion, from reader: IndexReader, to writer: inout ReportWriter
  ) throws {
    let origin = try OriginColumns(reader)
    let classes = try reader.classNames()
    func add(_ storageClass: Int64?, to writer: inout ReportWriter) {
      writer.add(storageClass.flatMap { classes[$0] }.map { .text($0) } ?? .null)
    }
    writer.begin(Self.columns + origin.columns)
    let keepsPlaces = writer.keepPlaces()
    var question = question
    question.after = after.map {
      .init(
        sync: $0.rank ?? 0, bucket: BucketAddress(endpoint: $0.endpoint, name: $0.bucket),
        key: Key($0.key))
    }
    try reader.changes(question, limit: order.limit) { bucket, change, key in
      writer.add(.integer(change.sync))
      writer.add(.timestamp(change.at))
      writer.add(.text(bucket.name))
      writer.add(text: key)
      writer.add(.text(change.kind.rawValue))
      writer.add(change.sizeBefore.map { .bytes($0) } ?? .null)
      writer.add(change.sizeAfter.map { .bytes($0) } ?? .null)
      add(change.kind == .removed ? change.classBefore : change.classAfter, to: &writer)
      add(change.classBefore, to: &writer)
      writer.add(bucket.freshness)
      origin.add(bucket, to: &writer)
      try writer.endRow()
      if keepsPlaces {
        writer.note(
          bucket: bucket.name, endpoint: bucket.endpoint, key: key, rank: change.sync)
      }
      return true
    }
  }
}

// MARK: - Sums

extension Changes {
  private static let sumColumns =
    [
      Column("added", .count, rank: .stays), Column("modified", .count, rank: .stays),
      Column("removed", .count, rank: .stays), Column("bytes_added", .bytes, rank: .normal),
      Column("bytes_removed", .bytes, rank: .normal), Column("bytes_change", .bytes),
    ] + Freshness.columns

  private func write(
    _ sums: [ChangeRow], by grouping: ChangeGrouping, _ all: OriginColumns,
    to writer: inout ReportWriter
  ) throws {
    let origin = grouping == .class ? all.showing(account: false, endpoint: false) : all
    let rows = sums.map { row in
      Self.place(row, grouping) + Self.values(row.sums) + row.freshness.values
        + origin.values(row.origin)
    }
    var total: [Value]?
    if grouping == .bucket, rows.count > 1 {
      let known = sums.compactMap(\.sums)
      let sum = known.isEmpty ? nil : known.reduce(into: ChangeSums()) { $0 += $1 }
      total = [.text("total")] + Self.values(sum) + [.null, .null] + origin.values(nil)
    }
    if grouping == .class, sums.contains(where: { $0.storageClass == nil }) {
      writer.remarks.append(
        "Note: the row without a class has changes from before classes were recorded\n")
    }
    try order.write(
      rows, of: Self.placeColumns(grouping) + Self.sumColumns + origin.columns, totals: total,
      to: &writer)
  }

  private static func placeColumns(_ grouping: ChangeGrouping) -> [Column] {
    switch grouping {
    case .bucket: [Column("bucket", .text, rank: .answer)]
    case .prefix: [Column("bucket", .text, rank: .stays), Column("prefix", .key)]
    case .class: [Column("storage_class", .text, rank: .answer)]
    }
  }

  private static func place(_ row: ChangeRow, _ grouping: ChangeGrouping) -> [Value] {
    let bucket = row.bucket.map { Value.text($0) } ?? .null
    return switch grouping {
    case .bucket: [bucket]
    case .prefix: [bucket, row.prefix.map { .key($0.bytes) } ?? .null]
    case .class: [row.storageClass.map { .text($0) } ?? .null]
    }
  }

  private static func values(_ sums: ChangeSums?) -> [Value] {
    guard let sums else { return [.null, .null, .null, .null, .null, .null] }
    return [
      .integer(sums.added), .integer(sums.modified), .integer(sums.removed),
      .bytes(sums.bytesAdded), .bytes(sums.bytesRemoved), .bytes(sums.bytesChange),
    ]
  }
}

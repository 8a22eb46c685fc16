package import Arguments
internal import Costs
package import Index
package import Report
package import Vocabulary

/// `query small`: objects that are too small for what is billed of them.
package struct Small: Answer {
  package var filter = Filter()
  var size = SmallObject.sizeMin
  var grouping = SmallGrouping.bucket
  var depth: Int?
  var order = RowOrder()

  package init() {}

  package static var words: Command<Small> {
    Command(
      name: "small", abstract: "Small objects, and what is billed beside their bytes.",
      discussion: """
        How many objects are under a size, and their share of all. padding_bytes are billed for nothing where a class \
        bills objects under 128 KiB as that (STANDARD_IA, ONEZONE_IA, GLACIER_IR); overhead_bytes where each object has \
        32 KiB more at the class's rate and 8 KiB at STANDARD's (GLACIER, DEEP_ARCHIVE). Both are of the small objects \
        alone, and null where the rules of a class are not known. Whole buckets are answered from sums that are kept, \
        as long as the size is 128 KiB; all else reads the objects.
        """,
      positionals: [Filter.scopePositional],
      options: rows + RowOrder.rows(\.order) + Filter.rows(\.filter),
      examples: [
        Example("Where small objects cost the most:", "s3audit query small --sort -padding_bytes"),
        Example("In which class they are:", "s3audit query small --by class"),
        Example(
          "What could be packed together:",
          "s3audit query small logs --under 16KiB --by prefix --depth 2"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<Small>] = [
    Option(
      long: "under", value: "size", help: "Objects of fewer bytes than this.",
      defaultText: "128KiB"
    ) { small, text throws(UsageError) in
      let size = try FilterValues.size(text)
      guard size > 0 else { throw .invalidValue("no object has fewer bytes than none") }
      small.size = size
    },
    .choice(
      "by", value: "what", help: "One row for each of these.", defaultText: "bucket",
      sets: \.grouping),
    .count(
      "depth", short: "d", value: "levels", in: 1...64,
      help: "Levels of prefixes to show, with '--by prefix'.", defaultText: "1",
      setsOptional: \.depth),
  ]

  private static let columns =
    [
      Column("objects", .count, rank: .stays), Column("bytes", .bytes),
      Column("objects_percent", .real, title: "% of objects"),
      Column("padding_bytes", .bytes, rank: .normal),
      Column("overhead_bytes", .bytes, rank: .normal),
    ] + Freshness.columns

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    if depth != nil, grouping != .prefix {
      throw UsageError(
        "The option '--depth' is about prefixes, and the rows are by \(grouping.rawValue).",
        hint: "add '--by prefix', or leave out '--depth'")
    }
    let filter = try filter.objects(now: now)
    let usages = try reader.small(under: size, by: grouping, depth: depth ?? 1, filter)
    let all = try OriginColumns(reader)
    let origin = grouping == .class ? all.showing(account: false, endpoint: false) : all
    let groups = SmallGroup.groups(of: usages, by: grouping)
    let rows = groups.map { group in
      place(group.usage) + group.sum.values + group.usage.freshness.values
        + origin.values(group.usage.origin)
    }
    var total: [Value]?
    if rows.count > 1, grouping != .prefix {
      let sum = groups.reduce(into: SmallGroup.Sum()) { $0 += $1.sum }
      total = [.text("total")] + sum.values + [.null, .null] + origin.values(nil)
    }
    let unknown = groups.reduce(into: Set<String>()) { $0.formUnion($1.sum.unknownClasses) }
    if !unknown.isEmpty {
      let names = unknown.sorted().map { $0.escapingControls() }.joined(separator: ", ")
      writer.remarks.append(
        "Warning: what is billed beside the bytes of objects in these classes is not known: \(names)\n"
      )
    }
    try order.write(
      rows, of: placeColumns + Self.columns + origin.columns, totals: total, to: &writer)
  }

  private var placeColumns: [Column] {
    switch grouping {
    case .bucket: [Column("bucket", .text, rank: .answer)]
    case .prefix: [Column("bucket", .text, rank: .stays), Column("prefix", .key)]
    case .class: [Column("storage_class", .text, rank: .answer)]
    }
  }

  private func place(_ usage: SmallUsage) -> [Value] {
    let bucket = usage.bucket.map { Value.text($0) } ?? .null
    return switch grouping {
    case .bucket: [bucket]
    case .prefix: [bucket, usage.prefix.map { .key($0.bytes) } ?? .null]
    case .class: [.text(usage.storageClass)]
    }
  }
}

/// The small objects of one row, over all its classes.
private struct SmallGroup {
  /// The first of its classes, which has what is the same in all of them.
  var usage: SmallUsage
  var sum = Sum()

  struct Sum {
    var all = Usage()
    var small = Usage()
    var padding: Int64 = 0
    var overhead: Int64 = 0
    /// Classes of small objects of which nobody knows what they are billed as.
    var unknownClasses: Set<String> = []

    static func += (left: inout Sum, right: Sum) {
      left.all += right.all
      left.small += right.small
      left.padding = left.padding.plus(right.padding)
      left.overhead = left.overhead.plus(right.overhead)
      left.unknownClasses.formUnion(right.unknownClasses)
    }

    mutating func add(_ usage: SmallUsage) {
      all += usage.all
      small += usage.small
      switch StorageClassRule(usage.storageClass) {
      case .plain, .tiering: break
      case .padded:
        padding = padding.plus(
          usage.tiny.objects.times(SmallObject.sizeMin).minus(usage.tiny.bytes))
      case .archived:
        let each = StorageClassRule.archiveOverhead + StorageClassRule.indexOverhead
        overhead = overhead.plus(usage.small.objects.times(each))
      case nil: if usage.small.objects > 0 { unknownClasses.insert(usage.storageClass) }
      }
    }

    var values: [Value] {
      let isKnown = unknownClasses.isEmpty
      return small.values + [
        all.objects > 0
          ? .real(100 * Double(small.objects) / Double(all.objects)) : .null,
        isKnown ? .bytes(padding) : .null, isKnown ? .bytes(overhead) : .null,
      ]
    }
  }

  /// Those of one group follow one another.
  static func groups(of usages: [SmallUsage], by grouping: SmallGrouping) -> [SmallGroup] {
    usages.reduce(into: []) { groups, usage in
      let last = groups.last?.usage
      let isSame =
        grouping != .class && last?.bucket == usage.bucket && last?.prefix == usage.prefix
        && last?.origin == usage.origin
      if !isSame || last == nil { groups.append(SmallGroup(usage: usage)) }
      groups[groups.count - 1].sum.add(usage)
    }
  }
}

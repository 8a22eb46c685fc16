internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// Calls `body` for each part of what is followed, with what it held at these points of its bucket, which are
  /// in order.
  ///
  /// Classes and prefixes come in the order of their names, one after another. Classes are known of whole
  /// buckets alone: of a prefix there are none.
  package func forEachSeries(
    of keys: FollowedKeys, by kind: SeriesKind, at points: [UsagePoint],
    _ body: (UsageSeries) throws -> Void
  ) throws {
    switch kind {
    case .whole where keys.prefix.isStart:
      try body(
        UsageSeries(prefix: .start, usage: points.map(\.usage), start: points.isEmpty ? 1 : 0))
    case .whole: try body(try series(of: keys.prefix, in: keys.bucket.id, at: points))
    case .classes: try forEachClass(of: keys, at: points, body)
    case .prefixes: try forEachPrefix(of: keys, at: points, body)
    }
  }

  // MARK: - Classes

  private func forEachClass(
    of keys: FollowedKeys, at points: [UsagePoint], _ body: (UsageSeries) throws -> Void
  ) throws {
    guard keys.prefix.isStart, let first = points.first, let last = points.last else { return }
    var classes: [Int64: [Usage?]] = [:]
    let places = Dictionary(
      points.indices.map { (points[$0].at.millisecondsSinceEpoch, $0) }
    ) { first, _ in first }
    // The first point may be long before the others: what lies between is not read.
    let runs = [first.at...first.at] + (points.count > 1 ? [points[1].at...last.at] : [])
    for run in runs {
      try connection.withStatement(Self.selectClassHistory) { rows in
        try rows.bind([
          .integer(keys.bucket.id), .integer(run.lowerBound.millisecondsSinceEpoch),
          .integer(run.upperBound.millisecondsSinceEpoch),
        ])
        while try rows.step() {
          guard let place = places[rows.int64(at: 0)] else { continue }
          classes[rows.int64(at: 1), default: points.map { _ in Usage() }][place] = Usage(
            objects: rows.int64(at: 2), bytes: rows.int64(at: 3))
        }
      }
    }
    let names = try storageClassNames()
    let named = classes.map { (name: names[$0.key] ?? "", usage: $0.value) }
    for (name, usage) in named.sorted(by: { $0.name < $1.name }) {
      try body(UsageSeries(prefix: .start, storageClass: name, usage: usage, start: 0))
    }
  }

  private static let selectClassHistory = """
    SELECT at_ms, storage_class_id, objects, bytes FROM usage_history
    WHERE bucket_id = ?1 AND at_ms BETWEEN ?2 AND ?3
    """

  // MARK: - Prefixes

  /// One prefix.
  private func series(
    of prefix: Key, in bucketID: Int64, at points: [UsagePoint]
  ) throws -> UsageSeries {
    var builder = SeriesBuilder(points, depth: prefix.depth)
    builder.begin(prefix)
    let end = points.last?.at.millisecondsSinceEpoch ?? .min
    try connection.withStatement(Self.selectPrefixHistory) { rows in
      try rows.bind([
        .integer(bucketID), .integer(Int64(prefix.depth)), .text(prefix.bytes), .integer(end),
      ])
      while try rows.step() { builder.add(Usage(row: rows, at: 1), at: rows.int64(at: 0)) }
    }
    return builder.end()
  }

  private static let selectPrefixHistory = """
    SELECT at_ms, objects, bytes FROM prefix_usage_history
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix = ?3 AND at_ms <= ?4 ORDER BY at_ms
    """

  private func forEachPrefix(
    of keys: FollowedKeys, at points: [UsagePoint], _ body: (UsageSeries) throws -> Void
  ) throws {
    let interval = KeyInterval(prefix: keys.prefix)
    let depth = keys.depth + 1
    let end = points.last?.at.millisecondsSinceEpoch ?? .min
    var builder = SeriesBuilder(points, depth: depth)
    try connection.withStatement(Self.selectLevelHistory) { rows in
      try rows.bind([
        .integer(keys.bucket.id), .integer(Int64(depth)), .text(interval.lower.bytes),
        interval.upperBound,
      ])
      var hasBegun = false
      while try rows.step() {
        let isAnother = rows.withText(at: 0) { !hasBegun || !builder.prefix.bytes.equals($0) }
        if isAnother {
          if hasBegun { try body(builder.end()) }
          builder.begin(Key(rows.bytes(at: 0)))
          hasBegun = true
        }
        let at = rows.int64(at: 1)
        if at <= end { builder.add(Usage(row: rows, at: 2), at: at) }
      }
      if hasBegun { try body(builder.end()) }
    }
  }

  private static let selectLevelHistory = """
    SELECT prefix, at_ms, objects, bytes FROM prefix_usage_history
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix >= ?3 AND prefix < ?4
    ORDER BY prefix, at_ms
    """
}

/// Makes of a prefix's rows, each of which counts until the next one, its values at some points.
private struct SeriesBuilder {
  private let points: [UsagePoint]
  private let depth: Int
  private(set) var prefix = Key.start
  private var usage: [Usage?] = []
  /// What the last row says; nil before one.
  private var last: Usage??
  private var start: Int?

  init(_ points: [UsagePoint], depth: Int) {
    self.points = points
    self.depth = depth
    usage.reserveCapacity(points.count)
  }

  mutating func begin(_ prefix: Key) {
    self.prefix = prefix
    usage.removeAll(keepingCapacity: true)
    last = nil
    start = nil
  }

  /// Takes the next row: the points before it are as the one before says.
  mutating func add(_ usage: Usage?, at: Int64) {
    fill { $0.at.millisecondsSinceEpoch < at }
    last = .some(usage)
  }

  mutating func end() -> UsageSeries {
    fill { _ in true }
    return UsageSeries(prefix: prefix, usage: usage, start: start ?? points.count)
  }

  private mutating func fill(while isBefore: (UsagePoint) -> Bool) {
    while usage.count < points.count, isBefore(points[usage.count]) {
      let point = points[usage.count]
      if last != nil, start == nil { start = usage.count }
      let known = last.flatMap(\.self) ?? point.usageWithoutRow(depth: depth)
      usage.append(point.knows(depth) ? known : nil)
    }
  }
}

extension [UInt8] {
  fileprivate func equals(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}

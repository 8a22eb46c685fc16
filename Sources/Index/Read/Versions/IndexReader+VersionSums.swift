internal import SQLite
internal import Vocabulary

/// A question about noncurrent versions and delete markers.
package struct VersionQuestion: Sendable {
  package var filter: ObjectFilter
  package var grouping = VersionGrouping.bucket
  /// Levels of prefixes.
  package var depth = 1
  /// Whether the stacks of single keys are read, for `VersionSums.details`.
  package var wantsDetails = false
  /// At most so many keys, those with the most bytes.
  package var keysMax = 20

  package init(_ filter: ObjectFilter) { self.filter = filter }

  /// The sum of nothing.
  var nothing: VersionSums {
    var sums = VersionSums()
    if wantsDetails { sums.details = VersionDetails() }
    return sums
  }
}

extension IndexReader {
  /// Sums the noncurrent versions and delete markers that pass the filter.
  ///
  /// Whole buckets, their classes and kept prefixes come from rollups unless details are wanted. Buckets
  /// whose versions were never listed have rows without sums.
  package func versionSums(_ question: VersionQuestion) throws -> VersionTable {
    var filter = question.filter
    filter.entries = .noncurrent
    let resolved = try resolve(filter)
    switch question.grouping {
    case .bucket where question.wantsDetails: return try detailsByBucket(question, resolved)
    case .bucket: return VersionTable(rows: try versionsByBucket(question, resolved))
    case .prefix: return VersionTable(rows: try versionsByPrefix(question, resolved))
    case .class: return VersionTable(rows: try versionsByClass(question, resolved))
    case .key: return VersionTable(rows: try versionsByKey(question, resolved))
    }
  }

  private func versionsByBucket(
    _ question: VersionQuestion, _ resolved: ResolvedFilter
  ) throws -> [VersionRow] {
    try resolved.buckets.map { bucket in
      var row = VersionRow(bucket)
      guard !bucket.freshness.isUnknown else { return row }
      var sums = question.nothing
      if resolved.needsScan {
        for run in resolved.runs(of: bucket) {
          try scanStacks(run, question, resolved) { _, sum, _ in sums += sum }
        }
      } else {
        sums.usage = resolved.rolledUpUsage(of: bucket)
        sums.markers = question.filter.passesMarkers ? bucket.other.markers : 0
      }
      row.sums = sums
      return row
    }
  }

  private func detailsByBucket(
    _ question: VersionQuestion, _ resolved: ResolvedFilter
  ) throws -> VersionTable {
    let runs = resolved.runs.filter { !$0.bucket.freshness.isUnknown }
    var sums: [Int64: VersionSums] = [:]
    // By bucket, and under nil all of them.
    var medians = MedianSearches<Int64?>()
    for run in runs {
      let id = run.bucket.id
      try scanStacks(run, question, resolved) { _, sum, agesMs in
        sums[id, default: question.nothing] += sum
        medians.add(agesMs, to: id)
        medians.add(agesMs, to: nil)
      }
      try scanLonelyObjects(run, resolved.condition) { _ in
        sums[id, default: question.nothing] += .lonelyObject
      }
    }
    while medians.narrow() {
      for run in runs {
        try scanStacks(run, question, resolved) { _, _, agesMs in
          medians.add(agesMs, to: run.bucket.id)
          medians.add(agesMs, to: nil)
        }
      }
    }
    var table = VersionTable(
      rows: resolved.buckets.map { bucket in
        var row = VersionRow(bucket)
        guard !bucket.freshness.isUnknown else { return row }
        row.sums = sums[bucket.id] ?? question.nothing
        row.sums?.details?.ageMedianMs = medians.median(of: bucket.id)
        return row
      })
    table.total?.details?.ageMedianMs = medians.median(of: nil)
    return table
  }

  private func versionsByClass(
    _ question: VersionQuestion, _ resolved: ResolvedFilter
  ) throws -> [VersionRow] {
    var sums: [String: Usage] = [:]
    var markers: Int64 = 0
    let known = resolved.buckets.filter { !$0.freshness.isUnknown }
    if resolved.needsScan {
      let runs = known.flatMap { resolved.runs(of: $0) }
      for sum in try sumsByClass(runs, resolved.condition) { sums[sum.storageClass] = sum.usage }
      for run in runs where question.filter.passesMarkers {
        markers += try countMarkers(run, resolved.condition)
      }
    } else {
      for sum in known.flatMap(\.classes) where resolved.wants(sum.storageClass) {
        sums[sum.storageClass, default: Usage()] += sum.usage
      }
      if question.filter.passesMarkers { markers = known.map(\.other.markers).saturatedSum() }
    }
    let rows = sums.sorted { $0.key < $1.key }.map { name, usage in
      VersionRow(
        group: Key(name), sums: VersionSums(usage: usage, markers: 0),
        freshness: resolved.freshness)
    }
    guard markers > 0 else { return rows }
    return rows + [
      VersionRow(
        sums: VersionSums(usage: Usage(), markers: markers), freshness: resolved.freshness)
    ]
  }

  private func versionsByPrefix(
    _ question: VersionQuestion, _ resolved: ResolvedFilter
  ) throws -> [VersionRow] {
    let keptDepth = Int(try IndexSetting.prefixDepth.number(in: connection, path: path))
    return try resolved.runs.flatMap { run -> [VersionRow] in
      let start = run.keys.lower
      guard !run.bucket.freshness.isUnknown else {
        return [VersionRow(run, start, nil)]
      }
      let slashes = start.bytes.count { $0 == UInt8(ascii: "/") }
      let endsAtSlash = start.isStart || start.bytes.last == UInt8(ascii: "/")
      let canUseRollups =
        resolved.looksAtPrefixesOnly && !question.wantsDetails && endsAtSlash
        && slashes + question.depth <= keptDepth
      let sums =
        canUseRollups
        ? try rolledUpVersions(run, slashes: slashes, depth: question.depth)
        : try scannedVersions(run, question, resolved)
      return sums.map { VersionRow(run, $0.prefix, $0.sums) }
    }
  }

  private func rolledUpVersions(
    _ run: BucketRun, slashes: Int, depth: Int
  ) throws -> [(prefix: Key, sums: VersionSums)] {
    let depths = run.isWholeBucket ? 1..<1 + depth : slashes..<slashes + 1 + depth
    var rows: [(prefix: Key, sums: VersionSums)] = []
    for depth in depths {
      rows += try connection.all(
        Self.selectPrefixVersions, .integer(run.bucket.id), .integer(Int64(depth)),
        .text(run.keys.lower.bytes), run.keys.upperBound
      ) { row in
        (
          Key(row.bytes(at: 0)),
          VersionSums(
            usage: Usage(objects: row.int64(at: 1), bytes: row.int64(at: 2)),
            markers: row.int64(at: 3))
        )
      }
    }
    rows.sort { $0.prefix < $1.prefix }
    if run.isWholeBucket {
      rows.insert(
        (.start, VersionSums(usage: run.bucket.usage, markers: run.bucket.other.markers)), at: 0)
    } else if rows.first?.prefix != run.keys.lower {
      rows.insert((run.keys.lower, VersionSums()), at: 0)
    }
    return rows
  }

  private func scannedVersions(
    _ run: BucketRun, _ question: VersionQuestion, _ resolved: ResolvedFilter
  ) throws -> [(prefix: Key, sums: VersionSums)] {
    let start = run.keys.lower
    func prefixes(_ key: Key) -> [Key] {
      [start]
        + Self.slashes(of: key, from: start.bytes.count).prefix(question.depth).map {
          Key(Array(key.bytes[...$0]))
        }
    }
    var sums = [start: question.nothing]
    func add(_ sum: VersionSums, of prefixes: [Key]) {
      for prefix in prefixes { sums[prefix, default: VersionSums()] += sum }
    }
    var medians = MedianSearches<Key>()
    try scanStacks(run, question, resolved) { key, sum, agesMs in
      let prefixes = prefixes(key)
      add(sum, of: prefixes)
      guard question.wantsDetails else { return }
      for prefix in prefixes { medians.add(agesMs, to: prefix) }
    }
    if question.wantsDetails {
      try scanLonelyObjects(run, resolved.condition) { add(.lonelyObject, of: prefixes($0)) }
    }
    while medians.narrow() {
      try scanStacks(run, question, resolved) { key, _, agesMs in
        for prefix in prefixes(key) { medians.add(agesMs, to: prefix) }
      }
    }
    return sums.filter { $0.key == start || $0.value.hasOldEntries }
      .sorted { $0.key < $1.key }.map { prefix, sum in
        var sum = sum
        sum.details?.ageMedianMs = medians.median(of: prefix)
        return (prefix, sum)
      }
  }

  private static func slashes(of key: Key, from start: Int) -> [Int] {
    key.bytes.indices.filter { $0 >= start && key.bytes[$0] == UInt8(ascii: "/") }
  }

  private static let selectPrefixVersions = """
    SELECT prefix, objects, bytes, markers FROM prefix_version_usage
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix >= ?3 AND prefix < ?4
      AND (objects > 0 OR markers > 0)
    ORDER BY prefix
    """
}

extension VersionSums {
  var hasOldEntries: Bool { usage.objects > 0 || markers > 0 }
}

extension VersionRow {
  fileprivate init(_ bucket: BucketSummary) {
    self.init(bucket: bucket.name, freshness: bucket.freshness, origin: bucket.origin)
  }

  fileprivate init(_ run: BucketRun, _ prefix: Key, _ sums: VersionSums?) {
    self.init(
      bucket: run.bucket.name, group: prefix, sums: sums,
      freshness: run.bucket.freshness(below: prefix), origin: run.bucket.origin)
  }
}

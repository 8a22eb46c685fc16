internal import SQLite
package import Vocabulary

/// What lies below one prefix.
package struct PrefixRow: Equatable, Sendable {
  package var bucket: String
  package var prefix: Key
  package var usage: Usage
  package var freshness: Freshness
  package var origin: BucketOrigin
}

extension IndexReader {
  /// What lies below the filter's prefix, and below each of its sub-prefixes down to `depth`
  /// levels.
  ///
  /// Each bucket's rows are in order of prefix, the asked prefix itself first. Levels that the
  /// rollups keep are read from them; others are summed from their contiguous run of keys.
  package func prefixUsage(_ filter: ObjectFilter, depth: Int) throws -> [PrefixRow] {
    let resolved = try resolve(filter)
    let keptDepth = Int(try IndexSetting.prefixDepth.number(in: connection, path: path))
    var groups = Groups()
    return try resolved.runs.flatMap { run -> [PrefixRow] in
      let prefix = run.keys.lower
      let slashes = prefix.bytes.count { $0 == UInt8(ascii: "/") }
      let endsAtSlash = prefix.isStart || prefix.bytes.last == UInt8(ascii: "/")
      let canUseRollups =
        resolved.looksAtPrefixesOnly && endsAtSlash && slashes + depth <= keptDepth
      let sums =
        canUseRollups
        ? try rolledUpPrefixes(run, slashes: slashes, depth: depth, resolved.entries)
        : try scannedPrefixes(run, resolved.condition, depth: depth)
      groups += Self.groups(sums)
      try check(groups)
      return sums.map { prefix, usage in
        PrefixRow(
          bucket: run.bucket.name, prefix: prefix, usage: usage,
          freshness: run.bucket.freshness(below: prefix), origin: run.bucket.origin)
      }
    }
  }

  /// What sums are in memory.
  static func groups(_ sums: [(prefix: Key, usage: Usage)]) -> Groups {
    Groups(count: sums.count, nameBytes: sums.reduce(0) { $0 + $1.prefix.bytes.count })
  }

  /// The rolled-up sums at one depth among these keys, in order of prefix.
  func prefixSums(
    of bucket: BucketSummary, keys: KeyInterval, depth: Int, _ entries: Entries
  ) throws -> [(prefix: Key, usage: Usage)] {
    let objects =
      entries == .noncurrent
      ? [] : try prefixSums(Self.selectPrefixes, of: bucket, keys: keys, depth: depth)
    guard entries != .current else { return objects }
    let versions = try prefixSums(Self.selectVersionPrefixes, of: bucket, keys: keys, depth: depth)
    return (objects + versions).reduce(into: [Key: Usage]()) {
      $0[$1.prefix, default: Usage()] += $1.usage
    }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func prefixSums(
    _ sql: String, of bucket: BucketSummary, keys: KeyInterval, depth: Int
  ) throws -> [(prefix: Key, usage: Usage)] {
    var groups = Groups()
    return try connection.all(
      sql, .integer(bucket.id), .integer(Int64(depth)), .text(keys.lower.bytes),
      keys.upperBound
    ) { row in
      let prefix = Key(row.bytes(at: 0))
      groups += Groups(count: 1, nameBytes: prefix.bytes.count)
      try check(groups)
      return (prefix, Usage(objects: row.int64(at: 1), bytes: row.int64(at: 2)))
    }
  }

  /// What lies below one prefix of a bucket: from the rollups where they keep its level, else key by key.
  package func usage(of bucket: BucketSummary, below prefix: Key) throws -> Usage {
    guard !prefix.isStart else { return bucket.usage }
    let keys = KeyInterval(prefix: prefix)
    let keptDepth = Int(try IndexSetting.prefixDepth.number(in: connection, path: path))
    if prefix.bytes.last == UInt8(ascii: "/"), prefix.depth <= keptDepth {
      let sums = try prefixSums(of: bucket, keys: keys, depth: prefix.depth, .current)
      return sums.first?.usage ?? Usage()
    }
    return try usage(
      of: BucketRun(bucket: bucket, keys: keys),
      ObjectCondition(ObjectFilter(), storageClassIDs: nil))
  }

  private func rolledUpPrefixes(
    _ run: BucketRun, slashes: Int, depth: Int, _ entries: Entries
  ) throws -> [(prefix: Key, usage: Usage)] {
    let own =
      run.isWholeBucket
      ? [(.start, Usage(objects: run.bucket.objects, bytes: run.bucket.bytes))]
      : try prefixSums(of: run.bucket, keys: run.keys, depth: slashes, entries)
    let below = try (slashes + 1..<slashes + 1 + depth).flatMap {
      try prefixSums(of: run.bucket, keys: run.keys, depth: $0, entries)
    }
    let top = own.isEmpty ? [(run.keys.lower, Usage())] : own
    return top + below.sorted { $0.prefix < $1.prefix }
  }

  private func scannedPrefixes(
    _ run: BucketRun, _ condition: ObjectCondition, depth: Int
  ) throws -> [(prefix: Key, usage: Usage)] {
    var sums = PrefixSums(start: run.keys.lower.bytes.count, depth: depth)
    try scan(run, condition, into: &sums)
    let all = sums.inOrder()
    return [(run.keys.lower, all.total)] + all.below
  }

  func scan(_ run: BucketRun, _ condition: ObjectCondition, into sums: inout PrefixSums) throws {
    try scan(.sizeAndKey, run, condition) { row in
      let size = row.int64(at: ScanColumns.sizeColumn)
      row.withText(at: ScanColumns.otherColumn) { sums.add($0, size) }
      try check(sums.groups)
      return true
    }
  }

  private static let selectVersionPrefixes = """
    SELECT prefix, objects, bytes FROM prefix_version_usage
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix >= ?3 AND prefix < ?4 AND objects > 0
    ORDER BY prefix
    """

  private static let selectPrefixes = """
    SELECT prefix, objects, bytes FROM prefix_usage
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix >= ?3 AND prefix < ?4
    ORDER BY prefix
    """
}

internal import SQLite
package import Vocabulary

/// What totals are summed by.
package enum Grouping: String, CaseIterable, Sendable {
  case bucket, region, `class`, prefix, `extension`, age, size
}

/// One sum of an answer.
package struct TotalsRow: Equatable, Sendable {
  /// What the sum is about, one text for each column of the grouping; a prefix comes with its
  /// bucket.
  package var group: [Key]
  package var usage: Usage
  package var freshness: Freshness
}

extension IndexReader {
  /// Sums the objects that pass the filter; by nothing, one row.
  ///
  /// Whole buckets come from rollups. A group's freshness is that of every bucket that could hold
  /// more of it.
  package func totals(
    by grouping: Grouping?, _ filter: ObjectFilter, now: Timestamp
  ) throws -> [TotalsRow] {
    let resolved = try resolve(filter)
    switch grouping {
    case nil:
      let sum = try usagePerBucket(resolved).reduce(into: Usage()) { $0 += $1.usage }
      return [TotalsRow(group: [], usage: sum, freshness: Freshness(of: resolved.buckets))]
    case .bucket:
      return try usagePerBucket(resolved).map { bucket, usage in
        TotalsRow(group: [Key(bucket.name)], usage: usage, freshness: bucket.freshness)
      }
    case .region: return try totalsByRegion(resolved)
    case .prefix: return try totalsByPrefix(resolved)
    case .class where !resolved.needsScan: return totalsByClassFromRollups(resolved)
    case .class:
      let names = try storageClassNames()
      return try sums(resolved) { $0.int64(at: ScanColumn.storageClassID) }
        .rows(of: resolved) { names[$0] ?? "" }
    case .extension:
      return try sums(resolved) { row in
        Vocabulary.Key(row.withText(at: ScanColumn.key, keyExtension))
      }.rows(of: resolved, label: \.text)
    case .age:
      return try sums(resolved) { row in
        AgeBin(now.millisecondsSinceEpoch - row.int64(at: ScanColumn.lastModifiedMs))
      }.rows(of: resolved, label: \.label)
    case .size:
      return try sums(resolved) { SizeBin($0.int64(at: ScanColumn.size)) }
        .rows(of: resolved, label: \.label)
    }
  }

  private func usagePerBucket(
    _ resolved: ResolvedFilter
  ) throws -> [(bucket: BucketSummary, usage: Usage)] {
    try resolved.buckets.map { bucket in
      guard resolved.needsScan else { return (bucket, resolved.rolledUpUsage(of: bucket)) }
      var sum = Usage()
      for run in resolved.runs where run.bucket.id == bucket.id {
        sum += try usage(of: run, resolved.condition)
      }
      return (bucket, sum)
    }
  }

  /// Sums one run of keys by reading it.
  func usage(of run: BucketRun, _ condition: ObjectCondition) throws -> Usage {
    try connection.withStatement(
      "SELECT count(*), coalesce(sum(size), 0) FROM object WHERE \(condition.sql)"
    ) { statement in
      try condition.bind(run, to: &statement)
      return try statement.step()
        ? Usage(objects: statement.int64(at: 0), bytes: statement.int64(at: 1)) : Usage()
    }
  }

  private func totalsByRegion(_ resolved: ResolvedFilter) throws -> [TotalsRow] {
    let perBucket = try usagePerBucket(resolved)
    let regions = Dictionary(grouping: perBucket) { $0.bucket.region ?? "" }
    return regions.sorted { $0.key < $1.key }.map { region, sums in
      TotalsRow(
        group: [Key(region)], usage: sums.reduce(into: Usage()) { $0 += $1.usage },
        freshness: Freshness(of: sums.map(\.bucket)))
    }
  }

  private func totalsByClassFromRollups(_ resolved: ResolvedFilter) -> [TotalsRow] {
    var sums: [String: Usage] = [:]
    for sum in resolved.buckets.flatMap(\.classes) where resolved.wants(sum.storageClass) {
      sums[sum.storageClass, default: Usage()] += Usage(objects: sum.objects, bytes: sum.bytes)
    }
    let freshness = Freshness(of: resolved.buckets)
    return sums.sorted { $0.key < $1.key }.map { name, usage in
      TotalsRow(group: [Key(name)], usage: usage, freshness: freshness)
    }
  }

  /// One row a bucket and first-level prefix; objects above any prefix are the row with the empty
  /// one.
  private func totalsByPrefix(_ resolved: ResolvedFilter) throws -> [TotalsRow] {
    var rows: [TotalsRow] = []
    for bucket in resolved.buckets {
      let runs = resolved.runs.filter { $0.bucket.id == bucket.id }
      let canUseRollups = !resolved.needsScan && resolved.storageClasses == nil
      var sums =
        canUseRollups
        ? try prefixSums(of: bucket, keys: KeyInterval(prefix: .start), depth: 1)
        : try scannedPrefixSums(runs, resolved.condition)
      if canUseRollups {
        let below = sums.reduce(into: Usage()) { $0 += $1.usage }
        let above = Usage(
          objects: bucket.objects - below.objects, bytes: bucket.bytes - below.bytes)
        if above.objects > 0 { sums.insert((.start, above), at: 0) }
      }
      rows += sums.map { prefix, usage in
        TotalsRow(
          group: [Key(bucket.name), prefix], usage: usage, freshness: bucket.freshness)
      }
    }
    return rows
  }

  private func scannedPrefixSums(
    _ runs: [BucketRun], _ condition: ObjectCondition
  ) throws -> [(prefix: Key, usage: Usage)] {
    try sums(runs, condition) { row in
      row.withText(at: ScanColumn.key, firstPrefix)
    }.map { (Key($0.key), $0.value) }.sorted { $0.0 < $1.0 }
  }
}

/// The bytes of a key up to and including its first '/'; none when it has no '/'.
private func firstPrefix(of key: Span<UInt8>) -> [UInt8] {
  for index in key.indices where key[index] == UInt8(ascii: "/") {
    return key.extracting(0...index).withUnsafeBufferPointer { Array($0) }
  }
  return []
}

extension IndexReader.ResolvedFilter {
  func wants(_ storageClass: String) -> Bool {
    storageClasses?.contains(storageClass) ?? true
  }

  func rolledUpUsage(of bucket: BucketSummary) -> Usage {
    bucket.classes.filter { wants($0.storageClass) }.reduce(into: Usage()) { sum, part in
      sum += Usage(objects: part.objects, bytes: part.bytes)
    }
  }
}

extension Dictionary where Key: Comparable, Value == Usage {
  /// The sums in order of their group, each with the freshness of everything that was asked about.
  fileprivate func rows(
    of resolved: IndexReader.ResolvedFilter, label: (Key) -> String
  ) -> [TotalsRow] {
    let freshness = Freshness(of: resolved.buckets)
    return sorted { $0.key < $1.key }.map { group, usage in
      TotalsRow(group: [Vocabulary.Key(label(group))], usage: usage, freshness: freshness)
    }
  }
}

extension IndexReader {
  /// The buckets of a filter, with the usage per storage class of what passes it.
  package func bucketUsage(_ filter: ObjectFilter) throws -> [BucketSummary] {
    let resolved = try resolve(filter)
    let names = try storageClassNames()
    return try resolved.buckets.map { bucket in
      var bucket = bucket
      guard resolved.needsScan else {
        bucket.classes.removeAll { !resolved.wants($0.storageClass) }
        return bucket
      }
      let runs = resolved.runs.filter { $0.bucket.id == bucket.id }
      let sums = try sums(runs, resolved.condition) { $0.int64(at: ScanColumn.storageClassID) }
      bucket.classes = sums.map { id, usage in
        ClassUsage(storageClass: names[id] ?? "", objects: usage.objects, bytes: usage.bytes)
      }.sorted { $0.storageClass < $1.storageClass }
      return bucket
    }
  }
}

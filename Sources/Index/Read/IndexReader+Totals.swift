internal import SQLite
package import Vocabulary

/// What totals are summed by.
package enum Grouping: String, CaseIterable, Sendable {
  case bucket, account, region, `class`, prefix, `extension`, age, size
}

/// One sum of an answer.
package struct TotalsRow: Equatable, Sendable {
  /// What the sum is about, one text for each column of the grouping: a prefix comes with its bucket,
  /// an account with its profile.
  package var group: [Key]
  package var usage: Usage
  package var freshness: Freshness
  /// Where the bucket or account of the sum is; nil for a sum over several.
  package var origin: BucketOrigin?
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
      let sum = try usage(resolved)
      return [TotalsRow(group: [], usage: sum, freshness: resolved.freshness)]
    case .bucket:
      return try usagePerBucket(resolved).map { bucket, usage in
        TotalsRow(
          group: [Key(bucket.name)], usage: usage, freshness: bucket.freshness,
          origin: bucket.origin)
      }
    case .account: return try totalsByAccount(resolved)
    case .region: return try totalsByRegion(resolved)
    case .prefix: return try totalsByPrefix(resolved)
    case .class where !resolved.needsScan: return totalsByClassFromRollups(resolved)
    case .class:
      return resolved.rows(
        try sumsByClass(resolved.parts, resolved.condition).map { (Key($0.storageClass), $0.usage) }
      )
    case .extension: return resolved.rows(try sumsByExtension(resolved))
    case .age:
      let now = now.millisecondsSinceEpoch
      return resolved.rows(
        try sums(in: .ages, .sizeAndTime, resolved) { row in
          now.minus(row.int64(at: ScanColumns.otherColumn))
        })
    case .size:
      return resolved.rows(
        try sums(in: .sizes, .size, resolved) { $0.int64(at: ScanColumns.sizeColumn) })
    }
  }

  private func usage(_ resolved: ResolvedFilter) throws -> Usage {
    let sums =
      if resolved.needsScan {
        try largeUsage(resolved) ?? resolved.parts.map { try usage(of: $0, resolved.condition) }
      } else {
        resolved.buckets.map { resolved.rolledUpUsage(of: $0) }
      }
    return sums.reduce(into: Usage()) { $0 += $1 }
  }

  private func usagePerBucket(
    _ resolved: ResolvedFilter
  ) throws -> [(bucket: BucketSummary, usage: Usage)] {
    guard resolved.needsScan else {
      return resolved.buckets.map { ($0, resolved.rolledUpUsage(of: $0)) }
    }
    let sums =
      try largeUsage(resolved) ?? resolved.runs.map { try usage(of: $0, resolved.condition) }
    return resolved.buckets.map { bucket in
      let own = zip(resolved.runs, sums).filter { $0.0.bucket.id == bucket.id }
      return (bucket, own.reduce(into: Usage()) { $0 += $1.1 })
    }
  }

  /// Sums one run of keys, or for nil all objects, by reading it.
  func usage(of run: BucketRun?, _ condition: ObjectCondition) throws -> Usage {
    try SaturatingSQL.trying { sum in
      try condition.sources(for: run).reduce(into: Usage()) { total, source in
        total += try connection.withStatement(
          "SELECT count(*), \(sum.text(of: "size")) FROM \(source)"
        ) { statement in
          try condition.bind(run, to: &statement)
          return try statement.step()
            ? Usage(objects: statement.int64(at: 0), bytes: statement.int64(at: 1)) : Usage()
        }
      }
    }
  }

  /// The sums of the bins that hold anything.
  private func sums(
    in bins: Bins, _ columns: ScanColumns, _ resolved: ResolvedFilter,
    by value: (borrowing Statement) -> Int64
  ) throws -> [(Key, Usage)] {
    let sums = try sums(columns, resolved.parts, resolved.condition, count: bins.count) { row in
      bins.number(of: value(row))
    }
    return sums.enumerated().filter { !$1.isZero }.map { (Key(bins.label(of: $0)), $1) }
  }

  private func sumsByExtension(_ resolved: ResolvedFilter) throws -> [(Key, Usage)] {
    var sums = ExtensionSums()
    for run in resolved.parts {
      try scan(.sizeAndKey, run, resolved.condition) { row in
        let size = row.int64(at: ScanColumns.sizeColumn)
        row.withText(at: ScanColumns.otherColumn) { sums.add(FileExtension(ofKey: $0), size) }
        try check(Groups(count: sums.count))
        return true
      }
    }
    return sums.inOrder()
  }

  private func totalsByRegion(_ resolved: ResolvedFilter) throws -> [TotalsRow] {
    let groups = Dictionary(grouping: try usagePerBucket(resolved)) { $0.bucket.region ?? "" }
    return groups.sorted { $0.key < $1.key }.map { region, sums in
      TotalsRow(group: [Key(region)], sum: sums, lacking: resolved.gaps)
    }
  }

  /// In order of name, profile and endpoint.
  ///
  /// Servers name the same owner for accounts that are not the same, so the row decides. Buckets
  /// without a known account are one group for each server.
  private func totalsByAccount(_ resolved: ResolvedFilter) throws -> [TotalsRow] {
    let groups = Dictionary(grouping: try usagePerBucket(resolved)) { sum in
      AccountGroup(id: sum.bucket.account?.id, endpoint: sum.bucket.endpoint)
    }
    let rows = groups.map { group, sums in
      let account = sums.first?.bucket.account
      let names = [account?.name ?? "", account?.identity.profile ?? ""]
      let gaps = resolved.gaps.filter { gap in
        gap.endpoint == group.endpoint && (gap.accountID == group.id || gap.accountID == nil)
      }
      var row = TotalsRow(group: names.map { Key($0) }, sum: sums, lacking: gaps)
      row.origin = BucketOrigin(account: account?.name, endpoint: group.endpoint)
      return (order: names + [group.endpoint], row: row)
    }
    return rows.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map(\.row)
  }

  private struct AccountGroup: Hashable {
    var id: Int64?
    var endpoint: String
  }

  private func totalsByClassFromRollups(_ resolved: ResolvedFilter) -> [TotalsRow] {
    var sums: [String: Usage] = [:]
    for sum in resolved.buckets.flatMap(\.classes) where resolved.wants(sum.storageClass) {
      sums[sum.storageClass, default: Usage()] += sum.usage
    }
    return resolved.rows(sums.sorted { $0.key < $1.key }.map { (Key($0.key), $0.value) })
  }

  /// One row a bucket and first-level prefix; objects above any prefix are the row with the empty
  /// one.
  private func totalsByPrefix(_ resolved: ResolvedFilter) throws -> [TotalsRow] {
    var rows: [TotalsRow] = []
    var groups = Groups()
    for bucket in resolved.buckets {
      let canUseRollups = !resolved.needsScan && resolved.storageClasses == nil
      var sums =
        canUseRollups
        ? try prefixSums(
          of: bucket, keys: KeyInterval(prefix: .start), depth: 1, resolved.entries)
        : try scannedPrefixSums(resolved.runs(of: bucket), resolved.condition)
      if canUseRollups {
        let below = sums.reduce(into: Usage()) { $0 += $1.usage }
        let above = bucket.usage - below
        if above.objects > 0 { sums.insert((.start, above), at: 0) }
      }
      groups += Self.groups(sums)
      try check(groups)
      rows += sums.map { prefix, usage in
        TotalsRow(
          group: [Key(bucket.name), prefix], usage: usage,
          freshness: bucket.freshness(below: prefix),
          origin: bucket.origin)
      }
    }
    return rows
  }

  private func scannedPrefixSums(
    _ runs: [BucketRun], _ condition: ObjectCondition
  ) throws -> [(prefix: Key, usage: Usage)] {
    var sums = PrefixSums(start: 0, depth: 1)
    for run in runs { try scan(run, condition, into: &sums) }
    let all = sums.inOrder()
    let below = all.below.reduce(into: Usage()) { $0 += $1.usage }
    let above = all.total - below
    return (above.isZero ? [] : [(.start, above)]) + all.below
  }
}

extension TotalsRow {
  /// The sum over some buckets.
  fileprivate init(
    group: [Key], sum: [(bucket: BucketSummary, usage: Usage)], lacking gaps: [AccountGap]
  ) {
    self.init(
      group: group, usage: sum.reduce(into: Usage()) { $0 += $1.usage },
      freshness: Freshness(of: sum.map(\.bucket), lacking: gaps))
  }
}

extension IndexReader.ResolvedFilter {
  /// That of everything that was asked about.
  var freshness: Freshness {
    emptySince.map { Freshness(state: .complete, syncedAt: $0) }
      ?? Freshness(of: buckets, lacking: gaps)
  }

  func wants(_ storageClass: String) -> Bool {
    storageClasses?.contains(storageClass) ?? true
  }

  func rolledUpUsage(of bucket: BucketSummary) -> Usage {
    bucket.classes.filter { wants($0.storageClass) }.reduce(into: Usage()) { $0 += $1.usage }
  }

  /// These sums, each with the freshness of everything that was asked about.
  fileprivate func rows(_ sums: [(group: Key, usage: Usage)]) -> [TotalsRow] {
    let freshness = freshness
    return sums.map { TotalsRow(group: [$0.group], usage: $0.usage, freshness: freshness) }
  }
}

extension IndexReader {
  /// The buckets of a filter, with the usage per storage class of what passes it.
  package func bucketUsage(_ filter: ObjectFilter) throws -> [BucketSummary] {
    let resolved = try resolve(filter)
    return try resolved.buckets.map { bucket in
      var bucket = bucket
      guard resolved.needsScan else {
        bucket.classes.removeAll { !resolved.wants($0.storageClass) }
        return bucket
      }
      bucket.classes = try sumsByClass(resolved.runs(of: bucket), resolved.condition)
      return bucket
    }
  }
}

internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// What is stored of what passes a filter, in these states: a part for each bucket and state.
  ///
  /// Whole buckets and their classes come from rollups; uploads are read, for there are few.
  ///
  /// - Throws: as `buckets(matching:ofAccounts:inRegions:)`.
  package func stored(
    _ filter: ObjectFilter, _ states: [StoredState] = StoredState.allCases,
    by grain: StoredGrain = .classes
  ) throws -> [StoredPart] {
    try states.flatMap { state in
      var filter = filter
      filter.entries = state.entries
      let resolved = try resolve(filter)
      // Most buckets have none: they are not looked at one by one.
      let uploading = state == .uploads ? try bucketsWithUploads() : []
      return try resolved.buckets.map { bucket in
        var part = StoredPart(bucket: bucket, state: state, rows: [])
        guard !part.isUnknown else { return part }
        if state == .uploads, !uploading.contains(bucket.id) {
          part.markers = 0
          return part
        }
        part.rows = try rows(of: bucket, state, resolved, grain)
        part.markers = state == .noncurrent ? markers(of: bucket, filter, resolved) : 0
        return part
      }
    }
  }

  private func rows(
    of bucket: BucketSummary, _ state: StoredState, _ resolved: ResolvedFilter,
    _ grain: StoredGrain
  ) throws -> [StoredUsage] {
    if state == .uploads { return try uploads(of: bucket, resolved, grain) }
    switch grain {
    case .classes:
      let classes =
        try resolved.needsScan
        ? sumsByClass(resolved.runs(of: bucket), resolved.condition) : bucket.classes
      return classes.filter { !$0.usage.isZero && resolved.wants($0.storageClass) }.map {
        StoredUsage($0.storageClass, $0.usage, small: $0.small)
      }
    case .prefixes:
      return try resolved.runs(of: bucket).flatMap { try storedByPrefix($0, resolved.condition) }
    case .ages(let daysMax):
      return try storedByAge(resolved.runs(of: bucket), resolved.condition, daysMax)
    }
  }

  private func markers(
    of bucket: BucketSummary, _ filter: ObjectFilter, _ resolved: ResolvedFilter
  ) -> Int64? {
    resolved.needsScan || !filter.passesMarkers ? nil : bucket.other.markers
  }

  /// In key order the keys of one first level follow one another.
  private func storedByPrefix(
    _ run: BucketRun, _ condition: ObjectCondition
  ) throws -> [StoredUsage] {
    let names = try storageClassNames()
    var prefix: [UInt8]?
    var sums = ClassSums()
    // Keys without a level stand between those with one: theirs is a sum of its own.
    var own = ClassSums()
    func take(_ sums: inout ClassSums, below prefix: [UInt8]) -> [StoredUsage] {
      defer { sums = ClassSums() }
      return sums.rows(names).map { row in
        var row = row
        row.prefix = Key(prefix)
        return row
      }
    }
    var all: [StoredUsage] = []
    try scan(.sizeClassAndKey, run, condition) { row in
      let (size, id) = (
        row.int64(at: ScanColumns.sizeColumn), row.int64(at: ScanColumns.otherColumn)
      )
      row.withText(at: ScanColumns.thirdColumn) { key in
        if let known = prefix, key.begins(with: known) { return sums.add(size, of: id) }
        guard let slash = key.indices.first(where: { key[$0] == UInt8(ascii: "/") }) else {
          return own.add(size, of: id)
        }
        if let known = prefix { all += take(&sums, below: known) }
        prefix = key.extracting(0...slash).withUnsafeBufferPointer { Array($0) }
        sums.add(size, of: id)
      }
      return true
    }
    if let known = prefix { all += take(&sums, below: known) }
    return take(&own, below: []) + all
  }

  private func storedByAge(
    _ runs: [BucketRun], _ condition: ObjectCondition, _ daysMax: Int
  ) throws -> [StoredUsage] {
    let names = try storageClassNames()
    let nowMs = now.millisecondsSinceEpoch
    var sums: [Int: ClassSums] = [:]
    for run in runs {
      try scan(.sizeClassAndTime, run, condition) { row in
        let days = nowMs.minus(row.int64(at: ScanColumns.thirdColumn)) / 86_400_000
        sums[Int(max(0, min(days, Int64(daysMax)))), default: ClassSums()].add(
          row.int64(at: ScanColumns.sizeColumn), of: row.int64(at: ScanColumns.otherColumn))
        return true
      }
    }
    return sums.sorted { $0.key < $1.key }.flatMap { days, sums in
      sums.rows(names).map { row in
        var row = row
        row.ageDays = days
        return row
      }
    }
  }

  private func uploads(
    of bucket: BucketSummary, _ resolved: ResolvedFilter, _ grain: StoredGrain
  ) throws -> [StoredUsage] {
    let names = try storageClassNames()
    var rows: [StoredUsage] = []
    for run in resolved.runs(of: bucket) {
      let sql = Self.selectUploads + " " + resolved.condition.sql(for: run)
      try connection.withStatement(sql) { statement in
        try resolved.condition.bind(run, to: &statement)
        while try statement.step() {
          let bytes = statement.optionalInt64(at: 5)
          var row = StoredUsage(
            names[statement.int64(at: 3)] ?? "", Usage(objects: 1, bytes: bytes ?? 0))
          row.unweighed = bytes == nil ? 1 : 0
          switch grain {
          case .classes: break
          case .prefixes: row.prefix = Key(statement.bytes(at: 0)).firstLevel
          case .ages: row.ageDays = 0
          }
          rows.append(row)
        }
      }
    }
    return rows.summed()
  }
}

/// Sums by the number of a class: all, and those of small objects.
private struct ClassSums {
  private var sums: [(id: Int64, all: Usage, small: Usage)] = []

  /// There are a dozen classes: looking through them is quicker than to hash.
  mutating func add(_ size: Int64, of id: Int64) {
    let place = sums.firstIndex { $0.id == id } ?? sums.count
    if place == sums.count { sums.append((id, Usage(), Usage())) }
    sums[place].all.add(size)
    if size < SmallObject.sizeMin { sums[place].small.add(size) }
  }

  func rows(_ names: [Int64: String]) -> [StoredUsage] {
    sums.map { StoredUsage(names[$0.id] ?? "", $0.all, small: $0.small) }
      .sorted { $0.storageClass < $1.storageClass }
  }
}

extension [StoredUsage] {
  /// The same with one row for what differs in nothing but its sums.
  fileprivate func summed() -> [StoredUsage] {
    var sums: [StoredUsage] = []
    for row in self {
      let place = sums.firstIndex {
        $0.storageClass == row.storageClass && $0.prefix == row.prefix && $0.ageDays == row.ageDays
      }
      guard let place else {
        sums.append(row)
        continue
      }
      sums[place].usage += row.usage
      sums[place].unweighed += row.unweighed
    }
    return sums
  }
}

extension Key {
  /// What it begins with up to its first slash; empty without one.
  fileprivate var firstLevel: Key {
    bytes.firstIndex(of: UInt8(ascii: "/")).map { Key(Array(bytes[...$0])) } ?? .start
  }
}

extension Span<UInt8> {
  fileprivate func begins(with prefix: [UInt8]) -> Bool {
    guard prefix.count <= count else { return false }
    return prefix.indices.allSatisfy { prefix[$0] == self[$0] }
  }
}

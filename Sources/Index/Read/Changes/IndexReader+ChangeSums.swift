internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// Sums the changes that pass; a row for each bucket that is asked about, each prefix or class in which
  /// something changed.
  ///
  /// By class an object that moved is removed from one and added to the other, so that a class's objects and bytes
  /// before, and the sums, make those after. `gaps` is what `journalGaps` says of the same question.
  package func changeSums(
    _ question: ChangeQuestion, by grouping: ChangeGrouping, lacking gaps: [JournalGap]
  ) throws -> [ChangeRow] {
    let resolved = try resolve(question)
    switch grouping {
    case .bucket: return try changesByBucket(resolved, gaps)
    case .prefix: return try changesByPrefix(resolved, question.depth, gaps)
    case .class: return try changesByClass(resolved, question)
    }
  }

  private func changesByBucket(
    _ resolved: ResolvedChanges, _ gaps: [JournalGap]
  ) throws -> [ChangeRow] {
    var sums: [Int64: ChangeSums] = [:]
    try scanChanges(resolved) { run, change, _ in
      sums[run.bucket.id, default: ChangeSums()].add(change)
      return true
    }
    return resolved.filter.buckets.map { bucket in
      let isUncertain = gaps.contains { $0.bucket == bucket.address }
      return ChangeRow(
        bucket: bucket.name, sums: sums[bucket.id] ?? (isUncertain ? nil : ChangeSums()),
        freshness: bucket.freshness, origin: bucket.origin)
    }
  }

  private func changesByPrefix(
    _ resolved: ResolvedChanges, _ depth: Int, _ gaps: [JournalGap]
  ) throws -> [ChangeRow] {
    let runs = resolved.filter.runs
    var tables = runs.map { PrefixTable(start: $0.keys.lower, depth: depth) }
    var sums = runs.map { _ in [ChangeSums()] }
    let places = Dictionary(grouping: runs.indices) { runs[$0].bucket.id }
    var groups = Groups()
    try scanChanges(resolved) { run, change, key in
      let place = places[run.bucket.id]?.first { runs[$0].keys == run.keys } ?? 0
      let earlier = tables[place].groups
      let number = tables[place].number(of: key)
      groups.count += tables[place].groups.count - earlier.count
      groups.nameBytes += tables[place].groups.nameBytes - earlier.nameBytes
      try check(groups)
      while sums[place].count <= number { sums[place].append(ChangeSums()) }
      sums[place][number].add(change)
      return true
    }
    return runs.indices.flatMap { place -> [ChangeRow] in
      let (run, table) = (runs[place], tables[place])
      var own = sums[place]
      while own.count < table.prefixes.count { own.append(ChangeSums()) }
      table.passOn { own[$1] += own[$0] }
      let isUncertain = gaps.contains {
        $0.bucket == run.bucket.address && $0.prefix == run.keys.lower
      }
      return table.inOrder.map { number in
        let prefix = table.prefixes[number]
        return ChangeRow(
          bucket: run.bucket.name, prefix: prefix,
          sums: own[number].isZero && isUncertain ? nil : own[number],
          freshness: run.bucket.freshness(below: prefix), origin: run.bucket.origin)
      }
    }
  }

  private func changesByClass(
    _ resolved: ResolvedChanges, _ question: ChangeQuestion
  ) throws -> [ChangeRow] {
    var sums: [Int64?: ChangeSums] = [:]
    func isWanted(_ id: Int64?) -> Bool {
      resolved.classIDs.map { ids in id.map(ids.contains) ?? false } ?? true
    }
    try scanChanges(resolved) { _, change, _ in
      if change.kind == .modified, change.classBefore != change.classAfter {
        if isWanted(change.classBefore) {
          sums[change.classBefore, default: ChangeSums()].addDeparture(change.sizeBefore)
        }
        if isWanted(change.classAfter) {
          sums[change.classAfter, default: ChangeSums()].addArrival(change.sizeAfter)
        }
      } else {
        let id = change.kind == .removed ? change.classBefore : change.classAfter
        sums[id, default: ChangeSums()].add(change)
      }
      return true
    }
    let names = try storageClassNames()
    let freshness = resolved.filter.freshness
    return sums.map { id, sum in
      ChangeRow(storageClass: id.map { names[$0] ?? "" }, sums: sum, freshness: freshness)
    }.sorted { left, right in
      // Those of no known class come last.
      guard let first = left.storageClass else { return false }
      return right.storageClass.map { first < $0 } ?? true
    }
  }
}

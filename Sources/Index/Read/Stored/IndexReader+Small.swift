internal import SQLite
package import Vocabulary

/// What small objects are summed by.
package enum SmallGrouping: String, CaseIterable, Sendable {
  case bucket, prefix, `class`
}

/// The objects of one storage class in one bucket, prefix, or all together, and the small ones among them.
package struct SmallUsage: Equatable, Sendable {
  /// Nil where the sum is over several.
  package var bucket: String?
  package var prefix: Key?
  package var storageClass: String
  package var all: Usage
  /// Those under the size that was asked for.
  package var small: Usage
  /// Those of them that are under 128 KiB too.
  package var tiny: Usage
  package var freshness: Freshness
  package var origin: BucketOrigin?
}

extension IndexReader {
  /// The objects under a size among those that pass a filter, by class within each group; those of one group
  /// follow one another.
  ///
  /// Each bucket has a row, be it empty, and so has each prefix that was asked about. Whole buckets come from sums
  /// that are kept where the size is 128 KiB; all else reads the objects.
  package func small(
    under size: Int64, by grouping: SmallGrouping, depth: Int, _ filter: ObjectFilter
  ) throws -> [SmallUsage] {
    let resolved = try resolve(filter)
    let isKept = size == SmallObject.sizeMin && !resolved.needsScan
    switch grouping {
    case .prefix: return try smallByPrefix(size, depth, resolved)
    case .bucket:
      return try resolved.buckets.flatMap { bucket in
        let sums =
          try isKept
          ? SmallSums(bucket.classes.filter { resolved.wants($0.storageClass) })
          : smallSums(size, resolved.runs(of: bucket), resolved.condition)
        return sums.rows(bucket.freshness, bucket: bucket)
      }
    case .class:
      let kept = resolved.buckets.flatMap(\.classes).filter { resolved.wants($0.storageClass) }
      let sums =
        try isKept ? SmallSums(kept) : smallSums(size, resolved.parts, resolved.condition)
      return sums.rows(resolved.freshness)
    }
  }

  private func smallSums(
    _ size: Int64, _ runs: [BucketRun?], _ condition: ObjectCondition
  ) throws -> SmallSums {
    var sums = NumberedSums(under: size)
    for run in runs {
      try scan(.sizeAndClass, run, condition) { row in
        sums.add(row.int64(at: ScanColumns.sizeColumn), of: row.int64(at: ScanColumns.otherColumn))
        return true
      }
    }
    return sums.named(try storageClassNames())
  }

  private func smallByPrefix(
    _ size: Int64, _ depth: Int, _ resolved: ResolvedFilter
  ) throws -> [SmallUsage] {
    let names = try storageClassNames()
    var earlier = Groups()
    return try resolved.runs.flatMap { run -> [SmallUsage] in
      var table = PrefixTable(start: run.keys.lower, depth: depth)
      var sums = [NumberedSums(under: size)]
      try scan(.sizeClassAndKey, run, resolved.condition) { row in
        let number = row.withText(at: ScanColumns.thirdColumn) { table.number(of: $0) }
        try check(earlier + table.groups)
        while sums.count <= number { sums.append(NumberedSums(under: size)) }
        sums[number].add(
          row.int64(at: ScanColumns.sizeColumn), of: row.int64(at: ScanColumns.otherColumn))
        return true
      }
      earlier += table.groups
      while sums.count < table.prefixes.count { sums.append(NumberedSums(under: size)) }
      table.passOn { sums[$1] += sums[$0] }
      return table.inOrder.flatMap { number -> [SmallUsage] in
        let prefix = table.prefixes[number]
        return sums[number].named(names).rows(
          run.bucket.freshness(below: prefix), bucket: run.bucket, prefix: prefix)
      }
    }
  }
}

/// Sums of one class.
private struct SmallSum {
  var all = Usage()
  var small = Usage()
  var tiny = Usage()

  static func += (left: inout SmallSum, right: SmallSum) {
    left.all += right.all
    left.small += right.small
    left.tiny += right.tiny
  }
}

/// Sums by the numbers of classes.
private struct NumberedSums {
  private let size: Int64
  private var sums: [(id: Int64, sum: SmallSum)] = []

  init(under size: Int64) { self.size = size }

  mutating func add(_ bytes: Int64, of id: Int64) {
    let place = place(of: id)
    sums[place].sum.all.add(bytes)
    guard bytes < size else { return }
    sums[place].sum.small.add(bytes)
    if bytes < SmallObject.sizeMin { sums[place].sum.tiny.add(bytes) }
  }

  static func += (left: inout NumberedSums, right: NumberedSums) {
    for (id, sum) in right.sums { left.sums[left.place(of: id)].sum += sum }
  }

  /// There are a dozen classes: looking through them is quicker than to hash.
  private mutating func place(of id: Int64) -> Int {
    if let known = sums.firstIndex(where: { $0.id == id }) { return known }
    sums.append((id, SmallSum()))
    return sums.count - 1
  }

  func named(_ names: [Int64: String]) -> SmallSums {
    SmallSums(byClass: Dictionary(sums.map { (names[$0.id] ?? "", $0.sum) }) { $0.adding($1) })
  }
}

extension SmallSum {
  fileprivate func adding(_ other: SmallSum) -> SmallSum {
    var sum = self
    sum += other
    return sum
  }
}

/// Sums by the names of classes.
private struct SmallSums {
  var byClass: [String: SmallSum]

  init(byClass: [String: SmallSum]) { self.byClass = byClass }

  /// From sums that are kept, of objects under 128 KiB.
  init(_ classes: [ClassUsage]) {
    byClass = classes.reduce(into: [:]) { sums, usage in
      sums[usage.storageClass, default: SmallSum()] += SmallSum(
        all: usage.usage, small: usage.small, tiny: usage.small)
    }
  }

  /// A row for each class; of a bucket or a prefix one at least.
  func rows(
    _ freshness: Freshness, bucket: BucketSummary? = nil, prefix: Key? = nil
  ) -> [SmallUsage] {
    var classes = byClass.filter { !$0.value.all.isZero }
    if classes.isEmpty, bucket != nil { classes[""] = SmallSum() }
    return classes.sorted { $0.key < $1.key }.map { name, sum in
      SmallUsage(
        bucket: bucket?.name, prefix: prefix, storageClass: name, all: sum.all, small: sum.small,
        tiny: sum.tiny, freshness: freshness, origin: bucket?.origin)
    }
  }
}

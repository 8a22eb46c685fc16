internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// Calls `body` for every object of a run that passes the condition, in key order, until it
  /// returns false; without a run, for those of all buckets, in whatever order.
  ///
  /// - Returns: false when `body` did.
  @discardableResult
  func scan(
    _ columns: ScanColumns, _ run: BucketRun?, _ condition: ObjectCondition,
    _ body: (borrowing Statement) throws -> Bool
  ) throws -> Bool {
    let sql = condition.select(columns, inOrder: run != nil, for: run)
    return try connection.withStatement(sql) { statement in
      try condition.bind(run, to: &statement)
      while try statement.step() {
        guard try body(statement) else { return false }
      }
      return true
    }
  }

  /// Sums the objects of the runs by a number below `count` that `number` makes of each row.
  func sums(
    _ columns: ScanColumns, _ runs: [BucketRun?], _ condition: ObjectCondition, count: Int,
    by number: (borrowing Statement) -> Int
  ) throws -> [Usage] {
    var sums = [Usage](repeating: Usage(), count: count)
    for run in runs {
      try scan(columns, run, condition) { row in
        sums[number(row)].add(row.int64(at: ScanColumns.sizeColumn))
        return true
      }
    }
    return sums
  }

  /// Sums the objects of the runs by storage class, those that have any, in order of name.
  func sumsByClass(_ runs: [BucketRun?], _ condition: ObjectCondition) throws -> [ClassUsage] {
    let classes = try storageClassNames().sorted { $0.value < $1.value }
    let ids = classes.map(\.key)
    // There are a dozen classes: looking through them is quicker than to hash. One that the table
    // lacks is counted last, without a name.
    // Each has two sums, the second of its small objects.
    let sums = try sums(.sizeAndClass, runs, condition, count: 2 * (ids.count + 1)) { row in
      let id = row.int64(at: ScanColumns.otherColumn)
      let isSmall = row.int64(at: ScanColumns.sizeColumn) < SmallObject.sizeMin
      return 2 * (ids.firstIndex(of: id) ?? ids.count) + (isSmall ? 1 : 0)
    }
    return (classes.map(\.value) + [""]).enumerated().compactMap { place, name in
      let (large, small) = (sums[2 * place], sums[2 * place + 1])
      var all = large
      all += small
      return all.isZero ? nil : ClassUsage(storageClass: name, all, small: small)
    }
  }
}

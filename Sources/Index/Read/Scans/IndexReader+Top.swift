internal import SQLite
internal import Vocabulary

/// What `top` puts first.
package enum TopOrder: String, Sendable {
  case largest, smallest, newest, oldest

  /// The condition that an object's rank is at most the parameter's.
  fileprivate var sql: String {
    switch self {
    case .largest: "size >= ?"
    case .smallest: "size <= ?"
    case .newest: "last_modified_ms >= ?"
    case .oldest: "last_modified_ms <= ?"
    }
  }

  /// What the condition compares with, for a rank; the same turn leads back.
  fileprivate func value(ofRank rank: Int64) -> Int64 {
    switch self {
    // Like a minus sign it turns the order around, but it cannot overflow.
    case .largest, .newest: ~rank
    case .smallest, .oldest: rank
    }
  }

  fileprivate func rank(_ row: ObjectRow) -> Int64 {
    switch self {
    case .largest, .smallest: value(ofRank: row.size)
    case .newest, .oldest: value(ofRank: row.lastModified.millisecondsSinceEpoch)
    }
  }
}

extension IndexReader {
  /// The first `count` objects in an order, over all buckets together or of each.
  ///
  /// Ties are broken by bucket name and key, so that an answer does not depend on the way it was
  /// found.
  package func top(
    _ order: TopOrder, count: Int64, perBucket: Bool, _ filter: ObjectFilter
  ) throws -> [ObjectRow] {
    let resolved = try resolve(filter)
    let count = Int(count)
    guard count > 0 else { return [] }
    if order == .largest, !perBucket, resolved.entries == .current,
      resolved.looksAtPrefixesOnly,
      let rows = try largest(count, resolved.runs)
    {
      return rows
    }
    guard perBucket else { return try scanTop(order, count, resolved.runs, resolved) }
    return try resolved.buckets.flatMap { bucket in
      try scanTop(order, count, resolved.runs(of: bucket), resolved)
    }
  }

  /// Reads all objects of the runs, but decodes only those that can still come in.
  ///
  /// When many have come in, the statement begins anew behind the last one with a tighter bound:
  /// SQLite passes over the others twice as fast as it hands them out.
  private func scanTop(
    _ order: TopOrder, _ count: Int, _ runs: [BucketRun], _ resolved: ResolvedFilter
  ) throws -> [ObjectRow] {
    let isOfVersions = resolved.entries != .current
    let classNames = try storageClassNames()
    var rows = TopRows(count: count)
    for run in runs {
      var rest: BucketRun? = run
      while let part = rest, let rankMax = rows.rankMax {
        rest = nil
        let bounded = resolved.condition.adding(order.sql, .integer(order.value(ofRank: rankMax)))
        try scan(isOfVersions ? .versions : .all, part, bounded) { row in
          let object = ObjectRow(part, row, classNames, isOfVersions: isOfVersions)
          // A key's further versions would be passed over.
          guard rows.append(object, rank: order.rank(object)), !isOfVersions else { return true }
          rest = part
          rest?.keys.lower = object.key.successor
          return false
        }
      }
    }
    return rows.inOrder()
  }
}

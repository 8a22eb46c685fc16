internal import SQLite
internal import Vocabulary

/// An object as the index of large objects holds it.
private struct LargeObject {
  var size: Int64
  /// The run that it is in.
  var run: Int
  var key: Key
}

extension IndexReader {
  /// The objects in the partial index `object_large` have at least this many bytes.
  static let largeBytes: Int64 = 1 << 30

  /// The largest objects of the runs, from the index of large ones; nil when that has too few.
  func largest(_ count: Int, _ runs: [BucketRun]) throws -> [ObjectRow]? {
    var found: [LargeObject] = []
    let wasQuick = try walkLarge(runs) { size, index, key in
      found.append(LargeObject(size: size, run: index, key: Key(key)))
      return found.count < count
    }
    guard wasQuick, found.count == count, let least = found.last?.size else { return nil }
    // Objects of the smallest size in the answer may be tied with others that were not read. Ties are
    // broken by key, so fetch just those again, in key order; there may be millions of them.
    found.removeAll { $0.size == least }
    for (index, run) in runs.enumerated() where found.count < count {
      found += try connection.all(
        Self.selectLargeOfSize, .integer(least), .integer(run.bucket.id),
        .text(run.keys.lower.bytes), run.keys.upperBound, .integer(Int64(count - found.count))
      ) { LargeObject(size: least, run: index, key: Key($0.bytes(at: 0))) }
    }
    found.sort { left, right in
      guard left.size == right.size else { return left.size > right.size }
      return (left.run, left.key) < (right.run, right.key)
    }
    let classNames = try storageClassNames()
    return try found.compactMap { object in
      let run = runs[object.run]
      return try connection.first(
        Self.selectObject, .integer(run.bucket.id), .text(object.key.bytes)
      ) { ObjectRow(run, $0, classNames) }
    }
  }

  /// The sum of each of the filter's runs, read from the index of large objects; nil when that index
  /// lacks some of the objects, or a scan is quicker.
  func largeUsage(_ resolved: ResolvedFilter) throws -> [Usage]? {
    guard let sizes = resolved.sizes, sizes.lowerBound >= Self.largeBytes else { return nil }
    var sums = [Usage](repeating: Usage(), count: resolved.runs.count)
    let wasQuick = try walkLarge(resolved.runs) { size, index, _ in
      guard size >= sizes.lowerBound else { return false }
      if size <= sizes.upperBound { sums[index].add(size) }
      return true
    }
    return wasQuick ? sums : nil
  }

  /// Hands the large objects of the runs to `body`, the largest first, until it returns false.
  ///
  /// - Returns: false when there are more of them in other buckets than there are objects in these:
  ///   then it is quicker to scan.
  private func walkLarge(
    _ runs: [BucketRun], _ body: (_ size: Int64, _ index: Int, _ key: Span<UInt8>) -> Bool
  ) throws -> Bool {
    let indices = Dictionary(grouping: runs.indices) { runs[$0].bucket.id }
    var stepsLeft = indices.values.map { runs[$0[0]].bucket.objects }.saturatedSum()
    return try connection.withStatement(Self.selectLarge) { statement in
      while try statement.step() {
        stepsLeft -= 1
        guard stepsLeft >= 0 else { return false }
        guard let indices = indices[statement.int64(at: 1)] else { continue }
        let wantsMore = statement.withText(at: 2) { key in
          guard let index = indices.first(where: { runs[$0].keys.lower.isPrefix(of: key) }) else {
            return true
          }
          return body(statement.int64(at: 0), index, key)
        }
        guard wantsMore else { return true }
      }
      return true
    }
  }

  private static let selectLarge = """
    SELECT size, bucket_id, key FROM object INDEXED BY object_large
    WHERE size >= \(largeBytes)
    ORDER BY size DESC
    """

  private static let selectLargeOfSize = """
    SELECT key FROM object INDEXED BY object_large
    WHERE size >= \(largeBytes) AND size = ?1 AND bucket_id = ?2 AND key >= ?3 AND key < ?4
    ORDER BY key
    LIMIT ?5
    """

  private static let selectObject = """
    SELECT \(ScanColumns.all.rawValue) FROM object
    WHERE bucket_id = ?1 AND key = ?2
    """
}

extension Key {
  fileprivate init(_ bytes: Span<UInt8>) {
    self.init(bytes.withUnsafeBufferPointer { Array($0) })
  }

  /// Whether a key is in the run that begins here: a run holds the keys that begin with its lower
  /// bound.
  fileprivate func isPrefix(of key: Span<UInt8>) -> Bool {
    key.withUnsafeBufferPointer { $0.starts(with: bytes) }
  }
}

internal import SQLite
package import Vocabulary

/// A level as the rollups know it: without its objects.
package struct KeptLevel: Sendable {
  package var total: Usage
  /// In the order of keys.
  package var children: [LevelChild]

  /// What of it lies below none of its children: its objects.
  package var own: Usage { total - children.reduce(into: Usage()) { $0 += $1.usage } }
}

/// A level that was counted object by object.
package struct ScannedLevel: Sendable {
  /// In the order of keys.
  package var children: [LevelChild]
  /// All of its own objects.
  package var own: Usage
  /// The first of them in the order that was asked for, in the order of keys.
  package var objects: [ObjectRow]
}

extension IndexReader {
  /// What lies one level below a prefix of a bucket, where the rollups have it; nil where they do not.
  package func keptLevel(of bucket: BucketSummary, below prefix: Key) throws -> KeptLevel? {
    let slash = UInt8(ascii: "/")
    let slashes = prefix.bytes.count { $0 == slash }
    guard prefix.isStart || prefix.bytes.last == slash,
      slashes < (try IndexSetting.prefixDepth.number(in: connection, path: path))
    else { return nil }
    let keys = KeyInterval(prefix: prefix)
    let total =
      prefix.isStart
      ? bucket.usage
      : try prefixSums(of: bucket, keys: keys, depth: slashes, .current).first?.usage ?? Usage()
    let children = try prefixSums(of: bucket, keys: keys, depth: slashes + 1, .current).map {
      LevelChild(prefix: $0.prefix, usage: $0.usage)
    }
    return KeptLevel(total: total, children: children)
  }

  /// The first objects of a level in an order, in the order of keys; they are looked for between its children.
  ///
  /// `own` says how many there are. `counted` is told now and then how many were read.
  package func levelObjects(
    of bucket: BucketSummary, below prefix: Key, beside children: [LevelChild], own: Int64,
    _ order: LevelOrder, limit: Int, counted: (Int64) -> Void
  ) throws -> [ObjectRow] {
    let classNames = try storageClassNames()
    return try steadily { version in
      var objects = LevelObjects(order, count: limit)
      var rest = KeyInterval(prefix: prefix)
      func read(_ keys: KeyInterval) throws {
        guard objects.seen < own, !objects.isFull(limit) else { return }
        let run = BucketRun(bucket: bucket, keys: keys)
        try scanPart(run, version) { row in
          objects.offer(run, row, classNames)
          if objects.seen.isMultiple(of: Self.countStep) { counted(objects.seen) }
          return objects.seen < own && !objects.isFull(limit)
        }
      }
      for child in children {
        try read(KeyInterval(lower: rest.lower, upper: child.prefix))
        guard let after = child.prefix.prefixUpperBound else { return objects.inOrderOfKeys() }
        rest.lower = after
      }
      try read(rest)
      return objects.inOrderOfKeys()
    }
  }

  /// Counts a level that no rollup has, and takes its first objects in an order.
  ///
  /// `counted` is told now and then how many objects were read.
  package func scanLevel(
    of bucket: BucketSummary, below prefix: Key, _ order: LevelOrder, limit: Int,
    counted: (Int64) -> Void
  ) throws -> ScannedLevel {
    let classNames = try storageClassNames()
    let run = BucketRun(bucket: bucket, keys: KeyInterval(prefix: prefix))
    return try steadily { version in
      var sums = LevelSums(start: prefix.bytes.count)
      var objects = LevelObjects(order, count: limit)
      var count: Int64 = 0
      try scanPart(run, version) { row in
        let (size, modified) = (
          row.int64(at: ObjectColumn.size), row.int64(at: ObjectColumn.lastModifiedMs)
        )
        let isOwn = row.withText(at: ObjectColumn.key) {
          sums.add($0, size: size, lastModifiedMs: modified)
        }
        if isOwn { objects.offer(run, row, classNames) }
        count += 1
        if count.isMultiple(of: Self.countStep) { counted(count) }
        return true
      }
      return ScannedLevel(
        children: sums.children, own: sums.own, objects: objects.inOrderOfKeys())
    }
  }

  private static let countStep: Int64 = 20_000
}

// MARK: - Reading without keeping a sync waiting

extension IndexReader {
  /// Runs `body` so that all that it reads is of one moment, and no sync waits for it.
  ///
  /// A sync that begins has to wait for statements that run then. So it is read in parts of a fraction of a second,
  /// and anew in one snapshot where the index has changed in between: whoever changed it goes on writing into a log,
  /// and waits for nobody.
  ///
  /// `body` gets the version that all parts are to be of; nil in a snapshot.
  fileprivate func steadily<Result>(_ body: (_ version: Int64?) throws -> Result) throws -> Result {
    do {
      return try body(try dataVersion())
    } catch is ChangedMeanwhile {
      return try inSnapshot { try body(nil) }
    }
  }

  private struct ChangedMeanwhile: Error {}

  /// Another number when another connection has changed the file
  /// (https://www.sqlite.org/pragma.html#pragma_data_version).
  private func dataVersion() throws -> Int64 {
    try connection.first("PRAGMA data_version") { $0.int64(at: 0) } ?? 0
  }

  /// Reads a run in the order of keys, part by part, until `body` says that it has enough.
  fileprivate func scanPart(
    _ run: BucketRun, _ version: Int64?, _ body: (borrowing Statement) throws -> Bool
  ) throws {
    let condition = ObjectCondition(ObjectFilter(), storageClassIDs: nil)
    guard let version else {
      try scan(.all, run, condition, body)
      return
    }
    var rest: BucketRun? = run
    while let part = rest {
      rest = nil
      var count = 0
      try inSnapshot {
        guard try dataVersion() == version else { throw ChangedMeanwhile() }
        try scan(.all, part, condition) { row in
          guard try body(row) else { return false }
          count += 1
          guard count == Self.partRows else { return true }
          rest = part
          rest?.keys.lower = Key(row.bytes(at: ObjectColumn.key)).successor
          return false
        }
      }
    }
  }

  /// As many as are read in about a tenth of a second.
  private static let partRows = 250_000
}

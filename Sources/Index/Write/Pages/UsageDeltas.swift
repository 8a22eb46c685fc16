internal import SQLite
internal import Vocabulary

/// What a batch of merged pages adds to the rollups, summed in memory until the batch commits.
///
/// Objects come in key order, so the prefixes of one object are mostly those of the one before:
/// they are kept as a path and looked up only when it changes.
struct UsageDeltas {
  private struct ClassID: Hashable {
    var bucketID: Int64
    var storageClassID: Int64
  }

  private struct PrefixID: Hashable {
    var bucketID: Int64
    var depth: Int
    var prefix: [UInt8]
  }

  private struct Level {
    /// Bytes of `path` up to and including this level's '/'.
    var end: Int
    var sum = Usage()
  }

  private let depthMax: Int
  private var classes: [ClassID: Usage] = [:]
  private var prefixes: [PrefixID: Usage] = [:]
  private var pathBucketID: Int64 = 0
  private var path: [UInt8] = []
  private var levels: [Level] = []

  init(depthMax: Int) {
    self.depthMax = depthMax
    levels.reserveCapacity(depthMax)
  }

  /// Counts an object in (`objects` 1) or out (`objects` -1, `bytes` negative).
  mutating func add(
    bucketID: Int64, storageClassID: Int64, key: Span<UInt8>, objects: Int64, bytes: Int64
  ) {
    let id = ClassID(bucketID: bucketID, storageClassID: storageClassID)
    let usage = Usage(objects: objects, bytes: bytes)
    classes[id, default: Usage()] += usage
    enterPath(of: key, bucketID: bucketID)
    for index in levels.indices { levels[index].sum += usage }
  }

  /// Makes `levels` the prefixes of `key`, keeping those it shares with the key before.
  private mutating func enterPath(of key: Span<UInt8>, bucketID: Int64) {
    var shared = 0
    if bucketID == pathBucketID {
      let end = min(levels.last?.end ?? 0, key.count)
      while shared < end, path[shared] == key[shared] { shared += 1 }
    }
    let kept = levels.prefix { $0.end <= shared }.count
    if kept < levels.count { leaveLevels(from: kept) }
    pathBucketID = bucketID
    guard levels.count < depthMax else { return }
    var position = levels.last?.end ?? 0
    while levels.count < depthMax, let slash = key.firstSlash(from: position) {
      path.removeSubrange(position...)
      for index in position...slash { path.append(key[index]) }
      position = slash + 1
      levels.append(Level(end: position))
    }
  }

  private mutating func leaveLevels(from first: Int) {
    for index in levels[first...].indices where !levels[index].sum.isZero {
      let id = PrefixID(
        bucketID: pathBucketID, depth: index + 1, prefix: Array(path[..<levels[index].end]))
      prefixes[id, default: Usage()] += levels[index].sum
    }
    levels.removeSubrange(first...)
    path.removeSubrange((levels.last?.end ?? 0)...)
  }

  /// Writes all sums inside the caller's transaction and starts again from nothing.
  mutating func flush(to connection: borrowing Connection) throws {
    leaveLevels(from: 0)
    try connection.withStatement(Self.addToBucket) { statement in
      for (id, sum) in classes where !sum.isZero {
        try statement.bind([
          .integer(id.bucketID), .integer(id.storageClassID), .integer(sum.objects),
          .integer(sum.bytes),
        ])
        try statement.run()
      }
    }
    // In key order, so that neighbours share a page of the b-tree.
    let ordered = prefixes.sorted { left, right in
      (left.key.bucketID, left.key.depth) == (right.key.bucketID, right.key.depth)
        ? left.key.prefix.lexicographicallyPrecedes(right.key.prefix)
        : (left.key.bucketID, left.key.depth) < (right.key.bucketID, right.key.depth)
    }
    try connection.withStatement(Self.addToPrefix) { statement in
      for (id, sum) in ordered where !sum.isZero {
        try statement.bind([
          .integer(id.bucketID), .integer(Int64(id.depth)), .text(id.prefix),
          .integer(sum.objects), .integer(sum.bytes),
        ])
        try statement.run()
      }
    }
    try removeEmpty(ordered.filter { $0.value.objects < 0 }.map(\.key), on: connection)
    classes.removeAll(keepingCapacity: true)
    prefixes.removeAll(keepingCapacity: true)
  }

  private func removeEmpty(_ ids: [PrefixID], on connection: borrowing Connection) throws {
    for (id, sum) in classes where sum.objects < 0 {
      try connection.run(
        Self.removeEmptyBucket, .integer(id.bucketID), .integer(id.storageClassID))
    }
    for id in ids {
      try connection.run(
        Self.removeEmptyPrefix, .integer(id.bucketID), .integer(Int64(id.depth)), .text(id.prefix))
    }
  }

  // A sum that does not fit is a floating-point number in SQLite, and the nearest integer after the cast:
  // without it, such a number in an index would end every later sync.
  private static let addToBucket = """
    INSERT INTO bucket_usage (bucket_id, storage_class_id, objects, bytes)
    VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET
      objects = CAST(objects + excluded.objects AS INTEGER),
      bytes = CAST(bytes + excluded.bytes AS INTEGER)
    """

  private static let addToPrefix = """
    INSERT INTO prefix_usage (bucket_id, depth, prefix, objects, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET
      objects = CAST(objects + excluded.objects AS INTEGER),
      bytes = CAST(bytes + excluded.bytes AS INTEGER)
    """

  private static let removeEmptyBucket = """
    DELETE FROM bucket_usage WHERE bucket_id = ?1 AND storage_class_id = ?2 AND objects = 0
    """

  private static let removeEmptyPrefix = """
    DELETE FROM prefix_usage WHERE bucket_id = ?1 AND depth = ?2 AND prefix = ?3 AND objects = 0
    """
}

extension Span<UInt8> {
  fileprivate func firstSlash(from start: Int) -> Int? {
    var index = start
    while index < count {
      if self[index] == UInt8(ascii: "/") { return index }
      index += 1
    }
    return nil
  }
}

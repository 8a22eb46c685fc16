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
    var sum = Sum()
  }

  fileprivate struct Sum {
    var usage = Usage()
    var markers: Int64 = 0

    var isZero: Bool { usage.isZero && markers == 0 }
    /// Whether a row may be without anything to count now.
    var takesAway: Bool { usage.objects < 0 || markers < 0 }

    static func += (left: inout Sum, right: Sum) {
      left.usage += right.usage
      left.markers = left.markers.plus(right.markers)
    }
  }

  /// What a class gains, and how much of it is in small objects: prefixes have no sums of those.
  fileprivate struct ClassSum {
    var all = Sum()
    var small = Usage()

    var isZero: Bool { all.isZero && small.isZero }
  }

  private let depthMax: Int
  private let tables: UsageTables
  private var classes: [ClassID: ClassSum] = [:]
  private var prefixes: [PrefixID: Sum] = [:]
  private var pathBucketID: Int64 = 0
  private var path: [UInt8] = []
  private var levels: [Level] = []

  init(depthMax: Int, tables: UsageTables) {
    self.depthMax = depthMax
    self.tables = tables
    levels.reserveCapacity(depthMax)
  }

  /// Counts an object in (`objects` 1) or out (`objects` -1, `bytes` negative), or a delete marker.
  mutating func add(
    bucketID: Int64, storageClassID: Int64, key: Span<UInt8>, objects: Int64, bytes: Int64,
    markers: Int64 = 0
  ) {
    let id = ClassID(bucketID: bucketID, storageClassID: storageClassID)
    let sum = Sum(usage: Usage(objects: objects, bytes: bytes), markers: markers)
    // Markers have no size; what goes has a negative one.
    let isSmall = objects != 0 && bytes.magnitude < UInt64(SmallObject.sizeMin)
    classes[id, default: ClassSum()].add(sum, isSmall: isSmall)
    enterPath(of: key, bucketID: bucketID)
    for index in levels.indices { levels[index].sum += sum }
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
      prefixes[id, default: Sum()] += levels[index].sum
    }
    levels.removeSubrange(first...)
    path.removeSubrange((levels.last?.end ?? 0)...)
  }

  /// Writes all sums inside the caller's transaction and starts again from nothing.
  mutating func flush(to connection: borrowing Connection) throws {
    leaveLevels(from: 0)
    guard !classes.isEmpty else { return }
    try connection.withStatement(tables.addToBucket) { statement in
      for (id, sum) in classes where !sum.isZero {
        try statement.bind([.integer(id.bucketID), .integer(id.storageClassID)])
        try statement.bind(sum.small.objects, at: 3)
        try statement.bind(sum.small.bytes, at: 4)
        try bind(sum.all, to: &statement, at: 5)
        try statement.run()
      }
    }
    // In key order, so that neighbours share a page of the b-tree.
    let ordered = prefixes.sorted { left, right in
      (left.key.bucketID, left.key.depth) == (right.key.bucketID, right.key.depth)
        ? left.key.prefix.lexicographicallyPrecedes(right.key.prefix)
        : (left.key.bucketID, left.key.depth) < (right.key.bucketID, right.key.depth)
    }
    try connection.withStatement(tables.addToPrefix) { statement in
      for (id, sum) in ordered where !sum.isZero {
        try statement.bind([
          .integer(id.bucketID), .integer(Int64(id.depth)), .text(id.prefix),
        ])
        try bind(sum, to: &statement, at: 4)
        try statement.run()
      }
    }
    try removeEmpty(ordered.filter(\.value.takesAway).map(\.key), on: connection)
    classes.removeAll(keepingCapacity: true)
    prefixes.removeAll(keepingCapacity: true)
  }

  private func bind(_ sum: Sum, to statement: inout Statement, at first: Int32) throws {
    try statement.bind(sum.usage.objects, at: first)
    try statement.bind(sum.usage.bytes, at: first + 1)
    if tables.haveMarkers { try statement.bind(sum.markers, at: first + 2) }
  }

  private func removeEmpty(_ ids: [PrefixID], on connection: borrowing Connection) throws {
    for (id, sum) in classes where sum.all.takesAway {
      try connection.run(
        tables.removeEmptyBucket, .integer(id.bucketID), .integer(id.storageClassID))
    }
    for id in ids {
      try connection.run(
        tables.removeEmptyPrefix, .integer(id.bucketID), .integer(Int64(id.depth)), .text(id.prefix)
      )
    }
  }
}

extension UsageDeltas.ClassSum {
  fileprivate mutating func add(_ sum: UsageDeltas.Sum, isSmall: Bool) {
    all += sum
    if isSmall { small += sum.usage }
  }
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

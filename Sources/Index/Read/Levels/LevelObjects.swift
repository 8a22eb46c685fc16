internal import SQLite
package import Vocabulary

/// Which of a level's objects come first.
package enum LevelOrder: Equatable, Sendable {
  case key, keyReversed, largest, smallest, newest, oldest
}

/// The first objects of a level in an order, taken from all of them in the order of keys.
struct LevelObjects {
  private let order: LevelOrder
  private var rows: TopRows
  /// How many were offered.
  private(set) var seen: Int64 = 0

  init(_ order: LevelOrder, count: Int) {
    self.order = order
    rows = TopRows(count: count)
  }

  /// Takes the object of a row of `ScanColumns.all`, if it can still come in.
  mutating func offer(_ run: BucketRun, _ row: borrowing Statement, _ classNames: [Int64: String]) {
    seen += 1
    let rank =
      switch order {
      case .key: seen
      case .keyReversed: -seen
      case .largest: ~row.int64(at: ObjectColumn.size)
      case .smallest: row.int64(at: ObjectColumn.size)
      case .newest: ~row.int64(at: ObjectColumn.lastModifiedMs)
      case .oldest: row.int64(at: ObjectColumn.lastModifiedMs)
      }
    guard let rankMax = rows.rankMax, rank <= rankMax else { return }
    _ = rows.append(ObjectRow(run, row, classNames), rank: rank)
  }

  /// Whether nothing that comes later in the order of keys can come in.
  func isFull(_ count: Int) -> Bool { order == .key && seen >= Int64(count) }

  /// Those that came first, in the order of keys.
  consuming func inOrderOfKeys() -> [ObjectRow] {
    rows.inOrder().sorted { $0.key < $1.key }
  }
}

/// Sums of what a level holds, from its keys in order: below each prefix that is one level deeper, and of the objects
/// beside them.
///
/// Of `a/1`, `a/b/2`, `a/b/3` below `a/` there is one child, `a/b/` with two objects, and one object of its own.
struct LevelSums {
  private let start: Int
  private(set) var children: [LevelChild] = []
  private(set) var own = Usage()

  /// For keys that have the first `start` bytes in common.
  init(start: Int) { self.start = start }

  /// Counts an object; precondition: no key before was greater.
  ///
  /// - Returns: whether it is one of the level's own.
  mutating func add(_ key: Span<UInt8>, size: Int64, lastModifiedMs: Int64) -> Bool {
    let last = children.indices.last
    if let last, begins(key, with: children[last].prefix) {
      children[last].add(size, lastModifiedMs)
      return false
    }
    var slash = start
    while slash < key.count, key[slash] != UInt8(ascii: "/") { slash += 1 }
    guard slash < key.count else {
      own.add(size)
      return true
    }
    let prefix = Key(key.extracting(0...slash).withUnsafeBufferPointer { Array($0) })
    var child = LevelChild(prefix: prefix, usage: Usage())
    child.add(size, lastModifiedMs)
    children.append(child)
    return false
  }

  private func begins(_ key: Span<UInt8>, with prefix: Key) -> Bool {
    let length = prefix.bytes.count
    guard key.count >= length else { return false }
    var index = start
    while index < length, prefix.bytes[index] == key[index] { index += 1 }
    return index == length
  }
}

/// What is one level below a prefix.
package struct LevelChild: Equatable, Sendable {
  /// The whole prefix, with the slash that it ends in.
  package var prefix: Key
  package var usage: Usage
  /// When the newest of its objects was modified; nil where nobody has looked at them.
  package var newest: Timestamp?

  fileprivate mutating func add(_ size: Int64, _ lastModifiedMs: Int64) {
    usage.add(size)
    let modified = Timestamp(millisecondsSinceEpoch: lastModifiedMs)
    newest = newest.map { max($0, modified) } ?? modified
  }
}

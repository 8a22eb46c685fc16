internal import Vocabulary

/// The ranges of a listing in the order of their keys, each with what waits to be printed of it.
///
/// Ranges are cut off behind one that is there, and leave at the front: both take a moment, however
/// many there are. A page that waits takes 16 bytes here.
struct RangeChain {
  private struct Link {
    var next: Int?
    var isDone = false
    var waiting: [SpillFile.Extent] = []
    /// The last key that has come.
    var cursor: Key
    var keys = KeySum()
  }

  private var links: [Link] = []
  private var unused: [Int] = []
  private var first: Int?
  /// The ranges that are not done, by the key they begin after.
  private var indices: [Key: Int] = [:]

  /// What has been taken from the ranges that are done.
  private var taken = KeySum()
  /// Pages that wait.
  private(set) var waiting = 0

  /// One range of all keys, or of those after `lo`.
  init(after lo: Key = .start) {
    first = add(lo: lo, next: nil)
  }

  var isEmpty: Bool { first == nil }

  /// Whether this range is the first, and nothing of it waits.
  func isNext(_ lo: Key) -> Bool {
    guard let first, indices[lo] == first else { return false }
    return links[first].waiting.isEmpty
  }

  /// Makes what follows `cut` a range of its own.
  mutating func split(_ lo: Key, at cut: Key) {
    let index = index(of: lo)
    let new = add(lo: cut, next: links[index].next)
    links[index].next = new
  }

  /// Takes in a page of a range: the keys that are new in it, where it waits, and where the range
  /// goes on; nil when it is done.
  mutating func add(_ keys: KeySum, waiting extent: SpillFile.Extent?, to lo: Key, cursor: Key?) {
    let index = index(of: lo)
    links[index].keys.add(keys)
    if let extent {
      links[index].waiting.append(extent)
      waiting += 1
    }
    if let cursor {
      links[index].cursor = cursor
    } else {
      links[index].isDone = true
      indices[lo] = nil
    }
  }

  /// Takes the pages of the first range that wait, and the range itself when it is done; nil when
  /// nothing can be printed.
  mutating func takeNext() -> [SpillFile.Extent]? {
    guard let first else { return nil }
    let extents = links[first].waiting
    links[first].waiting = []
    waiting -= extents.count
    if links[first].isDone {
      taken.add(links[first].keys)
      self.first = links[first].next
      links[first].keys = KeySum()
      unused.append(first)
    } else if extents.isEmpty {
      return nil
    }
    return extents
  }

  /// The keys of all that was taken, and the last of them; nothing of the first range waits.
  var printed: (keys: KeySum, through: Key)? {
    guard let first else { return nil }
    var keys = taken
    keys.add(links[first].keys)
    return (keys, links[first].cursor)
  }

  private func index(of lo: Key) -> Int {
    guard let index = indices[lo] else {
      preconditionFailure("a step is of a range that is not done")
    }
    return index
  }

  private mutating func add(lo: Key, next: Int?) -> Int {
    let link = Link(next: next, cursor: lo)
    let index: Int
    if let free = unused.popLast() {
      index = free
      links[index] = link
    } else {
      index = links.count
      links.append(link)
    }
    indices[lo] = index
    return index
  }
}

/// Some keys as their number and the sum of their hashes: two sums are equal when the keys are.
struct KeySum: Equatable {
  private(set) var count = 0
  private var sum: UInt64 = 0

  mutating func add(hash: UInt64) {
    count += 1
    sum &+= hash
  }

  mutating func add(_ other: KeySum) {
    count += other.count
    sum &+= other.sum
  }
}

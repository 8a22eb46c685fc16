internal import Vocabulary

/// Sums below prefixes, from keys in order.
///
/// In key order the keys below a prefix follow one another, so only the prefixes of the last key
/// are open, and each object is counted once: in the innermost of them, which passes its sum on
/// when it is closed.
struct PrefixSums {
  private let start: Int
  private let depth: Int
  private var total = Usage()
  private(set) var below: [(prefix: Key, usage: Usage)] = []
  private var nameBytes = 0
  /// The innermost open prefix, or some bytes of the common start.
  private var path: [UInt8] = []
  /// The open prefixes from the outermost: their lengths in `path`, their indices in `below`.
  private var open: [(length: Int, index: Int)] = []

  /// What is in memory.
  var groups: Groups { Groups(count: below.count, nameBytes: nameBytes) }

  /// Sums for the prefixes that end at the first `depth` slashes from the byte `start` on.
  init(start: Int, depth: Int) {
    self.start = start
    self.depth = depth
  }

  /// Counts an object; precondition: no key before was greater.
  mutating func add(_ key: Span<UInt8>, _ size: Int64) {
    let common = commonLength(key)
    while let innermost = open.last, innermost.length > common { close() }
    var index = open.last?.length ?? start
    while open.count < depth, index < key.count {
      if key[index] == UInt8(ascii: "/") { openPrefix(key.extracting(0...index)) }
      index += 1
    }
    if let innermost = open.last {
      below[innermost.index].usage.add(size)
    } else {
      total.add(size)
    }
  }

  /// The sum of everything, and of each prefix in order.
  consuming func inOrder() -> (total: Usage, below: [(prefix: Key, usage: Usage)]) {
    while !open.isEmpty { close() }
    return (total, below)
  }

  private mutating func openPrefix(_ prefix: Span<UInt8>) {
    path = prefix.withUnsafeBufferPointer { Array($0) }
    open.append((path.count, below.count))
    below.append((Key(path), Usage()))
    nameBytes += path.count
  }

  private mutating func close() {
    guard let closed = open.popLast() else { return }
    let usage = below[closed.index].usage
    if let outer = open.last {
      below[outer.index].usage += usage
    } else {
      total += usage
    }
  }

  private func commonLength(_ key: Span<UInt8>) -> Int {
    let length = min(open.last?.length ?? 0, key.count)
    var index = 0
    while index < length, path[index] == key[index] { index += 1 }
    return index
  }
}

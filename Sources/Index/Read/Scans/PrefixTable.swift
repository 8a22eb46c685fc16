internal import Vocabulary

/// Numbers for prefixes, of keys in any order: the innermost prefix of each key, down to some levels.
///
/// A sum is kept for each number by whoever has one, and is passed on from each prefix to the one around it at the
/// end:
///
///     var table = PrefixTable(start: Key("a/"), depth: 1)
///     table.number(of: "a/b/c")                              // 1, for a/b/
///     table.number(of: "a/d")                                // 0, for a/ itself
///     table.passOn { inner, outer in sums[outer] += sums[inner] }
///
/// Keys mostly come in order, so that the last prefix is mostly the next one too.
struct PrefixTable {
  private let depth: Int
  private(set) var prefixes: [Key]
  private var nameBytes = 0
  private var outer: [Int] = [0]
  private var levels: [Int] = [0]
  private var numbers: [[UInt8]: Int] = [:]
  private var last = 0

  /// What is in memory.
  var groups: Groups { Groups(count: prefixes.count, nameBytes: nameBytes) }

  /// Of the keys that begin with `start`; what follows it is cut behind its first `depth` slashes.
  init(start: Key, depth: Int) {
    self.depth = depth
    prefixes = [start]
  }

  /// The number of a key's innermost prefix: 0 is the start itself.
  mutating func number(of key: Span<UInt8>) -> Int {
    while last > 0, !prefixes[last].isPrefix(of: key) { last = outer[last] }
    var place = prefixes[last].bytes.count
    while levels[last] < depth, place < key.count {
      if key[place] == UInt8(ascii: "/") { enter(key.extracting(0...place)) }
      place += 1
    }
    return last
  }

  /// Calls `body` for every prefix but the start, those within others first.
  func passOn(_ body: (_ inner: Int, _ outer: Int) -> Void) {
    for number in prefixes.indices.dropFirst().reversed() { body(number, outer[number]) }
  }

  /// Every number in the order of its prefix.
  var inOrder: [Int] { prefixes.indices.sorted { prefixes[$0] < prefixes[$1] } }

  private mutating func enter(_ prefix: Span<UInt8>) {
    let bytes = prefix.withUnsafeBufferPointer { Array($0) }
    if let known = numbers[bytes] {
      last = known
      return
    }
    numbers[bytes] = prefixes.count
    outer.append(last)
    levels.append(levels[last] + 1)
    last = prefixes.count
    prefixes.append(Key(bytes))
    nameBytes += bytes.count
  }
}

extension Key {
  fileprivate func isPrefix(of key: Span<UInt8>) -> Bool {
    key.withUnsafeBufferPointer { $0.starts(with: bytes) }
  }
}

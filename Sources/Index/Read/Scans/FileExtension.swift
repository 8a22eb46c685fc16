internal import Vocabulary

/// The part of a key's last segment behind its last dot, in lower case; empty when there is none.
///
/// A leading dot makes a hidden file, not an extension; neither does a "dot" part of over 16 bytes.
struct FileExtension: Hashable {
  /// The bytes, the first one lowest: no array has to be made for every key.
  private var bytes: UInt128 = 0
  private var count: UInt8 = 0

  init(ofKey key: Span<UInt8>) {
    var index = key.count - 1
    var found: UInt128 = 0
    var length: UInt8 = 0
    while index > 0, key[index] != UInt8(ascii: "/") {
      let byte = key[index]
      index -= 1
      if byte == UInt8(ascii: ".") {
        let isHidden = key[index] == UInt8(ascii: "/")
        guard !isHidden, length > 0 else { return }
        bytes = found
        count = length
        return
      }
      guard length < 16 else { return }
      let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
      found = found << 8 | UInt128(lower)
      length += 1
    }
  }

  var text: Key {
    Key((0..<count).map { UInt8(truncatingIfNeeded: bytes >> (8 * UInt128($0))) })
  }

  /// A number below 2^`bits` that seldom equals another extension's.
  fileprivate func slot(bits: UInt64) -> Int {
    let folded = UInt64(truncatingIfNeeded: bytes) ^ UInt64(truncatingIfNeeded: bytes >> 64)
    // Fibonacci hashing: the product's high bits depend on all bits of the factor.
    return Int((folded &* 0x9E37_79B9_7F4A_7C15) >> (64 - bits))
  }
}

/// Sums by extension.
///
/// The few that most keys have stay in a small table without chains, where looking one up costs a
/// multiplication; whatever is crowded out of its slot there is summed in a dictionary.
struct ExtensionSums {
  private static let bits: UInt64 = 10

  private var slots = [(name: FileExtension, usage: Usage)](
    repeating: (FileExtension(ofKey: Span()), Usage()), count: 1 << bits)
  private var others: [FileExtension: Usage] = [:]

  /// How many extensions there are, but for some of those that came last.
  var count: Int { others.count }

  mutating func add(_ name: FileExtension, _ size: Int64) {
    let slot = name.slot(bits: Self.bits)
    if slots[slot].name != name {
      others[slots[slot].name, default: Usage()] += slots[slot].usage
      slots[slot] = (name, Usage())
    }
    slots[slot].usage.add(size)
  }

  /// The sums of all extensions that were there, in order.
  consuming func inOrder() -> [(Key, Usage)] {
    for slot in slots { others[slot.name, default: Usage()] += slot.usage }
    return others.filter { $0.value.objects > 0 }.map { ($0.key.text, $0.value) }
      .sorted { $0.0 < $1.0 }
  }
}

package import Vocabulary

/// The keys of a bucket at a moment, in the order of their bytes: those of its key space, and
/// between them those that were added.
///
/// An index is a key's number in that order and changes when a key is added before it; a slot stays.
/// Without added keys the two are the same.
package struct BucketKeys: Sendable {
  private struct Added: Sendable {
    var key: Key
    var slot: Int
    /// The keys of the key space before it.
    var before: Int
  }

  private let space: KeySpace
  /// In the order of their keys.
  private var added: [Added] = []

  init(_ space: KeySpace) {
    self.space = space
  }

  package var count: Int { space.slots + added.count }

  /// Whether no key holds a byte that XML or a URL would have to escape.
  var isPlain: Bool { space.isPlain && added.isEmpty }

  /// The key at an index.
  ///
  /// Precondition: the index is below `count`.
  package func key(at index: Int) -> Key {
    switch location(of: index) {
    case .space(let slot): space.key(at: slot)
    case .added(let place): added[place].key
    }
  }

  /// The first index whose key is greater than `key`; `count` when there is none.
  package func firstIndex(after key: Key) -> Int {
    space.firstSlot(after: key) + addedCount { !(key < $0.key) }
  }

  /// The first index whose key is `key` or greater; `count` when there is none.
  package func firstIndex(atOrAfter key: Key) -> Int {
    space.firstSlot(atOrAfter: key) + addedCount { $0.key < key }
  }

  /// The index of a key; nil when the bucket has no such key.
  func index(of key: Key) -> Int? {
    let index = firstIndex(atOrAfter: key)
    return index < count && self.key(at: index) == key ? index : nil
  }

  /// What a key is known by in the bucket's histories.
  @inline(__always)
  func slot(at index: Int) -> Int {
    switch location(of: index) {
    case .space(let slot): slot
    case .added(let place): added[place].slot
    }
  }

  /// The index of a slot that the bucket has.
  func index(ofSlot slot: Int) -> Int {
    if slot < space.slots { return slot + addedCount { $0.before <= slot } }
    guard let place = added.firstIndex(where: { $0.slot == slot }) else {
      preconditionFailure("no key has slot \(slot)")
    }
    return added[place].before + place
  }

  /// Adds a key that the bucket does not have yet.
  mutating func add(_ key: Key, slot: Int) {
    let place = addedCount { $0.key < key }
    added.insert(Added(key: key, slot: slot, before: space.firstSlot(atOrAfter: key)), at: place)
  }

  /// Writes a key at a pointer with room for `KeySpace.scratchBytes`; returns its length.
  @inline(__always)
  func write(at index: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    switch location(of: index) {
    case .space(let slot): return space.write(at: slot, to: out)
    case .added(let place):
      let bytes = added[place].key.bytes
      for (offset, byte) in bytes.enumerated() { out[offset] = byte }
      return bytes.count
    }
  }

  private enum Location {
    case space(slot: Int)
    case added(Int)
  }

  @inline(__always)
  private func location(of index: Int) -> Location {
    guard !added.isEmpty else { return .space(slot: index) }
    let place = addedPlaces { added[$0].before + $0 < index }
    if place < added.count, added[place].before + place == index { return .added(place) }
    return .space(slot: index - place)
  }

  /// How many added keys a condition holds for: it holds for the first ones.
  private func addedCount(where holds: (Added) -> Bool) -> Int {
    added.isEmpty ? 0 : addedPlaces { holds(added[$0]) }
  }

  private func addedPlaces(where holds: (Int) -> Bool) -> Int {
    var low = 0
    var high = added.count
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

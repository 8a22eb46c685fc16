package import TestSupport
package import Vocabulary

extension SplitMix64 {
  /// A key of the kinds that break indexes; every bucket's keys share prefixes.
  package mutating func hostileKey() -> Key {
    let pieces: [[UInt8]] = [
      Array("a".utf8), Array("b".utf8), Array("a/".utf8), Array("/".utf8), Array("//".utf8),
      Array("ab".utf8), [0], Array("\u{D7FF}".utf8), Array("\u{E000}".utf8),
      Array("\u{10FFFF}".utf8), [0xFF], [0xFE, 0xFF], Array("~/".utf8), Array("0".utf8),
    ]
    var bytes: [UInt8] = []
    for _ in 0...below(6) { bytes += pick(pieces) }
    if isOneIn(20) { bytes += [UInt8](repeating: pick([0x61, 0x2F, 0xFF]), count: 1_024) }
    return Key(Array(bytes.prefix(1_024)))
  }

  package mutating func object() -> ModelObject {
    ModelObject(
      size: pick([0, 1, 5, 1 << 20, 1 << 30, 5 << 40]),
      lastModified: Timestamp(millisecondsSinceEpoch: Int64(below(4)) * 1_500),
      etag: pick(["", "e1", "e2", "d41d8cd98f00b204e9800998ecf8427e-10000"]),
      storageClass: pick(["STANDARD", "GLACIER", "STANDARD_IA"]))
  }

  /// Adds, removes and changes some objects; now and then all or none.
  package mutating func mutate(_ contents: inout Contents) {
    if isOneIn(12) { contents = [:] }
    let share = pick([1, 2, 10, 1_000])
    for key in contents.keys.sorted() where isOneIn(share) {
      if isOneIn(2) { contents[key] = nil } else { contents[key] = object() }
    }
    for _ in 0..<below(pick([1, 10, 60])) { contents[hostileKey()] = object() }
  }
}

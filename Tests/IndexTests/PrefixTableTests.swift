import TestSupport
import Testing
import Vocabulary

@testable import Index

@Suite struct PrefixTableTests {
  /// Whatever order keys come in, a prefix has the sum of all that begin with it.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func sumsAreThoseOfThePrefixes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let start = ["", "a/", "a", "a/b/"][random.below(4)]
    let depth = random.below(4)
    let keys = (0..<200).map { _ in
      start
        + (0..<random.below(6)).map { _ in ["a", "b", "/", "//", "x/"][random.below(5)] }.joined()
    }
    var table = PrefixTable(start: Key(start), depth: depth)
    var counts: [Int] = []
    for key in keys {
      let number = table.number(of: Key(key).bytes.span)
      while counts.count <= max(number, table.prefixes.count - 1) { counts.append(0) }
      counts[number] += 1
    }
    table.passOn { counts[$1] += counts[$0] }
    for number in table.inOrder {
      let prefix = table.prefixes[number].text
      #expect(counts[number] == keys.count { $0.hasPrefix(prefix) }, "\(prefix) of \(start)")
    }
    let expected = Set(
      keys.flatMap { key -> [String] in
        let bytes = Array(key.utf8)
        let slashes = bytes.indices.filter { $0 >= start.utf8.count && bytes[$0] == 0x2F }
        return [start] + slashes.prefix(depth).map { String(decoding: bytes[...$0], as: UTF8.self) }
      })
    #expect(table.inOrder.map { table.prefixes[$0].text } == expected.sorted())
  }
}

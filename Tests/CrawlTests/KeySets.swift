import TestSupport
import Testing
import Vocabulary

/// Sorted keys of shapes that have broken splitters.
struct KeySets: CustomTestStringConvertible {
  var name: String
  var keys: [Key]

  var testDescription: String { name }

  private init(_ name: String, _ keys: [Key]) {
    self.name = name
    self.keys = Set(keys).sorted()
  }

  private init(_ name: String, _ texts: [String]) {
    self.init(name, texts.map { Key($0) })
  }

  static let folders = KeySets(
    "folders",
    (0..<600).map { "data/\($0 % 13)/\($0 % 7 == 0 ? "raw" : "clean")/part-\($0).parquet" })

  static let all: [KeySets] = [
    KeySets("none", [Key]()),
    KeySets("one", ["a"]),
    KeySets("one of 1024 bytes", [String(repeating: "k", count: 1_024)]),
    KeySets("two", ["", "\u{10FFFF}"].map { "x" + $0 }),
    folders,
    KeySets("numbers", (0..<1_000).map { "object-" + padded($0, to: 9) }),
    KeySets("numbers without padding", (0..<1_000).map { "\($0)" }),
    KeySets("long", longKeys),
    KeySets("each a prefix of the next", (1...500).map { String(repeating: "a", count: $0) }),
    KeySets("scalars at every boundary", boundaryScalars),
    KeySets("text of many scripts", scripts),
    KeySets("no UTF-8", (0..<400).map { Key([0x61, 0xFF, UInt8($0 & 0xFF), UInt8($0 >> 8)]) }),
    KeySets("controls", (0..<400).map { "\u{1}\u{2}/\(UnicodeScalar(UInt8($0 % 32)))/\($0)" }),
    KeySets("slashes", (0..<300).map { String(repeating: "/", count: $0 % 40) + "\($0)" }),
  ]

  private static func padded(_ number: Int, to width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: width - digits.count) + digits
  }

  private static let longKeys: [String] = (0..<300).map { number in
    let tail = padded(number, to: 6)
    return String(repeating: "p/", count: (1_024 - tail.utf8.count) / 2) + tail
  }

  private static let boundaryScalars: [String] = {
    let edges: [UInt32] = [
      0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF,
    ]
    let scalars = edges.compactMap { UnicodeScalar($0) }.map { String(Character($0)) }
    return scalars.flatMap { first in
      scalars.flatMap { second in (0..<6).map { first + second + "\($0)" } }
    }
  }()

  private static let scripts: [String] = {
    var random = SplitMix64(seed: 5)
    let blocks: [ClosedRange<UInt32>] = [
      0x61...0x7A, 0x410...0x44F, 0x4E00...0x4FFF, 0x1F600...0x1F640,
    ]
    return (0..<800).map { _ in
      let block = blocks[random.below(blocks.count)]
      let scalars = (0..<4).compactMap { _ in
        UnicodeScalar(block.lowerBound + UInt32(random.below(block.count)))
      }
      return String(String.UnicodeScalarView(scalars))
    }
  }()
}

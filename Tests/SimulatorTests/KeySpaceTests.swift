import Testing
import Vocabulary

@testable import Simulator

@Suite struct KeySpaceTests {
  static let sizes = [1, 2, 7, 40, 150, 1_000, 20_000]

  @Test(arguments: KeyShape.allCases, sizes)
  func keysAscendStrictly(shape: KeyShape, slots: Int) {
    let space = KeySpace(shape: shape, slots: slots, seed: 3)
    var previous = Key.start
    for slot in 0..<slots {
      let key = space.key(at: slot)
      #expect(previous < key, "slot \(slot): \(key.text.debugDescription)")
      #expect((1...1_024).contains(key.bytes.count))
      #expect(String(validating: key.bytes, as: UTF8.self) != nil)
      previous = key
    }
  }

  @Test(arguments: KeyShape.allCases)
  func keysOfAHugeBucketAscendToo(shape: KeyShape) {
    let space = KeySpace(shape: shape, slots: 10_000_000_000, seed: 3)
    for start in [0, 1_999_999_999, 8_999_999_990, 9_999_999_900] {
      for slot in start..<start + 99 {
        #expect(space.key(at: slot) < space.key(at: slot + 1))
      }
    }
  }

  @Test(arguments: KeyShape.allCases, sizes)
  func findsTheSlotOfAKeyAndTheOneAfterIt(shape: KeyShape, slots: Int) {
    let space = KeySpace(shape: shape, slots: slots, seed: 3)
    for slot in stride(from: 0, to: slots, by: max(1, slots / 500)) {
      let key = space.key(at: slot)
      #expect(space.firstSlot(atOrAfter: key) == slot)
      #expect(space.firstSlot(after: key) == slot + 1)
      #expect(space.firstSlot(atOrAfter: Key(key.bytes + [0])) == slot + 1)
    }
    #expect(space.firstSlot(after: .start) == 0)
    #expect(space.firstSlot(atOrAfter: Key([0xFF])) == slots)
  }

  @Test func anotherSeedGivesOtherKeys() {
    let one = KeySpace(shape: .uuid, slots: 100, seed: 1)
    let two = KeySpace(shape: .uuid, slots: 100, seed: 2)
    #expect((0..<100).allSatisfy { one.key(at: $0) != two.key(at: $0) })
  }

  @Test func skewedBucketHasNineTenthsOfItsKeysInOneFolder() {
    let space = KeySpace(shape: .skewed, slots: 10_000, seed: 1)
    var counts: [String: Int] = [:]
    for slot in 0..<10_000 {
      counts[String(space.key(at: slot).text.prefix(9)), default: 0] += 1
    }
    #expect(counts.count == 64)
    #expect(counts.values.max() == 9_000)
  }

  @Test func folderOfAHostileBucketBeginsNoOtherKey() {
    for folder in HostileKeys.folders {
      #expect(!HostileKeys.alone.contains { $0.starts(with: folder) })
      #expect(HostileKeys.folders.count { $0.starts(with: folder) } == 1)
    }
    #expect(HostileKeys.leaves.allSatisfy { $0.count < 200 })
  }

  struct Class: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var contains: @Sendable ([UInt8]) -> Bool

    init(_ name: String, _ contains: @escaping @Sendable ([UInt8]) -> Bool) {
      testDescription = name
      self.contains = contains
    }

    static func part(_ name: String, _ text: String) -> Class {
      Class(name) { text.utf8.count <= $0.count && find(Array(text.utf8), in: $0) }
    }

    static func start(_ text: String) -> Class {
      Class("begins with \(text.debugDescription)") { $0.starts(with: text.utf8) }
    }

    private static func find(_ part: [UInt8], in text: [UInt8]) -> Bool {
      (0...text.count - part.count).contains { text[$0...].starts(with: part) }
    }
  }

  static let classes: [Class] = [
    .part("U+0001", "\u{1}"), .part("newline", "\n"), .part("carriage return", "\r"),
    .part("escape sequence", "\u{1B}["), .part("plus", "+"), .part("percent form", "%2F"),
    .part("space", " "), .part("empty segment", "//"), .part("dot segment", "/./"),
    .part("dot dot segment", "/../"), .start("="), .start("+"), .start("-"), .start("@"),
    .start("\t"), .start("\u{1}"), .start("\n"), .start("\r"), .start(" "), .start("/"),
    .start("../"), .start("\u{1B}"), .part("script", "</script>"), .part("double quote", "\""),
    .part("quote", "'"), .part("emoji", "\u{1F600}"), .part("U+D7FF", "\u{D7FF}"),
    .part("U+E000", "\u{E000}"), .part("U+FFFD", "\u{FFFD}"), .part("U+FFFF", "\u{FFFF}"),
    .part("U+10FFFF", "\u{10FFFF}"), .part("bidi override", "\u{202E}"), .part("backslash", "\\"),
    Class("1024 bytes") { $0.count == 1_024 }, Class("ends with a slash") { $0.last == 0x2F },
    Class("two dots alone") { $0 == Array("..".utf8) },
  ]

  @Test(arguments: classes)
  func hostileBucketHasEveryClassInEveryNight(of keys: Class) {
    let bucket = SimulatedBucket(
      BucketSpecification(name: "hostile", shape: .hostile, count: 2_000), in: .init())
    for night in 0..<3 {
      #expect(bucket.objects(night: night).contains { keys.contains($0.key.bytes) })
    }
  }

  @Test func noKeyHoldsNUL() {
    let space = KeySpace(shape: .hostile, slots: 5_000, seed: 1)
    #expect((0..<5_000).allSatisfy { !space.key(at: $0).bytes.contains(0) })
  }
}

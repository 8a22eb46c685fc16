import TestSupport
import Testing
import Vocabulary

@Suite struct KeyRangeTests {
  @Test(
    arguments: [
      (":", "", nil), ("a:b", "a", "b"), (":m", "", "m"), ("m:", "m", nil),
      ("logs%3A1:z%25", "logs:1", "z%"), ("%2Da:-b", "-a", "-b"), ("a+b:ä", "a+b", "ä"),
    ] as [(String, String, String?)])
  func reads(text: String, lower: String, upper: String?) throws {
    let range = try KeyRange(written: text)
    #expect(range == KeyRange(lower: Key(lower), upper: upper.map { Key($0) }))
    #expect(try KeyRange(written: range.written) == range)
  }

  @Test(arguments: [
    ("abc", KeyRange.Fault.colons(0)), ("a:b:c", .colons(2)), ("b:a", .notAscending),
    ("a:a", .notAscending), ("a%2:", .badEscape("%2")), ("a:%zz", .badEscape("%zz")),
    ("%:", .badEscape("%")),
  ])
  func refuses(text: String, fault: KeyRange.Fault) {
    #expect(throws: fault) { try KeyRange(written: text) }
  }

  @Test func keepsAllBytes() throws {
    for byte in UInt8.min ... .max {
      for bytes in [[byte], [byte, 0], [0x61, byte], [byte, byte]] {
        let text = Key(bytes).percentEncoded
        #expect(try Key(percentEncoded: text.utf8).bytes == bytes)
        #expect(!text.contains(":") && !text.hasPrefix("-") && text.utf8.allSatisfy { $0 > 0x20 })
      }
    }
  }

  @Test func isCutToAPrefix() {
    func within(_ lower: String, _ upper: String?, _ prefix: String) -> String? {
      KeyRange(lower: Key(lower), upper: upper.map { Key($0) }).within(Key(prefix))?.written
    }
    #expect(within("a", "z", "m/") == ":")
    #expect(within("a", "m/5", "m/") == ":m/5")
    #expect(within("m/2", "z", "m/") == "m/2:")
    #expect(within("m/", "m0", "m/") == "m/:")
    #expect(within("", "m", "m/") == nil)
    #expect(within("m0", nil, "m/") == nil)
    #expect(within("a", "b", "") == "a:b")
  }
}

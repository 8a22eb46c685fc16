import Index
import TestSupport
import Testing

@testable import Answers

@Suite struct RegularExpressionTests {
  private func isFound(_ pattern: String, in key: [UInt8]) throws -> Bool {
    try #require(RegularExpression(pattern), "\(pattern)").matches(key.span)
  }

  @Test(arguments: [
    ("^20(24|26)/.*9", "2024/x/19", true), ("^20(24|26)/.*9", "2025/x/19", false),
    ("a$", "ba", true), ("a$", "ab", false), ("^$", "", true), ("", "anything", true),
    (#"\.(jpe?g|png)$"#, "x/y.jpeg", true), (#"\.(jpe?g|png)$"#, "x/yjpeg", false),
    ("(?i)photo", "my PHOTOS", true), ("[^/]{3,}/", "ab/abc", false),
    ("[^/]{3,}/", "ab/abc/", true),
    (#"\d{4}-\d{2}"#, "logs/2026-11", true), (#"\d{4}-\d{2}"#, "logs/202-11", false),
    ("(a*)*b", "aaaa", false), ("x|^y", "ay", false), ("x|^y", "ya", true),
  ])
  func findsAnywhere(_ pattern: String, _ key: String, _ isThere: Bool) throws {
    #expect(try isFound(pattern, in: Array(key.utf8)) == isThere)
  }

  @Test(arguments: [#"(a)\1"#, "(?=a)b", #"\bword\b"#, "a++b", "(?!x)y", "(?m)^a"])
  func leavesToTheLibraryWhatIsNoRegularLanguage(_ pattern: String) throws {
    let expression = try #require(RegularExpression(pattern))
    #expect(expression.effort == .irregular)
  }

  @Test(arguments: ["a{6000}", "((a{20}){20}){20}", "(a|b){0,5000}"])
  func leavesToTheLibraryWhatIsTooLarge(_ pattern: String) throws {
    let expression = try #require(RegularExpression(pattern))
    #expect(expression.effort == .large)
  }

  @Test func isNoExpressionWhereTheLibraryFindsNone() {
    for text in ["(", "[a", "*", "a{3,2}", #"\"#, "(?<n", "[]"] {
      #expect(RegularExpression(text) == nil, "\(text)")
    }
  }

  /// Such patterns take the library's engine longer than anybody waits.
  @Test(arguments: [
    "(a+)+$", "(a|aa)+$", "(a|b|ab)*c$", "(.*a){12}$", "^(([a-z])+.)+[A-Z]([a-z])+$",
  ])
  func takesTimeByTheKeysLengthAlone(_ pattern: String) throws {
    let expression = try #require(RegularExpression(pattern))
    #expect(expression.effort == .linear)
    let isFound = expression.matches(Array((String(repeating: "a", count: 1_000) + "!").utf8).span)
    #expect(!isFound)
  }

  /// A program of many states forgets them on the way and finds the same.
  @Test func forgetsStatesThatAreTooMany() throws {
    let pattern = "(a|b)*a(a|b){13}$"
    let expression = try #require(RegularExpression(pattern))
    var random = SplitMix64(seed: 7)
    for _ in 0..<300 {
      let key = (0..<200).map { _ in UInt8(ascii: random.below(2) == 0 ? "a" : "b") }
      let isFound = expression.matches(key.span)
      #expect(isFound == (key[key.count - 14] == UInt8(ascii: "a")))
    }
  }

  /// Where the library is at odds with itself: its `\w` takes no digit before a scalar outside of ASCII, its
  /// classes take CR and LF for one now and then, and `(?i)k+` finds no Kelvin sign, where `(?i)k` does.
  private func isReadOddly(_ key: [UInt8], by pattern: String) -> Bool {
    let pairs = zip(key, key.dropFirst())
    if pattern.contains("\\w") || pattern.contains("\\W"),
      pairs.contains(where: { "09_".utf8.contains($0) && $1 >= 0x80 })
    {
      return true
    }
    return pairs.contains { $0 == 13 && $1 == 10 }
      || pattern.contains("(?i") && String(decoding: key, as: UTF8.self).contains("\u{212A}")
  }

  /// Where the library says that there is no `\w` in `9日`, but a `\W` in `9`.
  @Test func knowsADigitBeforeAnyOther() throws {
    #expect(try isFound(#"^\w\w$"#, in: Array("9日".utf8)))
    #expect(try !isFound(#"\W"#, in: Array("_日".utf8)))
  }

  /// What the standard library's own engine says, of patterns and keys of all kinds.
  @Test func agreesWithTheLibrary() throws {
    var random = SplitMix64(seed: 1)
    var linear = 0
    for _ in 0..<3_000 {
      let pattern = random.pattern(depth: 3)
      guard let library = LibraryRegex(pattern), let expression = RegularExpression(pattern) else {
        continue
      }
      linear += expression.effort == .linear ? 1 : 0
      for _ in 0..<8 {
        let key = random.key()
        guard !isReadOddly(key, by: pattern) else { continue }
        let expected = library.isFound(in: String(decoding: key, as: UTF8.self))
        let isFound = expression.matches(key.span)
        #expect(
          isFound == expected,
          "\(pattern) in \(String(decoding: key, as: UTF8.self).debugDescription)")
      }
    }
    #expect(linear > 1_500)
  }
}

extension SplitMix64 {
  private static let atoms = [
    "a", "b", "A", "/", "0", "ä", "日", "é", ".", "[ab]", "[^/]", "[a-c0-9]", #"\d"#, #"\w"#, #"\s"#,
    #"\W"#, #"\."#, #"\x61"#, #"\u00e4"#, "[^a-z日]", #"[\d/]"#, #"[\w.-]"#, "-", " ", "^", "$",
    #"\A"#, #"\z"#, "k", "ß", #"[A-Z&&[^B]]"#, "K",
  ]
  private static let quantifiers = [
    "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "??", "{1,3}?",
  ]

  fileprivate mutating func pattern(depth: Int) -> String {
    let options = depth == 3 ? pick(["", "", "", "(?i)", "(?s)", "(?is)"]) : ""
    return options + (0...below(2)).map { _ in sequence(depth: depth) }.joined(separator: "|")
  }

  private mutating func sequence(depth: Int) -> String {
    (0...below(4)).map { _ in
      let part =
        depth > 0 && below(4) == 0
        ? pick(["(", "(?:", "(?<n\(below(1_000))>"]) + pattern(depth: depth - 1) + ")"
        : pick(Self.atoms)
      return part + (below(3) == 0 ? pick(Self.quantifiers) : "")
    }.joined()
  }

  private static let pieces: [[UInt8]] =
    [
      "a", "b", "A", "B", "/", "0", "9", "ä", "Ä", "日", "é", "e\u{301}", ".", "-", " ", "\n",
      "\r\n", "\u{2028}", "k",
      "K", "\u{212A}", "ß", "ẞ", "٣", "_", "😀", "\0", "\u{85}",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x80]]

  fileprivate mutating func key() -> [UInt8] {
    (0..<below(9)).flatMap { _ in pick(Self.pieces) }
  }
}

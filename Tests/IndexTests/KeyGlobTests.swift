import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// The matcher of keys against SQLite's own, which is right where no zero byte is.
@Suite struct KeyGlobTests {
  private func matches(_ pattern: String, _ key: String) -> Bool {
    KeyGlob(pattern).matches(Array(key.utf8).span)
  }

  @Test(arguments: [
    ("", ""), ("", "a"), ("*", ""), ("*", "a/b"), ("a*", "a"), ("*a", "ba"), ("*a*", "bab"),
    ("a*a", "a"), ("a*a", "aa"), ("a*ab*b", "aabb"), ("a*ab*b", "aab"), ("ab*ba", "aba"),
    ("?", ""), ("?", "é"), ("??", "é"), ("*?", "aé"), ("?*?", "é"), ("?*?", "éé"), ("*?b", "éb"),
    ("[a-c]", "b"), ("[a-c]", "d"), ("[^a-c]", "d"), ("[^a-c]", "é"), ("[]]", "]"), ("[^]]", "]"),
    ("[]a]", "a"), ("[a-]", "-"), ("[-a]", "-"), ("[a-c-e]", "-"), ("[a-c-e]", "d"), ("[", "["),
    ("[a", "a"), ("[^a", "b"), ("[c-a]", "b"), ("[^]", "a"), ("[à-ü]", "é"), ("*[é]", "aé"),
    ("[[]x]", "[x]"), ("*[*]*", "a*b"), ("*[?]", "a?"), ("[^a]", ""), ("*.tar.gz", "x.tar.gz"),
    ("*.tar.gz", ".gz"), ("é*", "é"), ("*🎉?", "a🎉b"), ("a[", "a"), ("[a-", "a"), ("[a-]", "b"),
  ])
  func matchesLikeSQLite(pattern: String, key: String) {
    #expect(matches(pattern, key) == Connection.glob(pattern, matches: key), "\(pattern) \(key)")
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func matchesRandomKeysLikeSQLite(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    func text(_ scalars: [Character], _ countMax: Int) -> String {
      String((0..<random.below(countMax + 1)).map { _ in scalars[random.below(scalars.count)] })
    }
    for _ in 0..<20_000 {
      let pattern = text(["a", "b", "c", "é", "*", "*", "?", "[", "]", "^", "-"], 9)
      let key = text(["a", "b", "c", "é", "[", "]", "-", "^"], 8)
      #expect(matches(pattern, key) == Connection.glob(pattern, matches: key), "\(pattern) \(key)")
    }
  }

  @Test func endsSoonWhateverThePattern() {
    let pattern = String(repeating: "*a", count: 40) + "*b"
    #expect(!matches(pattern, String(repeating: "a", count: 1_000)))
  }

  @Test func takesBytesThatAreNoTextOneByOne() {
    let key: [UInt8] = [0xFF, 0x80, UInt8(ascii: "a"), 0xC3]
    for (pattern, isMatch) in [("*a*", true), ("?a?", true), ("*", true), ("??a?", false)] {
      #expect(KeyGlob(pattern).matches(key.span) == isMatch, "\(pattern)")
    }
  }
}

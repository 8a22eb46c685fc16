import Testing
import Vocabulary

@Suite struct EscapingTests {
  @Test(arguments: [
    ("plain text", "plain text"), ("a\nb\r\n\tc", "a\\nb\\r\\n\\tc"),
    ("\u{1B}[31mred", "\\e[31mred"), ("\0", "\\x00"), ("\u{7F}\u{9B}", "\\x7F\\u{9B}"),
    ("a\u{202E}b", "a\\u{202E}b"), ("\u{2066}\u{200B}\u{FEFF}", "\\u{2066}\\u{200B}\\u{FEFF}"),
    ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("Größe 木 👍", "Größe 木 👍"),
    ("e\u{301}", "e\u{301}"),
  ])
  func showsControlsInsteadOfObeyingThem(text: String, escaped: String) {
    #expect(Array(text.escapingControls().utf8) == Array(escaped.utf8))
  }

  @Test func cutsLongTexts() {
    #expect("abcdef".escapingControls(scalarsMax: 3) == "abc…")
    #expect("abc".escapingControls(scalarsMax: 3) == "abc")
    #expect("\n\n\n".escapingControls(scalarsMax: 2) == "\\n\\n…")
  }
}

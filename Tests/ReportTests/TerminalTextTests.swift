import Testing

@testable import Report

@Suite struct TerminalTextTests {
  @Test(arguments: [
    ("plain é 漢 👍", "plain é 漢 👍"), ("a\nb\r\t", "a\\nb\\r\\t"), ("\u{1B}[0m", "\\e[0m"),
    ("\u{0}\u{1}\u{7F}", "\\x00\\x01\\x7F"), ("\u{85}\u{9B}", "\\u{85}\\u{9B}"), ("\\", "\\\\"),
    ("\\n", "\\\\n"), ("\u{202A}\u{202E}\u{2066}\u{2069}", "\\u{202A}\\u{202E}\\u{2066}\\u{2069}"),
    ("\u{200B}\u{200E}\u{200F}\u{61C}", "\\u{200B}\\u{200E}\\u{200F}\\u{61C}"),
    ("\u{2028}\u{2029}\u{FEFF}", "\\u{2028}\\u{2029}\\u{FEFF}"), ("\u{E0041}", "\\u{E0041}"),
    ("\r\n", "\\r\\n"),
  ])
  func escapes(text: String, shown: String) {
    #expect(escapedForTerminal(text) == shown)
  }

  @Test(arguments: [
    ([0xFF, 0x41], "\\xFFA"), ([0xC3], "\\xC3"), ([0xC0, 0x80], "\\xC0\\x80"),
    ([0xED, 0xA0, 0x80], "\\xED\\xA0\\x80"), ([0xF4, 0x90, 0x80, 0x80], "\\xF4\\x90\\x80\\x80"),
    ([0xE2, 0x82], "\\xE2\\x82"), ([0xE2, 0x82, 0xAC], "€"), ([0x85], "\\x85"),
    ([0xF0, 0x9F, 0x98, 0x80], "😀"), ([0xE0, 0x9F, 0xBF], "\\xE0\\x9F\\xBF"),
  ])
  func escapesInvalidBytes(bytes: [UInt8], shown: String) {
    #expect(escapedForTerminal(bytes) == shown)
  }

  /// Reads the escaped form back, so that two byte strings can never be shown alike.
  private func unescaped(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        bytes += String(scalar).utf8
        continue
      }
      switch rest.popFirst() {
      case "\\": bytes.append(0x5C)
      case "n": bytes.append(0x0A)
      case "r": bytes.append(0x0D)
      case "t": bytes.append(0x09)
      case "e": bytes.append(0x1B)
      case "x":
        guard let byte = UInt8(String(String.UnicodeScalarView(rest.prefix(2))), radix: 16) else {
          return nil
        }
        bytes.append(byte)
        rest = rest.dropFirst(2)
      case "u":
        let digits = String(String.UnicodeScalarView(rest.dropFirst().prefix { $0 != "}" }))
        guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
          return nil
        }
        bytes += String(scalar).utf8
        rest = rest.dropFirst(digits.count + 2)
      default: return nil
      }
    }
    return bytes
  }

  @Test func isUnambiguous() {
    for text in nastyTexts {
      let shown = escapedForTerminal(text)
      #expect(unescaped(shown) == Array(text.utf8))
      #expect(
        !shown.unicodeScalars.contains {
          [.control, .format, .lineSeparator, .paragraphSeparator]
            .contains($0.properties.generalCategory)
        })
    }
    var generator = SplitMix(state: 20_261_120)
    for _ in 0..<2_000 {
      let bytes = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(unescaped(escapedForTerminal(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("👍", 2), ("🇨🇭", 2), ("가", 2), ("ｱ", 1),
    ("Ａ", 2), ("\u{1B}", 2), ("☃", 1), ("⌚", 2), ("ไทย", 3), ("ด้", 1),
  ])
  func measuresColumns(text: String, width: Int) {
    #expect(terminalCell(Array(text.utf8), widthMax: nil).width == width)
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字漢", 6, "漢字漢"), ("漢字漢", 5, "漢字…"),
    ("漢字漢", 4, "漢…"), ("ab\u{1B}c", 5, "ab\\ec"), ("ab\u{1B}cd", 5, "ab\\e…"),
    ("ab\u{202E}", 8, "ab…"), ("abe\u{301}de", 4, "abe\u{301}…"), ("", 1, ""), ("ab", 1, "…"),
  ])
  func cutsBetweenWholeCharacters(text: String, widthMax: Int, shown: String) {
    let cell = terminalCell(Array(text.utf8), widthMax: widthMax)
    #expect(String(decoding: cell.text, as: UTF8.self) == shown)
    #expect(cell.width <= widthMax)
  }
}

@Suite struct MiddleCutTests {
  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "a…d"), ("abcdef", 4, "ab…f"), ("漢字漢字", 5, "漢…字"),
    ("漢字漢字", 4, "漢…"), ("ab\u{1B}cd\u{1B}", 6, "ab…d\\e"),
    ("e\u{301}abce\u{301}", 3, "e\u{301}…e\u{301}"),
    ("ab", 1, "…"), ("", 1, ""), ("2026/11/20/access-00017.gz", 16, "2026/11/…0017.gz"),
  ])
  func cutsBetweenWholeCharacters(text: String, widthMax: Int, shown: String) {
    let cell = middleCutCell(Array(text.utf8), widthMax: widthMax)
    #expect(String(decoding: cell.text, as: UTF8.self) == shown)
    #expect(cell.width <= widthMax)
  }
}

private func escapedForTerminal(_ bytes: [UInt8]) -> String {
  String(decoding: terminalCell(bytes, widthMax: nil).text, as: UTF8.self)
}

private func escapedForTerminal(_ text: String) -> String {
  escapedForTerminal(Array(text.utf8))
}

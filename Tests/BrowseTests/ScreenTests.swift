import Index
import Report
import Testing
import Vocabulary

@testable import Browse

/// What is drawn, on small and large terminals, of names that mean harm.
@Suite struct ScreenTests {
  static let hostile: [[UInt8]] = [
    Array("\u{1B}]0;owned\u{7}".utf8), Array("\u{1B}[2J\u{1B}[H".utf8),
    Array("a\r\nb\tc\u{8}".utf8),
    Array("\u{9B}31m".utf8), Array("\u{202E}fdp.exe\u{2066}".utf8), Array("\u{200B}\u{2028}".utf8),
    Array("日本語/キー/".utf8) + Array(repeating: 0xE6, count: 9),
    Array(String(repeating: "漢", count: 341).utf8), Array(String(repeating: "🎉", count: 256).utf8),
    Array("e".utf8) + Array(String(repeating: "\u{301}", count: 500).utf8),
    Array(repeating: 0xFF, count: 1_024), Array(repeating: UInt8(ascii: "k"), count: 1_024),
    Array("back\\slash".utf8), [], Array("\u{301}begins with a mark".utf8),
    Array(String(repeating: "\u{1B}[31m", count: 200).utf8),
  ]

  static let sizes = [
    Size(columns: 40, rows: 8), Size(columns: 41, rows: 9), Size(columns: 60, rows: 12),
    Size(columns: 80, rows: 24), Size(columns: 250, rows: 70),
  ]

  /// The text of a line and the columns that a terminal gives it; nil where anything but styles is in it that a
  /// terminal may act on.
  private func plain(_ line: [UInt8]) -> (text: String, width: Int)? {
    var text = String.UnicodeScalarView()
    var width = 0
    var rest = String(decoding: line, as: UTF8.self).unicodeScalars[...]
    guard String(rest).utf8.elementsEqual(line) else { return nil }
    while let scalar = rest.popFirst() {
      if scalar == "\u{1B}" {
        guard rest.popFirst() == "[" else { return nil }
        while let next = rest.first, ("0"..."9").contains(next) { rest.removeFirst() }
        guard rest.popFirst() == "m" else { return nil }
        continue
      }
      guard scalar.visibleForm == nil else { return nil }
      text.append(scalar)
      let bytes = scalar == "\\" ? [UInt8(ascii: "/")] : Array(String(scalar).utf8)
      width += terminalCell(bytes, widthMax: nil).width
    }
    return (String(text), width)
  }

  private func check(_ session: Session, _ size: Size, usesColor: Bool = false) {
    let lines = Screen(session.browser, usesColor: usesColor).lines
    let plain = lines.map { self.plain($0) }
    #expect(plain.count == size.rows)
    #expect(plain.count { $0 == nil } == 0, "nothing is raw")
    #expect(plain.reduce(0) { max($0, $1?.width ?? 0) } <= size.columns)
  }

  @Test(arguments: sizes)
  func nothingWrapsAndNothingIsRaw(size: Size) {
    let rows = Self.hostile.enumerated().map { object($1, Int64($0) << 40) }
    for (number, name) in Self.hostile.enumerated() {
      var session = Session(
        level(String(decoding: name, as: UTF8.self), rows, left: 12_345), size: size)
      session.reply(.growth(Growth(days: 7, otherwise: .max)))
      // All keys on one of them, and on each what shows it.
      let keys =
        number == 0
        ? ["", "c", "p", "p", "u", "M", "C", "n", "G", "?"] : ["", "/" + "\u{301}漢\u{202E}"]
      for (turn, keys) in keys.enumerated() {
        session.type(keys)
        check(session, size, usesColor: turn == 0)
        session.press(.escape)
      }
    }
  }

  @Test(arguments: sizes)
  func factsAndErrorsOfHostileNames(size: Size) {
    for name in Self.hostile {
      var session = Session(level([object(name, 1)]), size: size)
      session.type("i")
      session.reply(
        .facts(Facts([Facts.Line("address", name), Facts.Line("", name)], isUnfinished: true)))
      check(session, size)
      session.reply(.failed(String(decoding: name, as: UTF8.self)))
      check(session, size)
      session.handle(.tick)
      check(session, size)
    }
  }

  @Test(arguments: sizes)
  func theCursorIsAlwaysOnTheScreen(size: Size) {
    let rows = (0..<500).map { object("key \($0)", Int64($0)) }
    var session = Session(level(rows), size: size)
    for key in [Keystroke.end, .pageUp, .up, .pageDown, .home, .pageDown, .down, .end] {
      session.press(key)
      let name = session.selected ?? ""
      let reversed = Screen(session.browser, usesColor: false).lines.filter {
        $0.starts(with: "\u{1B}[7m".utf8)
      }
      #expect(reversed.count == 1)
      #expect(reversed.first.map { String(decoding: $0, as: UTF8.self) }?.contains(name) == true)
    }
    session.handle(.resize(.least))
    #expect(session.screen().joined().contains(session.selected ?? "none"))
  }

  @Test(arguments: [(39, 24), (80, 7), (1, 1), (5, 100)])
  func saysThatTheTerminalIsTooSmall(columns: Int, rows: Int) {
    let session = Session(level([object("x", 1)]), size: Size(columns: columns, rows: rows))
    let lines = session.screen()
    #expect(lines.count == rows)
    let words = "\(columns)x\(rows) is too small: 40x8 is needed, q leaves"
    let shown = lines[0].hasSuffix("…") ? String(lines[0].dropLast()) : lines[0]
    #expect(words.hasPrefix(shown) && lines[0].count <= columns)
    #expect(lines.dropFirst().joined() == "")
  }

  @Test func marksWhatCannotBeTakenAsItIs() {
    func mark(_ state: BucketState, _ hours: Int64, _ objects: Int64?) -> Mark {
      Mark(Freshness(state: state, syncedAt: hoursAgo(hours)), objects: objects, now: now)
    }
    #expect(mark(.denied, 1, 0) == .denied)
    #expect(mark(.partial, 1, 1) == .partial)
    #expect(mark(.never, 1, nil) == .never)
    #expect(mark(.complete, 37, 0) == .stale)
    #expect(mark(.complete, 35, 0) == .empty)
    #expect(mark(.complete, 35, 1) == .none)
    #expect(["!", "~", "?", "*", "e", " "].map { Mark(rawValue: $0) }.allSatisfy { $0 != nil })
  }

  @Test func whatIsNotKnownIsNeverZero() {
    let row = Row(.prefix, name: Array("x/".utf8), objects: nil, bytes: nil)
    var session = Session(level([row, prefix("y/", 1)]))
    let line = session.screen().first { $0.hasSuffix(" x/") } ?? ""
    #expect(!line.contains(#/[0-9]/#) && line.filter { $0 == "–" }.count >= 3, "\(line)")
    session.type("M")
    #expect(session.screen().first { $0.contains(" y/") }?.filter { $0 == "–" }.count == 2)
  }

  @Test func theFootSaysHowFarItCanBeBelieved() {
    let session = Session(level([object("x", 1)], state: .partial, syncedAt: nil), size: .least)
    let foot = session.screen()[6]
    #expect(foot.contains("partial") && foot.contains("never synced"))
    let complete = Session(level([object("x", 1)]), size: .least)
    #expect(complete.screen()[6].hasPrefix("1 B  complete  synced 2026-11-19 23:00Z"))
  }

  @Test func usesNoColorsWhereNoneAreWanted() {
    var session = Session(level([prefix("x/", 1), prefix("y/", 1)], state: .denied))
    session.press(.end)
    func styles(_ usesColor: Bool) -> String {
      Screen(session.browser, usesColor: usesColor).lines.map {
        String(decoding: $0, as: UTF8.self)
      }
      .joined().matches(of: #/\x{1B}\[([0-9]+)m/#).map { String($0.1) }.joined(separator: " ")
    }
    #expect(styles(true).contains("31") && styles(true).contains("36"))
    #expect(!styles(false).contains("3"))
    #expect(styles(false).contains("7"), "the cursor is seen")
  }
}

@Suite struct FrameTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func writesOnlyLinesThatDiffer() {
    var frame = Frame()
    let first = text(frame.update([Array("a".utf8), Array("b".utf8)]))
    #expect(first.contains("\u{1B}[1;1H\u{1B}[2Ka") && first.contains("\u{1B}[2;1H\u{1B}[2Kb"))
    #expect(text(frame.update([Array("a".utf8), Array("c".utf8)])) == "\u{1B}[2;1H\u{1B}[2Kc")
    #expect(frame.update([Array("a".utf8), Array("c".utf8)]).isEmpty)
    frame.forget()
    #expect(text(frame.update([Array("a".utf8), []])).hasPrefix("\u{1B}[0m\u{1B}[2J"))
  }

  @Test func closingUndoesOpening() {
    for mode in ["?1049", "?25", "?7"] {
      let (opening, closing) = (text(Frame.opening), text(Frame.closing))
      #expect(opening.contains("[\(mode)h") != opening.contains("[\(mode)l"))
      #expect(opening.contains("[\(mode)h") == closing.contains("[\(mode)l"))
    }
  }
}

import Testing

@testable import Browse

@Suite struct KeyDecoderTests {
  @Test(arguments: [
    ("\u{1B}[A", [Keystroke.up]), ("\u{1B}OB", [.down]), ("\u{1B}[C", [.right]),
    ("\u{1B}[1;5D", [.left]), ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6;2~", [.pageDown]),
    ("\u{1B}[H", [.home]), ("\u{1B}[7~", [.home]), ("\u{1B}[1~", [.home]), ("\u{1B}OF", [.end]),
    ("\u{1B}[4~", [.end]), ("\u{1B}OM", [.enter]), ("\r", [.enter]), ("\n", [.enter]),
    ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]), ("\u{C}", [.redraw]),
    ("jé漢🎉", [.character("j"), .character("é"), .character("漢"), .character("🎉")]),
    // A function key, a paste, a report of the mouse, and Alt: none of ours, and nothing of them is left over.
    ("\u{1B}[15~q", [.character("q")]), ("\u{1B}[[Aq", [.character("q")]),
    ("\u{1B}[200~q", [.character("q")]), ("\u{1B}[<0;3;4Mq", [.character("q")]),
    ("\u{1B}xq", [.character("q")]), ("\u{0}\u{1}\u{1F}q", [.character("q")]),
    // A lone ESC before a key that is a sequence.
    ("\u{1B}\u{1B}[A", [.escape, .up]), ("\u{1B}[\u{1B}[A", [.up]),
  ])
  func decodes(bytes: String, keys: [Keystroke]) {
    var whole = KeyDecoder()
    #expect(whole.take(bytes.utf8) == keys)
    #expect(!whole.isPending)
    // However they are cut.
    var piecewise = KeyDecoder()
    #expect(bytes.utf8.flatMap { piecewise.take([$0]) } == keys)
    #expect(!piecewise.isPending)
  }

  @Test func tellsALoneEscapeByTheRestThatFollows() {
    var decoder = KeyDecoder()
    #expect(decoder.take([0x1B]).isEmpty && decoder.isPending)
    #expect(decoder.rest() == [.escape])
    #expect(!decoder.isPending)
    #expect(decoder.take([0x5B, 0x41]) == [.character("["), .character("A")])
  }

  @Test func dropsHalfASequence() {
    var decoder = KeyDecoder()
    #expect(decoder.take([0x1B, 0x5B, 0x31]).isEmpty)
    #expect(decoder.rest().isEmpty && !decoder.isPending)
  }

  @Test func passesOverBytesThatAreNoText() {
    var decoder = KeyDecoder()
    #expect(
      decoder.take([0xFF, 0xC3, 0x61, 0x80, 0xED, 0xA0, 0x80, 0xF4, 0x90, 0x80, 0x80, 0x62]) == [
        .character("a"), .character("b"),
      ])
  }

  @Test func givesUpWhatNeverEnds() {
    var decoder = KeyDecoder()
    _ = decoder.take([0x1B, 0x5B] + Array(repeating: UInt8(ascii: "1"), count: 100))
    #expect(decoder.take([UInt8(ascii: "q")]).last == .character("q"))
  }
}

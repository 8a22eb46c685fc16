import Report
import TestSupport
import Testing
import Vocabulary

@testable import Server

@Suite struct CursorTests {
  private static let at = Timestamp(millisecondsSinceEpoch: 1_795_000_000_123)

  private static let starts: [Cursor.Start] = [
    .window(.after(rows: 1, digest: -1)), .window(.after(rows: .max, digest: 0)),
    .window(.behind(name: [0xFF, 0x00])),
    .behind(RowPlace(bucket: "logs", endpoint: "", key: Array("a/b".utf8))),
    .behind(RowPlace(bucket: "b", endpoint: "http://x", key: [0xFF, 0x00, 0x2F], rank: -1_024)),
    .behind(RowPlace(bucket: "b", endpoint: "", key: [], rank: .max)),
  ]

  @Test(arguments: starts)
  func comesBackAsItWas(start: Cursor.Start) {
    let cursor = Cursor(start, askedAt: Self.at)
    let text = cursor.text(question: [1, 2])
    #expect(Cursor(text, question: [1, 2]) == cursor)
    #expect(text.utf8.allSatisfy { $0 == 0x2D || $0 == 0x5F || ($0 | 0x20).isLetterOrDigit })
  }

  @Test(arguments: starts)
  func isOfOneQuestion(start: Cursor.Start) {
    let text = Cursor(start, askedAt: Self.at).text(question: [1, 2])
    #expect(Cursor(text, question: [1, 3]) == nil)
  }

  /// Whatever one letter of it becomes, it is none any more.
  @Test func noticesEveryChange() {
    let text = Cursor(Self.starts[2], askedAt: Self.at).text(question: [])
    for place in text.indices {
      for other in "Aa0-_" where other != text[place] {
        var changed = text
        changed.replaceSubrange(place...place, with: String(other))
        #expect(Cursor(changed, question: []) == nil)
      }
      #expect(Cursor(String(text[..<place]), question: []) == nil)
    }
  }

  /// Anybody can write one: what is reckoned from its moment must not overflow.
  @Test(arguments: [Int64.min, -1, 253_402_300_800_000, .max])
  func isOfAMomentThatAQuestionCanHave(milliseconds: Int64) {
    let moment = Timestamp(millisecondsSinceEpoch: milliseconds)
    let text = Cursor(Self.starts[0], askedAt: moment).text(question: [])
    #expect(Cursor(text, question: []) == nil)
  }

  @Test func survivesAnything() {
    var random = SplitMix64(seed: 16)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0..<40, using: &random)
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(Cursor(String(decoding: bytes, as: UTF8.self), question: []) == nil)
    }
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    (0x61...0x7A).contains(self) || (0x30...0x39).contains(self)
  }
}

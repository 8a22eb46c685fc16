import Foundation
import Testing
import Vocabulary

/// Texts that nobody thought of: a document with bytes changed, left out, put in and repeated.
@Suite struct JSONMutationTests {
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private static let document = Array(
    #"{"a":[1,-2.5e+3,0,"x\u00e9\ud83d\ude00é\n"],"b":{"c":[],"d":{}},"a":null,"t":true,"f":false} "#
      .utf8)
  private static let pieces =
    Array(#"{}[]",:\/u0d8eE+-.19tfn "#.utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xED, 0xFF]

  private static func mutated(_ random: inout Generator) -> [UInt8] {
    var text = document
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let place = Int.random(in: 0..<text.count, using: &random)
      let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
      switch Int.random(in: 0..<5, using: &random) {
      case 0: text[place] = piece
      case 1: text.insert(piece, at: place)
      case 2: text.remove(at: place)
      case 3: text.removeSubrange(place..<min(text.count, place + 8))
      default: text.insert(contentsOf: text[place..<min(text.count, place + 12)], at: place)
      }
      if text.isEmpty { text = [piece] }
    }
    return text
  }

  @Test(arguments: 0..<8)
  func areReadAsFoundationReadsThem(_ seed: Int) {
    var random = Generator(state: UInt64(seed) &* 977 &+ 1)
    var taken = 0
    for _ in 0..<2_500 {
      let text = Self.mutated(&random)
      let value = JSONValue(parsing: text)
      // Whether it throws is all that is asked.
      let isFoundations =
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
      if value == nil, isFoundations {
        #expect(Self.hasOddity(text), "refused: \(String(decoding: text, as: UTF8.self))")
      } else {
        #expect((value != nil) == isFoundations, "\(String(decoding: text, as: UTF8.self))")
      }
      guard let value else { continue }
      taken += 1
      let written = value.encoded()
      #expect(JSONValue(parsing: written)?.encoded() == written)
    }
    #expect(taken > 100)
  }

  /// Foundation takes a comma before a closing bracket.
  private static func hasOddity(_ text: [UInt8]) -> Bool {
    let dense = text.filter { $0 != 0x20 }
    return zip(dense, dense.dropFirst()).contains {
      $0 == UInt8(ascii: ",") && ($1 == UInt8(ascii: "]") || $1 == UInt8(ascii: "}"))
    }
  }
}

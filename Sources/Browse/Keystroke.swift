internal import Vocabulary

/// One press of a key, as far as a terminal tells it.
package enum Keystroke: Equatable, Sendable {
  case up, down, left, right, pageUp, pageDown, home, end, enter, escape, backspace
  /// Ctrl-L: the screen is to be drawn anew.
  case redraw
  case character(Unicode.Scalar)
}

/// Makes keys of the bytes that a terminal sends, however they are cut into pieces.
///
/// ```swift
/// var decoder = KeyDecoder()
/// decoder.take([0x1B])          // [], and isPending: it may be the beginning of a sequence
/// decoder.take([0x5B, 0x41])    // [.up]
/// decoder.take([0x1B])          // []
/// decoder.rest()                // [.escape], when nothing came for 50 ms
/// ```
///
/// Sequences are those of ECMA-48, section 5.4, as xterm, VT terminals, tmux and the Linux console send them for keys;
/// any other is passed over as a whole.
package struct KeyDecoder: Sendable {
  /// The beginning of a sequence or of a character.
  private var pending: [UInt8] = []

  /// How long nothing has to come before an ESC is a key of its own.
  package static let restMilliseconds: Int32 = 50
  /// No key sends more: what is longer is no sequence.
  private static let sequenceBytesMax = 32

  package init() {}

  /// Whether the bytes so far may be the beginning of something.
  package var isPending: Bool { !pending.isEmpty }

  /// The keys that are complete with these bytes.
  package mutating func take(_ bytes: some Sequence<UInt8>) -> [Keystroke] {
    var keys: [Keystroke] = []
    for byte in bytes { take(byte, &keys) }
    return keys
  }

  /// The keys that are left when nothing comes any more; half a sequence is none.
  package mutating func rest() -> [Keystroke] {
    defer { pending = [] }
    return pending == [Self.escape] ? [.escape] : []
  }

  private mutating func take(_ byte: UInt8, _ keys: inout [Keystroke]) {
    guard let first = pending.first else { return begin(byte, &keys) }
    if first == Self.escape { return goOn(byte, &keys) }
    // A character of several bytes.
    guard byte & 0xC0 == 0x80 else {
      pending = []
      return begin(byte, &keys)
    }
    pending.append(byte)
    guard pending.count == Self.length(of: first) else { return }
    let text = String(validating: pending, as: UTF8.self)
    pending = []
    if let scalar = text?.unicodeScalars.first { keys.append(.character(scalar)) }
  }

  private mutating func begin(_ byte: UInt8, _ keys: inout [Keystroke]) {
    switch byte {
    case Self.escape: pending = [byte]
    case 0x0D, 0x0A: keys.append(.enter)
    case 0x08, 0x7F: keys.append(.backspace)
    case 0x0C: keys.append(.redraw)
    case 0x20..<0x7F: keys.append(.character(Unicode.Scalar(byte)))
    case 0xC2...0xF4: pending = [byte]
    // Other controls, and bytes that begin no character.
    default: break
    }
  }

  private mutating func goOn(_ byte: UInt8, _ keys: inout [Keystroke]) {
    pending.append(byte)
    guard pending.count > 2 else {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "O"): return
      // Two of them: the first is a key.
      case Self.escape:
        keys.append(.escape)
        pending = [byte]
      // Alt with a key, which means nothing here.
      default: pending = []
      }
      return
    }
    // The Linux console sends ESC [ [ A for a function key.
    if pending.count == 3, byte == UInt8(ascii: "["), pending[1] == byte { return }
    if byte == Self.escape {
      pending = [byte]
      return
    }
    let isEnd = (0x40...0x7E).contains(byte)
    guard isEnd || pending.count >= Self.sequenceBytesMax else { return }
    if isEnd, pending[2] != UInt8(ascii: "[") || pending.count == 3 {
      Self.key(of: pending).map { keys.append($0) }
    }
    pending = []
  }

  /// The key of a whole sequence; keys with Shift, Alt or Control are the keys.
  private static func key(of sequence: [UInt8]) -> Keystroke? {
    switch sequence.last {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return .right
    case UInt8(ascii: "D"): return .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "M") where sequence.count == 3 && sequence[1] == UInt8(ascii: "O"):
      return .enter
    case UInt8(ascii: "~"): break
    default: return nil
    }
    let number = sequence.dropFirst(2).prefix { $0.isASCIIDigit }
    switch String(decoding: number, as: UTF8.self) {
    case "1", "7": return .home
    case "4", "8": return .end
    case "5": return .pageUp
    case "6": return .pageDown
    default: return nil
    }
  }

  private static let escape: UInt8 = 0x1B

  /// Of a character in UTF-8, by its first byte.
  private static func length(of first: UInt8) -> Int { first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4 }
}

/// Where a string stands in a text, without its quotes.
struct StringPlace {
  var content: Range<Int>
  var hasEscapes: Bool
}

extension JSONReader {
  /// The text of a string that was passed over.
  func text(_ place: StringPlace) -> String {
    place.hasEscapes
      ? String(decoding: unescaped(place.content), as: UTF8.self)
      : String(decoding: bytes[place.content], as: UTF8.self)
  }

  func unescaped(_ content: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var place = content.lowerBound
    while place < content.upperBound {
      guard bytes[place] == UInt8(ascii: "\\") else {
        text.append(bytes[place])
        place += 1
        continue
      }
      do throws(JSONError) {
        let (scalar, length) = try escape(at: place)
        text += scalar.utf8
        place += length
      } catch {
        preconditionFailure("the string was passed over without an error")
      }
    }
    return text
  }

  /// What an escape stands for, and its bytes: `\n`, `\u00e9`, or both halves of a surrogate pair.
  func escape(at place: Int) throws(JSONError) -> (scalar: Unicode.Scalar, length: Int) {
    guard place + 1 < bytes.count else { throw error(.end, at: bytes.count) }
    switch bytes[place + 1] {
    case UInt8(ascii: "\""): return ("\"", 2)
    case UInt8(ascii: "\\"): return ("\\", 2)
    case UInt8(ascii: "/"): return ("/", 2)
    case UInt8(ascii: "b"): return ("\u{8}", 2)
    case UInt8(ascii: "f"): return ("\u{C}", 2)
    case UInt8(ascii: "n"): return ("\n", 2)
    case UInt8(ascii: "r"): return ("\r", 2)
    case UInt8(ascii: "t"): return ("\t", 2)
    case UInt8(ascii: "u"):
      let unit = try codeUnit(at: place + 2)
      if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
      // Half a pair: the other has to follow.
      guard unit < 0xDC00 else { throw error(.badEscape, at: place) }
      for (offset, byte) in [(6, UInt8(ascii: "\\")), (7, UInt8(ascii: "u"))] {
        guard place + offset < bytes.count else { throw error(.end, at: bytes.count) }
        guard bytes[place + offset] == byte else { throw error(.badEscape, at: place) }
      }
      let low = try codeUnit(at: place + 8)
      guard (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      else { throw error(.badEscape, at: place) }
      return (scalar, 12)
    default: throw error(.badEscape, at: place)
    }
  }

  /// Four hexadecimal digits.
  private func codeUnit(at start: Int) throws(JSONError) -> UInt32 {
    guard start + 4 <= bytes.count else { throw error(.end, at: bytes.count) }
    var unit: UInt32 = 0
    for place in start..<start + 4 {
      let byte = bytes[place]
      let lower = byte | 0x20
      let digit: UInt8
      if byte.isASCIIDigit {
        digit = byte - UInt8(ascii: "0")
      } else if lower >= UInt8(ascii: "a"), lower <= UInt8(ascii: "f") {
        digit = lower - UInt8(ascii: "a") + 10
      } else {
        throw error(.badEscape, at: place)
      }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }
}

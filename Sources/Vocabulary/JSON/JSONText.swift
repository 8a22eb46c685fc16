extension [UInt8] {
  /// Appends a JSON string; each byte that is not UTF-8 becomes U+FFFD, as JSON must be Unicode.
  package mutating func appendJSONString(_ text: Span<UInt8>) {
    append(UInt8(ascii: "\""))
    // Runs that need no escape are copied whole.
    var start = 0
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        index += 1
        continue
      }
      if byte >= 0x80, case .scalar(let scalar, let length) = decodeScalar(in: text, at: index) {
        if scalar == "\u{FEFF}" {
          // Foundation's reader drops one that begins a string, unless it is escaped.
          append(text.extracting(start..<index))
          self += "\\ufeff".utf8
          start = index + length
        }
        index += length
        continue
      }
      append(text.extracting(start..<index))
      appendJSONEscape(byte)
      index += 1
      start = index
    }
    append(text.extracting(start...))
    append(UInt8(ascii: "\""))
  }

  /// Appends a JSON string that means the same and holds nothing that a terminal may act on, or that
  /// nobody would see: all of that is escaped by number.
  package mutating func appendJSONString(forTerminal text: Span<UInt8>) {
    append(UInt8(ascii: "\""))
    var index = 0
    while index < text.count {
      switch decodeScalar(in: text, at: index) {
      case .invalid:
        self += "\u{FFFD}".utf8
        index += 1
      case .scalar(let scalar, let length):
        if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" {
          appendJSONEscape(text[index])
        } else if scalar.visibleForm != nil {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            self += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
          }
        } else {
          append(text.extracting(index..<index + length))
        }
        index += length
      }
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func appendJSONEscape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): self += "\\\"".utf8
    case UInt8(ascii: "\\"): self += "\\\\".utf8
    case UInt8(ascii: "\n"): self += "\\n".utf8
    case UInt8(ascii: "\r"): self += "\\r".utf8
    case UInt8(ascii: "\t"): self += "\\t".utf8
    case 0..<0x20:
      self += (byte < 0x10 ? "\\u000" : "\\u00").utf8
      self += String(byte, radix: 16).utf8
    default: self += "\u{FFFD}".utf8
    }
  }
}

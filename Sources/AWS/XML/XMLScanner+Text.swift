// Character data and references: XML 1.0 (fifth edition), sections 2.2, 2.4, 2.11 and 4.1.

// MARK: - Scanning

extension XMLScanner {
  /// Passes character data up to the next `<` or the end of the document; true when it is plain.
  mutating func characters() throws(XMLError) -> Bool {
    var isPlain = true
    while true {
      offset = endOfRun(from: offset)
      guard offset < bytes.count else { return isPlain }
      switch bytes[offset] {
      case UInt8(ascii: "<"):
        return isPlain
      case UInt8(ascii: "&"):
        isPlain = false
        try passReference()
      case UInt8(ascii: "]"):
        if matches("]]>", at: offset) { throw error("']]>' only after '<![CDATA['") }
        offset += 1
      case 0x0D:
        isPlain = false
        offset += 1
      case ..<0x20:
        // No character of XML. Moto repeats the key that it was asked to begin after as it is.
        offset += 1
      default:
        try passCharacter()
      }
    }
  }

  /// The first position from `start` on that holds something else than printable ASCII without
  /// `<`, `&` and `]`; the document's size when there is none.
  @inline(__always)
  func endOfRun(from start: Int) -> Int {
    guard let base = bytes.baseAddress else { return start }
    let count = bytes.count
    let last = count &- 8
    var position = start
    while position <= last {
      // A subtraction sets the highest bit of a byte that was too small, unless that bit was set
      // before, which is a mark by itself. It borrows only from bytes above one that is marked, so
      // the lowest mark is right, and only that one counts ("Hacker's Delight", 6-1).
      let word = UInt64(
        littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let marks =
        ((word &- every(0x20)) | word
          | ((word ^ every(UInt8(ascii: "<"))) &- every(1))
          | ((word ^ every(UInt8(ascii: "&"))) &- every(1))
          | ((word ^ every(UInt8(ascii: "]"))) &- every(1))) & every(0x80)
      if marks != 0 { return position &+ marks.trailingZeroBitCount / 8 }
      position &+= 8
    }
    while position < count {
      switch base.load(fromByteOffset: position, as: UInt8.self) {
      case UInt8(ascii: "<"), UInt8(ascii: "&"), UInt8(ascii: "]"), ..<0x20, 0x80...:
        return position
      default: position &+= 1
      }
    }
    return position
  }

  /// Passes one character that may stand in a document, whatever it means there.
  mutating func passCharacter(or expected: String = "a character") throws(XMLError) {
    guard offset < bytes.count else { throw error(expected) }
    let byte = bytes[offset]
    if byte < 0x80 {
      guard byte >= 0x20 || isSpace(byte) else { throw error("no control character") }
      offset += 1
    } else {
      // U+FFFE and U+FFFF are no characters of XML 1.0, but Ceph puts keys that hold them into its
      // continuation tokens as they are.
      guard let (_, count) = scalar(at: offset) else {
        throw error("valid UTF-8", at: cutOffset(4))
      }
      offset += count
    }
  }

  /// Where reading stops at something of at most `bytesMax` bytes that is not there as a whole: at the
  /// end of the document, if that has cut it.
  func cutOffset(_ bytesMax: Int) -> Int {
    let rest = bytes[offset...]
    return rest.count < bytesMax && !rest.dropFirst().contains { $0 == 0x3B || $0 == 0x3C }
      ? bytes.count : offset
  }

  /// Passes `&name;` or `&#number;`.
  mutating func passReference() throws(XMLError) {
    guard let (_, end) = reference(at: offset) else {
      throw error("&amp; &lt; &gt; &apos; &quot; or a reference to a character", at: cutOffset(12))
    }
    offset = end
  }

  /// The scalar that the reference at `position` stands for, and where the reference ends.
  ///
  /// Nil unless it is one of the five predefined entities or the number of a character. Controls
  /// count as characters here, except U+0000.
  private func reference(at position: Int) -> (value: UInt32, end: Int)? {
    guard byte(at: position + 1) == UInt8(ascii: "#") else {
      if matches("&amp;", at: position) { return (0x26, position + 5) }
      if matches("&quot;", at: position) { return (0x22, position + 6) }
      if matches("&lt;", at: position) { return (0x3C, position + 4) }
      if matches("&gt;", at: position) { return (0x3E, position + 4) }
      if matches("&apos;", at: position) { return (0x27, position + 6) }
      return nil
    }
    let isHexadecimal = byte(at: position + 2) == UInt8(ascii: "x")
    let start = position + (isHexadecimal ? 3 : 2)
    var end = start
    var value: UInt32 = 0
    while let digit = hexadecimalDigit(byte(at: end)), isHexadecimal || digit < 10 {
      value = value * (isHexadecimal ? 16 : 10) + UInt32(digit)
      guard value <= 0x10FFFF else { return nil }
      end += 1
    }
    guard end > start, byte(at: end) == UInt8(ascii: ";") else { return nil }
    switch value {
    case 0, 0xD800...0xDFFF: return nil
    default: return (value, end + 1)
    }
  }

  /// The scalar whose UTF-8 form begins at `position`, and its size; nil when it is malformed.
  ///
  /// The table of well-formed byte sequences is Unicode 15, table 3-7.
  func scalar(at position: Int) -> (value: UInt32, count: Int)? {
    let first = UInt32(byte(at: position))
    let count: Int
    var value: UInt32
    switch first {
    case 0..<0x80: return (first, 1)
    case 0xC2...0xDF: (count, value) = (2, first & 0x1F)
    case 0xE0...0xEF: (count, value) = (3, first & 0x0F)
    case 0xF0...0xF4: (count, value) = (4, first & 0x07)
    default: return nil
    }
    for index in 1..<count {
      let next = byte(at: position + index)
      guard next & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(next & 0x3F)
    }
    switch (count, value) {
    case (3, ..<0x800), (3, 0xD800...0xDFFF), (4, ..<0x1_0000), (4, 0x11_0000...): return nil
    default: return (value, count)
    }
  }
}

// MARK: - Decoding

extension XMLScanner {
  /// Appends what `text` says: references replaced, line ends as LF, comments left out.
  ///
  /// Never longer than the text as written. `text` must come from this scanner.
  package func append(_ text: XMLText, to output: inout [UInt8]) {
    guard !text.isPlain else {
      output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[text.range]))
      return
    }
    var position = text.range.lowerBound
    let end = text.range.upperBound
    while position < end {
      let run = position..<min(endOfRun(from: position), end)
      output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[run]))
      position = run.upperBound
      guard position < end else { return }
      switch bytes[position] {
      case UInt8(ascii: "&"): appendReference(at: &position, to: &output)
      case UInt8(ascii: "<"): appendMarkup(at: &position, before: end, to: &output)
      case 0x0D: appendLineEnd(at: &position, to: &output)
      case let byte:
        output.append(byte)
        position += 1
      }
    }
  }

  /// What `text` says, as a String.
  ///
  /// A document is UTF-8, so nothing is lost.
  package func string(_ text: XMLText) -> String {
    withBytes(of: text) { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether two texts are written alike.
  package func isSame(_ first: XMLText, as second: XMLText) -> Bool {
    first.range.count == second.range.count && first.isPlain == second.isPlain
      && isRepeated(first.range, at: second.range.lowerBound)
  }

  /// Lends the bytes of what `text` says.
  ///
  /// Plain text is not copied.
  package func withBytes<Answer>(
    of text: XMLText, _ body: (UnsafeRawBufferPointer) -> Answer
  ) -> Answer {
    if text.isPlain { return body(UnsafeRawBufferPointer(rebasing: bytes[text.range])) }
    var decoded: [UInt8] = []
    append(text, to: &decoded)
    return decoded.withUnsafeBytes(body)
  }

  /// `text` without the pair of quotation marks around it, written `"`, `&quot;` or `&#34;`.
  ///
  /// Text that has no such pair, or whose marks stand in a CDATA section, is returned as it is.
  package func trimmingQuotes(_ text: XMLText) -> XMLText {
    let range = text.range
    let opening = quoteCount(from: range.lowerBound)
    let closing = quoteCount(upTo: range.upperBound)
    guard opening > 0, closing > 0, range.count >= opening + closing else { return text }
    let inner = range.lowerBound + opening..<range.upperBound - closing
    // Scanning has refused whatever is malformed, so only these bytes call for decoding.
    let isPlain =
      endOfRun(from: inner.lowerBound) >= inner.upperBound
      || !bytes[inner].contains { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "<") || $0 == 0x0D }
    return XMLText(inner, isPlain: isPlain)
  }

  private func quoteCount(from position: Int) -> Int {
    if byte(at: position) == UInt8(ascii: "\"") { return 1 }
    if matches("&quot;", at: position) { return 6 }
    return matches("&#34;", at: position) ? 5 : 0
  }

  private func quoteCount(upTo position: Int) -> Int {
    if position >= 1, bytes[position - 1] == UInt8(ascii: "\"") { return 1 }
    if position >= 6, matches("&quot;", at: position - 6) { return 6 }
    return position >= 5 && matches("&#34;", at: position - 5) ? 5 : 0
  }

  private func appendReference(at position: inout Int, to output: inout [UInt8]) {
    // Scanning has refused every other reference.
    guard let (value, end) = reference(at: position), let scalar = Unicode.Scalar(value),
      let units = UTF8.encode(scalar)
    else {
      position += 1
      return
    }
    output.append(contentsOf: units)
    position = end
  }

  /// Appends a CDATA section's text; passes over a comment or an instruction.
  private func appendMarkup(at position: inout Int, before end: Int, to output: inout [UInt8]) {
    if matches("<![CDATA[", at: position) {
      position += 9
      while position < end, !matches("]]>", at: position) {
        if bytes[position] == 0x0D {
          appendLineEnd(at: &position, to: &output)
        } else {
          output.append(bytes[position])
          position += 1
        }
      }
      position += 3
      return
    }
    let isComment = matches("<!--", at: position)
    let closing: StaticString = isComment ? "-->" : "?>"
    position += isComment ? 4 : 2
    while position < end, !matches(closing, at: position) { position += 1 }
    position += closing.utf8CodeUnitCount
  }

  /// A CR, or a CR and an LF, is one LF (section 2.11).
  private func appendLineEnd(at position: inout Int, to output: inout [UInt8]) {
    output.append(0x0A)
    position += byte(at: position + 1) == 0x0A ? 2 : 1
  }
}

/// `byte` in each of a word's eight bytes.
@inline(__always)
func every(_ byte: UInt8) -> UInt64 {
  UInt64(byte) &* 0x0101_0101_0101_0101
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

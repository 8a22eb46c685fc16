// Tags, comments, sections and instructions: XML 1.0 (fifth edition), sections 2.3 to 2.8 and 3.1.

import Vocabulary

extension XMLScanner {
  /// What a `<!` turned out to be.
  enum Declaration {
    case comment, section
  }

  /// Passes a byte order mark and an XML declaration at the start of the document.
  mutating func prolog() throws(XMLError) {
    if matches("\u{FEFF}", at: 0) { offset = 3 }
    guard matches("<?xml", at: offset), isSpace(byte(at: offset + 5)) else { return }
    offset += 5
    try pseudoAttribute("version") { version in
      version.starts(with: "1.".utf8) && version.count > 2
        && version.dropFirst(2).allSatisfy(\.isASCIIDigit)
    }
    let hasSpace = skipSpace()
    if hasSpace, matches("encoding", at: offset) {
      let document = bytes
      try pseudoAttribute("encoding", isAtName: true) {
        let name = String(decoding: $0, as: UTF8.self).lowercased()
        return Self.namesOfUTF8.contains(name) || Self.namesOfLatin1.contains(name)
          || Self.beginningsOfSupersetsOfASCII.contains { name.hasPrefix($0) }
            && document.allSatisfy { $0 < 0x80 }
      }
      _ = skipSpace()
    }
    if isSpace(byte(at: offset - 1)), matches("standalone", at: offset) {
      try pseudoAttribute("standalone", isAtName: true) {
        $0.elementsEqual("yes".utf8) || $0.elementsEqual("no".utf8)
      }
      _ = skipSpace()
    }
    guard matches("?>", at: offset) else { throw error("'?>'") }
    offset += 2
  }

  private mutating func pseudoAttribute(
    _ name: StaticString, isAtName: Bool = false, isValid: (Slice<UnsafeRawBufferPointer>) -> Bool
  ) throws(XMLError) {
    if !isAtName, !skipSpace() { throw error("a space") }
    guard matches(name, at: offset) else { throw error("'\(name)'") }
    offset += name.utf8CodeUnitCount
    let quote = try equalsAndQuote()
    let start = offset
    while byte(at: offset) != quote {
      guard isNameByte(byte(at: offset)) else { throw error("the end of '\(name)'") }
      offset += 1
    }
    guard isValid(bytes[start..<offset]) else {
      throw error("a supported \(name)", at: start)
    }
    offset += 1
  }

  /// Reads `<name …>` or `<name …/>` and opens the element.
  mutating func startTag() throws(XMLError) -> Range<Int> {
    guard depth > 0 || !hasRoot else { throw error("nothing after the root element") }
    guard depth < Self.depthMax else {
      throw error("at most \(Self.depthMax) elements inside each other")
    }
    let start = offset + 1
    let end = endOfLetters(from: start)
    // What nearly always follows: a name of letters and nothing else.
    if end > start, byte(at: end) == UInt8(ascii: ">") {
      offset = end + 1
      openElement(start..<end)
      return start..<end
    }
    return try otherStartTag()
  }

  private mutating func otherStartTag() throws(XMLError) -> Range<Int> {
    offset += 1
    let name = try readName("the name of an element")
    try attributes()
    return openElement(prefixed: name)
  }

  /// Reads `</name>` and closes the element, whose name it must be.
  mutating func endTag() throws(XMLError) -> Range<Int> {
    guard depth > 0 else { throw error("the start of an element") }
    let name = hasPrefixes ? openNameAsWritten : openNameRange
    let start = offset + 2
    guard isRepeated(name, at: start) else {
      throw error("the end of \(openName)", at: cutOffset(name.count + 3))
    }
    let end = start + name.count
    // What nearly always follows.
    if byte(at: end) == UInt8(ascii: ">") {
      offset = end + 1
      return closeElement()
    }
    guard !isNameByte(byte(at: end)) else { throw error("the end of \(openName)") }
    offset = end
    _ = skipSpace()
    guard byte(at: offset) == UInt8(ascii: ">") else { throw error("'>'") }
    offset += 1
    return closeElement()
  }

  /// Passes the attributes and the end of a start tag.
  private mutating func attributes() throws(XMLError) {
    attributeNames.removeAll(keepingCapacity: true)
    while true {
      let hasSpace = skipSpace()
      switch byte(at: offset) {
      case UInt8(ascii: ">"):
        offset += 1
        return
      case UInt8(ascii: "/"):
        guard byte(at: offset + 1) == UInt8(ascii: ">") else { throw error("'/>'") }
        offset += 2
        isEndDue = true
        return
      default:
        guard hasSpace else { throw error("a space, '>' or '/>'") }
        try attribute()
      }
    }
  }

  private mutating func attribute() throws(XMLError) {
    let start = offset
    let name = try readName("an attribute, '>' or '/>'")
    guard attributeNames.count < Self.attributesMax else {
      throw error("at most \(Self.attributesMax) attributes", at: start)
    }
    for other in attributeNames where other.count == name.count {
      if isRepeated(other, at: name.lowerBound) {
        throw error("an attribute of another name", at: start)
      }
    }
    attributeNames.append(name)
    let quote = try equalsAndQuote()
    while true {
      switch byte(at: offset) {
      case quote:
        offset += 1
        return
      case UInt8(ascii: "&"): try passReference()
      case UInt8(ascii: "<"): throw error("the end of an attribute's value")
      default: try passCharacter()
      }
    }
  }

  /// Passes `=` and an opening quotation mark, which is returned.
  private mutating func equalsAndQuote() throws(XMLError) -> UInt8 {
    _ = skipSpace()
    guard byte(at: offset) == UInt8(ascii: "=") else { throw error("'='") }
    offset += 1
    _ = skipSpace()
    let quote = byte(at: offset)
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw error("a quotation mark")
    }
    offset += 1
    return quote
  }

  /// Passes a comment or a CDATA section; refuses everything else that begins with `<!`.
  mutating func declaration() throws(XMLError) -> Declaration {
    if matches("<!--", at: offset) {
      offset += 4
      while !matches("--", at: offset) { try passCharacter(or: "'-->'") }
      guard byte(at: offset + 2) == UInt8(ascii: ">") else {
        throw error("'-->'", at: offset + 2)
      }
      offset += 3
      return .comment
    }
    guard depth > 0, matches("<![CDATA[", at: offset) else {
      throw error(
        matches("<!DOCTYPE", at: offset)
          ? "no document type declaration" : "a comment or a CDATA section")
    }
    offset += 9
    while !matches("]]>", at: offset) { try passCharacter(or: "']]>'") }
    offset += 3
    return .section
  }

  /// Passes `<?target …?>`; refuses the target `xml`, which only the first bytes may have.
  mutating func processingInstruction() throws(XMLError) {
    let start = offset
    offset += 2
    let target = try readName("the target of an instruction")
    if target.count == 3, String(decoding: bytes[target], as: UTF8.self).lowercased() == "xml" {
      throw error("the XML declaration only at the start", at: start)
    }
    if !matches("?>", at: offset) {
      guard skipSpace() else { throw error("a space or '?>'") }
      while !matches("?>", at: offset) { try passCharacter(or: "'?>'") }
    }
    offset += 2
  }

  private mutating func readName(_ expected: String) throws(XMLError) -> Range<Int> {
    let start = offset
    let first = byte(at: offset)
    if first < 0x80 {
      guard isNameStartByte(first) else { throw error(expected) }
      offset += 1
    } else {
      guard let (value, count) = scalar(at: offset), isNameStart(value) else {
        throw error(expected)
      }
      offset += count
    }
    offset = endOfLetters(from: offset)
    while true {
      let next = byte(at: offset)
      if next < 0x80 {
        guard isNameByte(next) else { return start..<offset }
        offset += 1
      } else {
        guard let (value, count) = scalar(at: offset), isNamePart(value) else {
          throw error("a character that may stand in a name")
        }
        offset += count
      }
    }
  }

  /// Passes white space; true when there was some.
  mutating func skipSpace() -> Bool {
    let start = offset
    while isSpace(byte(at: offset)) { offset += 1 }
    return offset > start
  }

  /// Passes white space, of which there must be some.
  mutating func space(or expected: String) throws(XMLError) {
    guard skipSpace() else { throw error(expected) }
  }

  /// Where the ASCII letters from `start` on end, or before that.
  @inline(__always)
  private func endOfLetters(from start: Int) -> Int {
    guard let base = bytes.baseAddress else { return start }
    let last = bytes.count &- 8
    var position = start
    while position <= last {
      let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let lower = word | every(0x20)
      let marks =
        ((lower &- every(UInt8(ascii: "a"))) | (lower &+ every(0x7F - UInt8(ascii: "z"))) | word)
        & every(0x80)
      if marks != 0 { return position &+ marks.trailingZeroBitCount / 8 }
      position &+= 8
    }
    return position
  }
}

func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

private func isNameStartByte(_ byte: UInt8) -> Bool {
  byte.isASCIILetter || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
}

/// Whether an ASCII byte may stand in a name; true of every other byte as well.
private func isNameByte(_ byte: UInt8) -> Bool {
  isNameStartByte(byte) || byte.isASCIIDigit || byte == UInt8(ascii: "-")
    || byte == UInt8(ascii: ".") || byte >= 0x80
}

/// NameStartChar beyond ASCII, XML 1.0 production [4].
private func isNameStart(_ value: UInt32) -> Bool {
  switch value {
  case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D,
    0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD,
    0x10000...0xEFFFF:
    true
  default: false
  }
}

/// NameChar beyond ASCII, XML 1.0 production [4a].
private func isNamePart(_ value: UInt32) -> Bool {
  switch value {
  case 0xB7, 0x300...0x36F, 0x203F...0x2040: true
  default: isNameStart(value)
  }
}

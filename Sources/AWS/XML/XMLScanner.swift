/// Reads an XML document from front to back without building a tree or copying text.
///
/// Pull events with `next()`, or walk a known layout with `nextChild()`, `text()` and `skip()`. It
/// is strict where that protects: one root, tags that nest, at most 32 deep, UTF-8 or ISO 8859-1, no
/// document type declaration (hence no entity of the document's own, none external), no truncated
/// document. It does what XML 1.0 asks of a processor that does not validate, but accepts
/// C0 control characters in text, also as references (`&#x01;`), and U+FFFE and U+FFFF: real
/// gateways send them in continuation tokens, and where they repeat what they were asked. Attributes
/// are checked and ignored; the prefix of a name, up to its colon, is no part of it.
/// The size of the document is for the caller to limit.
///
/// The scanner borrows the document, so it exists only inside `scan(_:_:)` and cannot be copied.
package struct XMLScanner: ~Copyable {
  /// Elements nested deeper than this are refused.
  package static let depthMax = 32
  /// Attributes of one element beyond this are refused, which bounds the search for duplicates.
  package static let attributesMax = 64

  let bytes: UnsafeRawBufferPointer
  /// The offset of the first byte that has not been read.
  package internal(set) var offset = 0
  /// The names of the elements that are open, the root's first: `depth` of `depthMax`.
  ///
  /// Not an Array, whose checks of uniqueness cost a tenth of the time for a page of objects.
  private let open: UnsafeMutablePointer<Range<Int>>
  /// The number of elements that are open.
  package private(set) var depth = 0
  /// The name of the innermost open element, without a prefix; empty outside the root.
  private(set) var openNameRange = 0..<0
  /// Whether any element so far had a prefix: names are then shorter than what end tags repeat.
  private(set) var hasPrefixes = false
  var hasRoot = false
  /// `<a/>` has been reported as started; its end is due.
  var isEndDue = false
  var attributeNames: [Range<Int>] = []

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    open = .allocate(capacity: Self.depthMax)
  }

  deinit {
    open.deallocate()
  }

  /// Lends a scanner of `document` to `body`, positioned before the first byte.
  ///
  /// A document that says that it is ISO 8859-1 is read as that.
  package static func scan<Answer, Failure: Error>(
    _ document: [UInt8], _ body: (inout XMLScanner) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    try inUTF8(document).withUnsafeBufferPointer { (buffer) throws(Failure) -> Answer in
      var scanner = XMLScanner(UnsafeRawBufferPointer(buffer))
      return try body(&scanner)
    }
  }

  @inline(__always)
  mutating func openElement(_ name: Range<Int>) {
    precondition(depth < Self.depthMax, "the caller limits the depth")
    (open + depth).initialize(to: name)
    depth &+= 1
    openNameRange = name
    hasRoot = true
  }

  /// Opens an element whose name may have a prefix, and returns its name without that.
  mutating func openElement(prefixed name: Range<Int>) -> Range<Int> {
    var local = name
    if let colon = bytes[name].lastIndex(of: UInt8(ascii: ":")), colon + 1 < name.upperBound {
      local = colon + 1..<name.upperBound
      hasPrefixes = true
    }
    openElement(local)
    return local
  }

  /// The name of the innermost open element as it is written in its tag, with the prefix.
  ///
  /// No name holds a `<`, so the one before it begins the tag.
  var openNameAsWritten: Range<Int> {
    var start = openNameRange.lowerBound
    while start > 0, bytes[start - 1] != UInt8(ascii: "<") { start -= 1 }
    return start..<openNameRange.upperBound
  }

  @inline(__always)
  mutating func closeElement() -> Range<Int> {
    precondition(depth > 0, "the caller knows that an element is open")
    depth -= 1
    let name = openNameRange
    openNameRange = depth > 0 ? open[depth - 1] : 0..<0
    return name
  }
}

/// The next piece of a document that the scanner came upon.
///
/// Ranges are byte offsets in the document.
package enum XMLEvent: Equatable, Sendable {
  case startElement(name: Range<Int>)
  case endElement(name: Range<Int>)
  /// A piece of an element's text; comments and CDATA sections divide text into pieces.
  case text(XMLText)
  /// The end of the document: the root has been closed and nothing follows.
  case end
}

/// A run of character data in the document, as it was written there.
package struct XMLText: Equatable, Sendable {
  /// Where it lies in the document.
  package let range: Range<Int>
  /// The bytes in `range` are the text: nothing in it is to be decoded.
  package let isPlain: Bool

  init(_ range: Range<Int>, isPlain: Bool) {
    self.range = range
    self.isPlain = isPlain
  }

  /// No text.
  package static let empty = XMLText(0..<0, isPlain: true)
}

/// Why a document was refused: not well-formed, or not what its reader expected.
package struct XMLError: Error, Equatable, CustomStringConvertible {
  /// The offset of the byte at which reading stopped.
  package var offset: Int
  /// What should have been there, or what is refused.
  package var expected: String
  /// The document stopped there.
  package var isEndOfDocument: Bool

  package init(offset: Int, expected: String, isEndOfDocument: Bool = false) {
    self.offset = offset
    self.expected = expected
    self.isEndOfDocument = isEndOfDocument
  }

  package var description: String {
    isEndOfDocument
      ? "the document ends at byte \(offset), expected \(expected)"
      : "expected \(expected) at byte \(offset)"
  }
}

// MARK: - Events

extension XMLScanner {
  /// Advances to the next event; `.end` for ever once the document is complete.
  package mutating func next() throws(XMLError) -> XMLEvent {
    if isEndDue { return .endElement(name: closeEmptyElement()) }
    if offset == 0 { try prolog() }
    while offset < bytes.count {
      guard bytes[offset] == UInt8(ascii: "<") else {
        guard depth == 0 else {
          let start = offset
          let isPlain = try characters()
          return .text(XMLText(start..<offset, isPlain: isPlain))
        }
        try space(or: hasRoot ? "nothing after the root element" : "the root element")
        continue
      }
      switch byte(at: offset + 1) {
      case UInt8(ascii: "/"):
        return .endElement(name: try endTag())
      case UInt8(ascii: "!"):
        let start = offset
        if try declaration() == .section {
          return .text(XMLText(start..<offset, isPlain: false))
        }
      case UInt8(ascii: "?"):
        try processingInstruction()
      default:
        return .startElement(name: try startTag())
      }
    }
    guard hasRoot else { throw error("the root element") }
    guard depth == 0 else { throw error("the end of \(openName)") }
    return .end
  }

  /// Advances to the next child of the open element: true when one was started, false when the open
  /// element ended instead.
  ///
  /// Before the root, the root counts as the child; after it, false means a complete document. The
  /// child has to be read to its end, with `text()`, `skip()` or `nextChild()` itself, before its
  /// next sibling is asked for. Text between children is passed over.
  package mutating func nextChild() throws(XMLError) -> Bool {
    // What nearly always follows, without the detour of an event.
    if depth > 0, !isEndDue, byte(at: offset) == UInt8(ascii: "<") {
      let next = byte(at: offset + 1)
      if next == UInt8(ascii: "/") {
        _ = try endTag()
        return false
      }
      if next != UInt8(ascii: "!"), next != UInt8(ascii: "?") {
        _ = try startTag()
        return true
      }
    }
    while true {
      switch try next() {
      case .startElement: return true
      case .endElement, .end: return false
      case .text: continue
      }
    }
  }

  /// Reads the text of the element just started and passes its end; refuses children.
  package mutating func text() throws(XMLError) -> XMLText {
    guard let text = try textBeforeChildren() else { throw error("the end of \(openName)") }
    return text
  }

  /// Reads the text of the element just started and passes its end; nil where it has children, which are
  /// passed too.
  package mutating func textOrSkip() throws(XMLError) -> XMLText? {
    let outside = depth - 1
    if let text = try textBeforeChildren() { return text }
    while depth > outside { _ = try next() }
    return nil
  }

  /// Reads the text of the element just started and passes its end; nil, before the first child, where it
  /// has any.
  @inline(__always)
  private mutating func textBeforeChildren() throws(XMLError) -> XMLText? {
    precondition(depth > 0, "no element has been started")
    if isEndDue {
      _ = closeEmptyElement()
      return XMLText(offset..<offset, isPlain: true)
    }
    let start = offset
    offset = endOfRun(from: start)
    // What nearly always follows: plain text and the end tag.
    if byte(at: offset) == UInt8(ascii: "<"), byte(at: offset + 1) == UInt8(ascii: "/") {
      let end = offset
      _ = try endTag()
      return XMLText(start..<end, isPlain: true)
    }
    return try mixedText(from: start)
  }

  /// Continues `textBeforeChildren()` where something else than plain text was found.
  private mutating func mixedText(from start: Int) throws(XMLError) -> XMLText? {
    var isPlain = true
    while true {
      if try !characters() { isPlain = false }
      let end = offset
      switch offset < bytes.count ? byte(at: offset + 1) : 0 {
      case UInt8(ascii: "/"):
        _ = try endTag()
        return XMLText(start..<end, isPlain: isPlain)
      case UInt8(ascii: "!"):
        _ = try declaration()
      case UInt8(ascii: "?"):
        try processingInstruction()
      default:
        return nil
      }
      isPlain = false
    }
  }

  /// Passes the end of the element just started, with everything inside it.
  package mutating func skip() throws(XMLError) {
    precondition(depth > 0, "no element has been started")
    let outside = depth - 1
    // A leaf of plain text, mostly, which `next()` would report for nobody.
    if !isEndDue { offset = endOfRun(from: offset) }
    while depth > outside { _ = try next() }
  }

  /// True when the innermost open element has this name, whatever its prefix.
  package func isNamed(_ name: StaticString) -> Bool {
    openNameRange.count == name.utf8CodeUnitCount && matches(name, at: openNameRange.lowerBound)
  }

  /// The number of bytes in the innermost open element's name; zero outside the root.
  package var nameCount: Int { openNameRange.count }

  /// The innermost open element's name without a prefix; empty outside the root.
  package var name: String {
    String(decoding: bytes[openNameRange], as: UTF8.self)
  }

  private mutating func closeEmptyElement() -> Range<Int> {
    isEndDue = false
    return closeElement()
  }

  /// The innermost open element for an error message.
  var openName: String {
    name.utf8.count <= 64
      ? "<\(name)>" : "<\(String(decoding: name.utf8.prefix(64), as: UTF8.self))…>"
  }
}

// MARK: - Bytes

extension XMLScanner {
  /// The byte at a position; zero, which no document may contain, past the end.
  @inline(__always)
  func byte(at position: Int) -> UInt8 {
    position < bytes.count ? bytes[position] : 0
  }

  /// Whether the bytes at `position`, which may lie past the end, are those of `name`.
  func matches(_ name: StaticString, at position: Int) -> Bool {
    let count = name.utf8CodeUnitCount
    guard let base = bytes.baseAddress, count <= bytes.count &- position else { return false }
    return areEqual(base + position, UnsafeRawPointer(name.utf8Start), count: count)
  }

  /// Whether the bytes in `range`, inside the document, are repeated at `position`.
  @inline(__always)
  func isRepeated(_ range: Range<Int>, at position: Int) -> Bool {
    guard let base = bytes.baseAddress, range.count <= bytes.count &- position else { return false }
    return areEqual(base + range.lowerBound, base + position, count: range.count)
  }

  /// An error at the first unread byte.
  func error(_ expected: String) -> XMLError {
    error(expected, at: offset)
  }

  func error(_ expected: String, at position: Int) -> XMLError {
    let place = min(position, bytes.count)
    return XMLError(offset: place, expected: expected, isEndOfDocument: place == bytes.count)
  }
}

/// Whether two runs of bytes are equal, by words of eight that may overlap.
@inline(__always)
private func areEqual(_ first: UnsafeRawPointer, _ second: UnsafeRawPointer, count: Int) -> Bool {
  func differ<Word: FixedWidthInteger>(_ index: Int, _: Word.Type) -> Bool {
    first.loadUnaligned(fromByteOffset: index, as: Word.self)
      != second.loadUnaligned(fromByteOffset: index, as: Word.self)
  }
  if count >= 8 {
    var index = 0
    while index < count &- 8 {
      if differ(index, UInt64.self) { return false }
      index &+= 8
    }
    return !differ(count &- 8, UInt64.self)
  }
  if count >= 4 { return !differ(0, UInt32.self) && !differ(count &- 4, UInt32.self) }
  for index in 0..<count where differ(index, UInt8.self) { return false }
  return true
}

import AWS
import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct XMLScannerTests {
  @Test func reportsElementsAndText() throws {
    let document = Array("<?xml version='1.0'?>\n<a x='1'>one<b/><c>two</c></a>\n".utf8)
    #expect(
      try events(document) == ["<a", "one", "<b", ">b", "<c", "two", ">c", ">a"])
  }

  @Test func walksChildrenAndSkipsUnknownOnes() throws {
    let document = Array("<r>x<skip><k>no</k><e/></skip><k>1 &amp; 2</k><e/></r><!-- end -->".utf8)
    let texts = try XMLScanner.scan(document) { (scanner) throws(XMLError) -> [String] in
      var texts: [String] = []
      #expect(try scanner.nextChild())
      #expect(scanner.isNamed("r") && scanner.depth == 1)
      while try scanner.nextChild() {
        if scanner.isNamed("skip") {
          try scanner.skip()
        } else {
          texts.append(scanner.name + "=" + scanner.string(try scanner.text()))
        }
      }
      #expect(try scanner.nextChild() == false)
      #expect(scanner.offset == document.count)
      return texts
    }
    #expect(texts == ["k=1 & 2", "e="])
  }

  @Test func skipsEmptyElementsAndPlainLeaves() throws {
    let document = Array("<r><e/><f>plain</f><g>&lt;<h/></g><k>1</k></r>".utf8)
    let names = try XMLScanner.scan(document) { (scanner) throws(XMLError) -> [String] in
      var names: [String] = []
      _ = try scanner.nextChild()
      while try scanner.nextChild() {
        names.append(scanner.name)
        try scanner.skip()
      }
      return names
    }
    #expect(names == ["e", "f", "g", "k"])
  }

  @Test func refusesElementsInsideText() {
    #expect(throws: XMLError(offset: 7, expected: "the end of <k>")) {
      try XMLScanner.scan(Array("<k>text<b/></k>".utf8)) { (scanner) throws(XMLError) in
        _ = try scanner.nextChild()
        _ = try scanner.text()
      }
    }
  }

  @Test(arguments: [
    ("&lt;&gt;&amp;&apos;&quot;", "<>&'\""),
    ("&#65;&#x42;&#x1F600;&#0000099;", "AB\u{1F600}c"),
    ("&#x01;&#31;", "\u{1}\u{1F}"),
    ("a&#13;b", "a\rb"),
    ("a\r\nb\rc\n\r\r\nd", "a\nb\nc\n\n\nd"),
    ("<![CDATA[a]]>b<![CDATA[<&>\r\n]]]]><![CDATA[>]]>", "ab<&>\n]]>"),
    ("a<!-- - -><b> -->b<?target <c> ?>c", "abc"),
    ("]] > ]", "]] > ]"),
    (
      "eight bytes \u{E9}\u{20AC}\u{10FFFD} and more text to follow",
      "eight bytes \u{E9}\u{20AC}\u{10FFFD} and more text to follow"
    ),
    ("", ""),
  ])
  func decodesText(written: String, text: String) throws {
    let document = Array("<k>\(written)</k>".utf8)
    let decoded = try XMLScanner.scan(document) { (scanner) throws(XMLError) in
      _ = try scanner.nextChild()
      let found = try scanner.text()
      #expect(scanner.withBytes(of: found) { Array($0) } == Array(text.utf8))
      return scanner.string(found)
    }
    #expect(decoded == text)
    #expect(try events(document) == ["<k"] + (text.isEmpty ? [] : [text]) + [">k"])
  }

  @Test(arguments: [
    ("\"abc\"", "abc"), ("&quot;abc&quot;", "abc"), ("&#34;abc&#34;", "abc"), ("abc", "abc"),
    ("\"", "\""), ("&quot;", "\""), ("\"\"", ""), ("\"a&amp;b\"", "a&b"), ("\"abc", "\"abc"),
    ("", ""), ("&#34;a\"", "a"), ("\"a<!-- \" -->b\"", "ab"),
  ])
  func trimsQuotes(written: String, text: String) throws {
    let trimmed = try XMLScanner.scan(Array("<k>\(written)</k>".utf8)) {
      (scanner) throws(XMLError) in
      _ = try scanner.nextChild()
      return scanner.string(scanner.trimmingQuotes(try scanner.text()))
    }
    #expect(trimmed == text)
  }

  @Test(arguments: [
    "<n:R xmlns:n='u'><n:A>1</n:A><n:B/></n:R>", "<R><A>1</A><B/></R>",
    "<R><x-1.y:A>1</x-1.y:A><\u{E9}:B></\u{E9}:B></R>",
  ])
  func leavesPrefixesOutOfNames(_ text: String) throws {
    var names: [String] = []
    var value = ""
    try XMLScanner.scan(Array(text.utf8)) { (scanner) throws(XMLError) in
      _ = try scanner.nextChild()
      #expect(scanner.isNamed("R") && scanner.nameCount == 1)
      while try scanner.nextChild() {
        names.append(scanner.name)
        if scanner.isNamed("A") {
          value = scanner.string(try scanner.text())
        } else {
          try scanner.skip()
        }
      }
      #expect(try !scanner.nextChild())
    }
    #expect(names == ["A", "B"] && value == "1")
  }

  @Test(arguments: ["<R>&am", "<R>&#x4", "<R>\u{20AC}"])
  func tellsADocumentThatIsCutFromOneThatIsWrong(_ text: String) {
    let isCharacter = text.hasSuffix("\u{20AC}")
    let document = Array(text.utf8.dropLast(isCharacter ? 1 : 0))
    let error = #expect(throws: XMLError.self) { try events(document) }
    #expect(error?.isEndOfDocument == true)
    let wrong = #expect(throws: XMLError.self) { try events(document + Array("</R>".utf8)) }
    #expect(wrong?.isEndOfDocument == false)
  }

  @Test(arguments: [
    "\u{FEFF}<r/>", "<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\" ?><r/>",
    "<?xml version='1.0'?><!-- c --><?p i?> <r/> <!-- c --><?p?>\n", "<r xmlns='u' b = \"&lt;>\"/>",
    "<r\n></r\t >", "<\u{E9}l\u{E9}ment.-1/>", "<s3:r s3:a='1' a='2'/>",
    // Ceph sends these in continuation tokens.
    "<r>&#xFFFE;</r>", "<r>\u{FFFE}\u{FFFF}</r>",
    // Moto repeats a key as it is.
    "<r>\u{1}</r>", "<r>a\u{0}\u{1B}b</r>", "<a:r><b:s>t</b:s><s></s ></a:r >",
  ])
  func acceptsDocument(_ text: String) throws {
    #expect(try !events(Array(text.utf8)).isEmpty)
  }

  @Test(arguments: [
    "", " ", "text", "<", "<r", "<r>", "<r></", "<r></r", "</r>", "<r></s>", "<r></rr>", "<rr></r>",
    "<r/><r/>", "<r/>text", "<r/>&#32;", "<r/><![CDATA[]]>", "text<r/>", "<r><s></r></s>",
    "<!DOCTYPE r><r/>", "<r><!DOCTYPE r></r>", "<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>",
    "<!ENTITY a 'b'><r/>", "<r>&a;</r>", "<r>&</r>", "<r>&amp</r>", "<r>&#;</r>", "<r>&#x;</r>",
    "<r>&#0;</r>", "<r>&#xD800;</r>", "<r>&#x110000;</r>", "<r>&#99999999999999999999;</r>",
    "<r>&#X41;</r>", "<r>&AMP;</r>", "<r>]]></r>", "<r a='\u{1}'/>", "<r><![CDATA[\u{1}]]></r>",
    "<\u{1}r/>", "<a:r></r>", "<r></a:r>", "<a:r></b:r>", "<a:r><a:s></s></a:r>",
    "<r a/>", "<r a=/>", "<r a=b/>", "<r a='1/>", "<r a='<'/>", "<r a='&a;'/>",
    "<r a='1'b='2'/>", "<r a='1' a='2'/>", "<r/ >", "< r/>", "<1/>", "<-a/>", "<r 1='2'/>",
    "<!-- -- --><r/>", "<!-- --->\n<r/>", "<!-- <r/>", "<r><![CDATA[</r>", "<?xml?><r/>",
    "<? a?><r/>", "<?XML version='1.0'?><r/>", " <?xml version='1.0'?><r/>", "<r><?p </r>",
    "<?xml version='2.0'?><r/>", "<?xml version='1.x'?><r/>", "<?xml version='1.'?><r/>",
    "<?xml version='1.0' encoding='utf-16'?><r/>",
    "<?xml version='1.0' encoding='windows-1252'?><r>\u{E9}</r>",
    "<?xml version='1.0'encoding='utf-8'?><r/>",
    "<?xml version='1.0' encoding='ebcdic-cp-us'?><r/>",
    "<?xml version='1.0' standalone='maybe'?><r/>", "<r>\u{FEFF}", "<r><\u{D7}/></r>",
  ])
  func refusesDocument(_ text: String) {
    #expect(throws: XMLError.self) { try events(Array(text.utf8)) }
  }

  @Test(
    arguments: [
      [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3], [0xE2, 0x82], [0xFF], [0xFE, 0xFF],
    ] as [[UInt8]])
  func refusesMalformedUTF8(_ bytes: [UInt8]) {
    for (start, end) in [("<r>", "</r>"), ("<r a='", "'/>"), ("<!--", "--><r/>"), ("<r", "/>")] {
      #expect(throws: XMLError.self) { try events(Array(start.utf8) + bytes + Array(end.utf8)) }
    }
  }

  @Test func limitsDepthAndAttributes() throws {
    let deepest = XMLScanner.depthMax
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
    }
    #expect(try events(nested(deepest)).count == 2 * deepest)
    #expect(throws: XMLError.self) { try events(nested(deepest + 1)) }
    #expect(throws: XMLError.self) { try events(nested(1_000_000)) }
    let many = (0...XMLScanner.attributesMax).map { " a\($0)='1'" }
    #expect(throws: XMLError.self) { try events(Array("<r\(many.joined())/>".utf8)) }
    #expect(try events(Array("<r\(many.dropLast().joined())/>".utf8)) == ["<r", ">r"])
  }

  @Test func passesMegabytesOfAttributeCommentAndName() throws {
    let long = String(repeating: "x", count: 1 << 20)
    #expect(try events(Array("<r a='\(long)'><!--\(long)--></r>".utf8)) == ["<r", ">r"])
    #expect(try events(Array("<\(long)></\(long)>".utf8)) == ["<\(long)", ">\(long)"])
    let error = #expect(throws: XMLError.self) { try events(Array("<\(long)></y>".utf8)) }
    #expect(error.map { $0.description.utf8.count < 200 } == true)
  }

  @Test func saysWhereAndWhatWasExpected() {
    #expect(throws: XMLError(offset: 6, expected: "the end of <b>")) {
      try events(Array("<a><b></a>".utf8))
    }
    #expect(throws: XMLError(offset: 5, expected: "the end of <b>", isEndOfDocument: true)) {
      try events(Array("<b>no".utf8))
    }
    #expect(
      XMLError(offset: 5, expected: "the end of <b>", isEndOfDocument: true).description
        == "the document ends at byte 5, expected the end of <b>")
  }
}

/// Answers of S3 that botocore's tests have.
@Suite(.enabled(if: Vectors.havePart("s3-xml"), Comment(rawValue: Vectors.notice("s3-xml"))))
struct XMLScannerVectorTests {
  static let documents = ["s3-xml/responses", "s3-xml/errors"].flatMap { folder in
    Vectors.names(in: folder).filter { $0.hasSuffix(".xml") }.map { "\(folder)/\($0)" }
  }

  @Test func findsTheAnswers() {
    #expect(!Self.documents.isEmpty)
  }

  @Test(arguments: documents)
  func agreesWithFoundation(path: String) throws {
    let document = Array(try Vectors.data(path))
    // The answer to GetBucketPolicy is JSON, whatever the file is called: both parsers refuse it.
    #expect((try? events(document)) == FoundationEvents.of(document))
  }
}

// MARK: - Properties

@Suite struct XMLScannerPropertyTests {
  static let sample = Array(
    """
    <?xml version="1.0" encoding="UTF-8"?><!-- c --><R xmlns="u" b='&quot;'>\r
    <Key>a&amp;b\u{E9}&#13;<![CDATA[<x>]]></Key><E/><?p i=1?><Size>12</Size>]]
    </R>
    """.utf8)

  @Test func refusesEveryTruncation() {
    let root = Self.sample
    for count in 0..<root.count {
      #expect(throws: XMLError.self, "cut to \(count)") { try events(Array(root[..<count])) }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func agreesWithFoundationOnDamagedDocuments(seed: UInt64) {
    var random = SplitMix64(state: seed)
    for _ in 0..<1_500 {
      var document = Self.sample
      for _ in 0...Int.random(in: 0...1, using: &random) { document.damage(&random) }
      guard let ours = try? events(document) else { continue }  // An error is always allowed.
      let written = String(decoding: document, as: UTF8.self)
      // Foundation traps on an instruction without content, on Linux.
      if written.contains(#/<\?[^ ?]*\?>/#) || document.hasLoneReturnInSection { continue }
      // Foundation is asked not to look at prefixes, and tells them.
      if written.replacing("://", with: "").contains(":") { continue }
      // Controls in text are accepted here and nowhere else.
      if ours.contains(where: { $0.contains { $0.isControl } }) { continue }
      #expect(FoundationEvents.of(document) == ours, "seed \(seed): \(written)")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func survivesRandomBytes(seed: UInt64) {
    var random = SplitMix64(state: seed)
    let alphabet = Array("<>/!?&;-[]CDATA#x'\"= \r\nab\u{E9}".utf8) + [0, 0xFF]
    var accepted = 0
    for _ in 0..<20_000 {
      let document = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      // Any error will do; only a trap would not.
      if (try? events(document)) != nil { accepted += 1 }
    }
    #expect(accepted < 20_000)
  }
}

extension Character {
  fileprivate var isControl: Bool {
    unicodeScalars.contains { $0.value < 0x20 && !"\t\n\r".unicodeScalars.contains($0) }
  }
}

extension [UInt8] {
  /// A CDATA section holds a CR without LF, which libxml2 keeps; XML 1.0, 2.11, makes it a LF.
  fileprivate var hasLoneReturnInSection: Bool {
    guard let section = firstRange(of: Array("[CDATA[".utf8)) else { return false }
    let text = self[section.upperBound...].prefix { $0 != UInt8(ascii: "]") }
    return zip(text, text.dropFirst() + [0]).contains { $0 == 0x0D && $1 != 0x0A }
  }

  /// Changes, removes, doubles or inserts one byte.
  fileprivate mutating func damage(_ random: inout SplitMix64) {
    let index = Int.random(in: 0..<count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: self[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: self[index] = .random(in: 0...255, using: &random)
    case 2: remove(at: index)
    case 3: insert(self[index], at: index)
    default:
      let marks = Array("<>/!?&;-[]'\"= \r".utf8)
      insert(marks[Int.random(in: 0..<marks.count, using: &random)], at: index)
    }
  }
}

/// `<name`, `>name` and text, pieces joined.
private func events(_ document: [UInt8]) throws(XMLError) -> [String] {
  try XMLScanner.scan(document) { (scanner) throws(XMLError) in
    var found: [String] = []
    var text = ""
    while true {
      let event = try scanner.next()
      if case .text(let piece) = event {
        text += scanner.string(piece)
        continue
      }
      if !text.isEmpty { found.append(text) }
      text = ""
      switch event {
      case .startElement(let name):
        found.append("<" + String(decoding: document[name], as: UTF8.self))
      case .endElement(let name):
        found.append(">" + String(decoding: document[name], as: UTF8.self))
      case .text: break
      case .end: return found
      }
    }
  }
}

/// The same from Foundation's parser (libxml2 on Linux).
private final class FoundationEvents: NSObject, XMLParserDelegate {
  private var found: [String] = []
  private var text = ""

  static func of(_ document: [UInt8]) -> [String]? {
    let parser = XMLParser(data: Data(document))
    let events = FoundationEvents()
    parser.delegate = events
    return parser.parse() ? events.found : nil
  }

  private func flush() {
    if !text.isEmpty { found.append(text) }
    text = ""
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    flush()
    found.append("<" + name)
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    flush()
    found.append(">" + name)
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    text += String(decoding: block, as: UTF8.self)
  }
}

/// Sebastiano Vigna's SplitMix64: the same numbers for the same seed everywhere.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

import AWS
import Testing

/// Documents that declare another encoding than UTF-8, as other tools read them.
@Suite struct XMLEncodingTests {
  private func text(_ document: [UInt8]) throws -> String {
    try XMLScanner.scan(document) { (scanner) throws(XMLError) in
      _ = try scanner.nextChild()
      let text = try scanner.text()
      _ = try scanner.nextChild()
      return scanner.string(text)
    }
  }

  private func document(_ encoding: String, _ content: [UInt8]) -> [UInt8] {
    Array("<?xml version=\"1.0\" encoding=\"\(encoding)\"?>\n<r>".utf8) + content
      + Array("</r>".utf8)
  }

  @Test(arguments: [
    "ISO-8859-1", "iso-8859-15", "latin1", "Windows-1252", "cp1252", "US-ASCII", "KOI8-R", "gb2312",
    "UTF-8", "euc-jp", "Big5",
  ])
  func areReadWhereEveryByteIsASCII(encoding: String) throws {
    #expect(try text(document(encoding, Array("a/b-1".utf8))) == "a/b-1")
  }

  @Test(arguments: ["ISO-8859-1", "iso-8859-1", "Latin-1"])
  func areReadAsLatin1WhereTheySaySo(encoding: String) throws {
    #expect(try text(document(encoding, [0x61, 0xE9, 0xFF, 0x80])) == "a\u{E9}\u{FF}\u{80}")
  }

  @Test(arguments: ["iso-8859-15", "windows-1252", "utf-8", "us-ascii", "gb2312"])
  func areRefusedWhereTheirBytesMeanSomethingUnknown(encoding: String) {
    #expect(throws: XMLError.self) { try text(document(encoding, [0x61, 0xE9])) }
  }

  @Test(arguments: ["utf-16", "UTF-32", "utf-7", "ebcdic-cp-us", "IBM037", "x"])
  func areRefusedWhereASCIIWouldMeanSomethingElse(encoding: String) {
    #expect(throws: XMLError.self) { try text(document(encoding, Array("a".utf8))) }
  }

  @Test func elementsWithChildrenArePassedByWhoCanDoWithoutThem() throws {
    let body = Array("<r><a><b>1</b>x<c/></a><d> y </d><e/><f>z<g>1</g></f></r>".utf8)
    let found = try XMLScanner.scan(body) { (scanner) throws(XMLError) in
      var found: [String?] = []
      _ = try scanner.nextChild()
      while try scanner.nextChild() {
        let text = try scanner.textOrSkip()
        found.append(text.map { scanner.string($0) })
      }
      return found
    }
    #expect(found == [nil, " y ", "", nil])
    for cut in ["<r><a><b>1</b>", "<r><a><b>", "<r><a>x", "<r><a><b></a>"] {
      #expect(throws: XMLError.self) {
        try XMLScanner.scan(Array(cut.utf8)) { (scanner) throws(XMLError) in
          _ = try scanner.nextChild()
          _ = try scanner.nextChild()
          _ = try scanner.textOrSkip()
        }
      }
    }
  }
}

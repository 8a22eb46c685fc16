import Restore
import Testing
import Vocabulary

/// A manifest in memory, handed out in pieces of a few bytes.
private struct Pieces: ManifestSource {
  var rest: ArraySlice<UInt8>
  var size: Int

  mutating func next() throws(ManifestError) -> [UInt8] {
    defer { rest = rest.dropFirst(size) }
    return Array(rest.prefix(size))
  }
}

private func read(
  _ bytes: [UInt8], quote: ManifestQuote? = nil, size: Int = 7
) throws -> [ManifestEntry] {
  var reader = try ManifestReader(path: "m.csv", quote: quote) { () throws(ManifestError) in
    Pieces(rest: bytes[...], size: size)
  }
  var entries: [ManifestEntry] = []
  while let entry = try reader.next() { entries.append(entry) }
  return entries
}

private func read(_ text: String, quote: ManifestQuote? = nil) throws -> [ManifestEntry] {
  try read(Array(text.utf8), quote: quote)
}

private func fault(_ text: String, quote: ManifestQuote? = nil) -> ManifestError? {
  do {
    _ = try read(text, quote: quote)
    return nil
  } catch {
    return error as? ManifestError
  }
}

@Suite struct ManifestReaderTests {
  @Test func readsAHeaderAndItsColumnsInAnyOrder() throws {
    let entries = try read("version_id,key\r\nv1,\"a,b\"\r\nnull,\"line\nend\"\r\n")
    #expect(
      entries == [
        ManifestEntry(line: 2, key: Key("a,b"), versionID: "v1"),
        ManifestEntry(line: 3, key: Key("line\nend"), versionID: "null"),
      ])
  }

  @Test func readsTheFormOfOlderTools() throws {
    let entries = try read("\\a,b\\,v1\r\n\\x\\\\y\\,v2\r\n\"q\",null\r\n\\two\r\nlines\\,v3\r\n")
    #expect(entries.map(\.key) == ["a,b", "x\\y", "\"q\"", "two\r\nlines"].map { Key($0) })
    #expect(entries.map(\.line) == [1, 2, 3, 4])
  }

  @Test func readsPercentEncodedKeysOfThreeColumns() throws {
    let entries = try read("b,a%20b/%C3%A9,v1\nb,plain,null\n")
    #expect(entries.map(\.key) == [Key("a b/é"), Key("plain")])
    #expect(entries.map(\.bucket) == ["b", "b"])
  }

  @Test func skipsAByteOrderMarkAndBlankLinesAtTheEnd() throws {
    #expect(try read([0xEF, 0xBB, 0xBF] + Array("key,version_id\na,v\n\n\n".utf8)).count == 1)
  }

  @Test func needsNoLineEndAtTheEnd() throws {
    #expect(try read("a,v").map(\.key) == [Key("a")])
  }

  @Test func keepsBytesThatAreNoText() throws {
    #expect(try read([0xFF, 0xFD, 0x2C, 0x76, 0x0A]).map(\.key) == [Key([0xFF, 0xFD])])
  }

  @Test(arguments: [
    ("", ManifestError.Kind.empty, 0),
    ("\u{FEFF}", .empty, 0),
    ("\n\n", .empty, 0),
    ("key,version_id\n\"a,v1\nb,v2\n", .unclosedQuote, 2),
    ("key,version_id\na\n", .columnCount(1, expected: [2]), 2),
    ("key,version_id\na,v\nb,v,w\n", .columnCount(3, expected: [2]), 3),
    ("a,b,c,d\n", .columnCount(4, expected: [2, 3, 7]), 1),
    ("key,version_id\n,v\n", .emptyKey, 2),
    ("key,version_id\na,\n", .badVersionID(""), 2),
    ("key,version_id\na,v 1\n", .badVersionID("v 1"), 2),
    ("key,version_id,colour\na,v,red\n", .unknownColumn("colour"), 1),
    ("key,version_id,Key\na,v,b\n", .repeatedColumn("key"), 1),
    ("version_id\nv\n", .missingColumn("key"), 1),
    ("key\na\n", .missingColumn("version_id"), 1),
    ("key,version_id\n\"a\"b,v\n", .bytesBehindQuote, 2),
    ("key,version_id\na\"b,v\n", .strayQuote, 2),
    ("key,version_id\na\rb,v\n", .strayCarriageReturn, 2),
    ("b,a%2,v\n", .badPercentEncoding, 1),
    ("key,version_id,size\na,v,-1\n", .badNumber("-1"), 2),
    ("key,version_id,last_modified\na,v,soon\n", .badTime("soon"), 2),
  ])
  func namesTheLineOfWhatCannotBeRead(text: String, kind: ManifestError.Kind, line: Int) {
    #expect(fault(text) == ManifestError(kind, path: "m.csv", line: line))
  }

  @Test(arguments: [
    [0xFF, 0xFE, 0x6B, 0x00], [0xFE, 0xFF, 0x00, 0x6B], [0x6B, 0x00, 0x65, 0x00],
  ])
  func refusesUTF16(bytes: [UInt8]) {
    #expect(throws: ManifestError(.utf16, path: "m.csv")) { try read(bytes) }
  }

  @Test func refusesALineThatTwoQuotesReadDifferently() throws {
    let text = "a,v1\n\"q\",v2\n"
    #expect(
      fault(text)
        == ManifestError(
          .ambiguous(rfc: Key("q"), backslash: Key("\"q\"")), path: "m.csv", line: 2))
    #expect(try read(text, quote: .rfc).last?.key == Key("q"))
    #expect(try read(text, quote: .backslash).last?.key == Key("\"q\""))
  }

  @Test func takesTheOneQuoteThatMakesSense() throws {
    // Only RFC 4180 reads the second line as two columns, and only the other does the third manifest's.
    #expect(try read("\"q\",v\n\"a,b\",v\n").first?.key == Key("q"))
    #expect(try read("\"q\",v\n\\a,b\\,v\n").first?.key == Key("\"q\""))
  }

  @Test(arguments: 1...20)
  func doesNotDependOnWhereTheBytesAreCut(size: Int) throws {
    let bytes = Array("\u{FEFF}key,version_id\r\n\"a\"\"b\r\n\",v1\r\nc,v2".utf8)
    #expect(try read(bytes, size: size) == read(bytes, size: 1_000))
  }
}

import Foundation
import S3
import TestSupport
import Testing
import Vocabulary

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ListPagePropertyTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func agreesWithFoundationOnRandomPages(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for round in 0..<60 {
      let written = RandomPage(&random).document
      let expected = try #require(OraclePage.of(written), "seed \(seed), round \(round)")
      let page = try ListPage(parsing: written)
      #expect(OraclePage(page) == expected, "seed \(seed), round \(round)")
    }
  }

  @Test func refusesEveryTruncation() throws {
    var random = SplitMix64(seed: 7)
    let written = RandomPage(&random, objects: 3).document
    let end = try #require(written.lastIndex(of: UInt8(ascii: ">")))
    for count in 0...end {
      #expect(throws: AnswerError.self, "cut to \(count)") {
        try ListPage(parsing: Array(written[..<count]))
      }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func survivesDamage(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var pages = 0
    for _ in 0..<100 {
      let written = RandomPage(&random, objects: 2).document
      for _ in 0..<50 {
        var damaged = written
        let index = random.below(damaged.count)
        switch random.below(3) {
        case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.remove(at: index)
        default: damaged.insert(random.pick(Array("<>&;%+]\"\r0".utf8)), at: index)
        }
        // Any error will do; only a trap, or a page that contradicts itself, would not.
        guard let page = try? ListPage(parsing: damaged) else { continue }
        pages += 1
        for index in page.objects.records.indices {
          #expect(
            !page.objects.key(at: index).bytes.isEmpty && page.objects.records[index].size >= 0)
          #expect(!page.objects.storageClass(at: index).isEmpty)
        }
      }
    }
    #expect(pages > 0)
  }
}

// MARK: - Random pages

/// A page with hostile keys and every legal oddity of XML.
private struct RandomPage {
  var document: [UInt8]

  init(_ random: inout SplitMix64, objects: Int? = nil) {
    let isURL = random.isOneIn(2)
    var children: [String] = []
    for _ in 0..<(objects ?? random.below(20)) { children.append(Self.object(isURL, &random)) }
    for _ in 0..<random.below(3) {
      let prefix = Self.text(Self.key(isURL, &random), &random)
      children.append("<CommonPrefixes><Prefix>\(prefix)</Prefix></CommonPrefixes>")
    }
    if isURL {
      children.insert("<EncodingType>url</EncodingType>", at: random.below(children.count + 1))
    }
    children.insert(
      "<IsTruncated>\(random.isOneIn(2))</IsTruncated>", at: random.below(children.count + 1))
    if random.isOneIn(2) {
      children.append(
        "<NextContinuationToken>\(Self.text("tok+%2F=", &random))</NextContinuationToken>")
    }
    if random.isOneIn(2) {
      children.insert("<Prefix>\(Self.text(Self.key(isURL, &random), &random))</Prefix>", at: 0)
    }
    let attributes =
      random.isOneIn(2) ? " xmlns='http://s3.amazonaws.com/doc/2006-03-01/' a = \"&lt;\"" : ""
    let space = random.pick(["", "\n", "\r\n  ", "<!-- <Key>no</Key> -->", "<?p <Key> ?>"])
    document = Array(
      ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult\(attributes)>"
        + children.map { space + $0 }.joined() + "</ListBucketResult>"
        + (space.first == "<" ? "" : space)).utf8)
  }

  private static func object(_ isURL: Bool, _ random: inout SplitMix64) -> String {
    let quote = random.pick(["\"", "&quot;", "&#34;", ""])
    var fields = [
      "<Key>\(text(key(isURL, &random), &random))</Key>",
      "<Size>\(random.pick([0, 1, 4_096, ListPage.sizeMax, Int64(random.below(1 << 40))]))</Size>",
      "<LastModified>20\(10 + random.below(20))-0\(1 + random.below(9))-1\(random.below(10))T0\(random.below(10)):00:59\(random.pick(["", ".000", ".123", ".5"]))Z</LastModified>",
    ]
    if !random.isOneIn(4) {
      fields.append("<ETag>\(quote)\(random.next())-\(random.below(99))\(quote)</ETag>")
    }
    if !random.isOneIn(4) {
      let name = random.pick(["STANDARD", "GLACIER", "DEEP_ARCHIVE", "STANDARD_IA"])
      fields.append("<StorageClass>\(text(name, &random))</StorageClass>")
    }
    if random.isOneIn(2) { fields.append("<Owner><ID>i</ID><Key>no</Key><DisplayName/></Owner>") }
    if random.isOneIn(2) { fields.append("<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>") }
    fields.shuffle(using: &random)
    return "<Contents>" + fields.joined(separator: random.pick(["", " ", "\n\t"])) + "</Contents>"
  }

  /// A key, percent-encoded if the page is, not yet escaped for XML.
  private static func key(_ isURL: Bool, _ random: inout SplitMix64) -> String {
    let pieces = [
      "a", "/", "2026", "\u{E9}", "\u{65E5}\u{672C}", "\u{1F4A9}", "'", "\"", "&", "<", ">", "]]",
      ".", "..", "~", "key-with-a-longer-name",
    ]
    let plain = ["+", "%", "%2", "\t", "\n", "\r", " "]
    let encoded = ["+", "%2F", "%2f", "%01", "%00", "%0D", "%FF", "%25", "%2B", "%E9", "%C3%A9"]
    return (0...random.below(12)).map { _ in
      random.pick(random.isOneIn(2) ? pieces : isURL ? encoded : plain)
    }.joined()
  }

  /// `value` written in one of XML's ways.
  private static func text(_ value: String, _ random: inout SplitMix64) -> String {
    if random.isOneIn(8), !value.contains("]]>"), !value.contains("\r") {
      return "<![CDATA[\(value)]]>"
    }
    return value.unicodeScalars.map { scalar in
      switch scalar {
      case "<": "&lt;"
      case "&": "&amp;"
      case ">": "&gt;"
      // Written as it is, it would be read as a LF.
      case "\r": "&#13;"
      case "'", "\"": random.isOneIn(2) ? String(scalar) : scalar == "'" ? "&apos;" : "&quot;"
      default:
        random.isOneIn(16)
          ? random.pick([
            "&#\(scalar.value);", "<!-- c -->\(scalar)", "&#x\(String(scalar.value, radix: 16));",
          ])
          : String(scalar)
      }
    }.joined()
  }
}

// MARK: - The oracle

/// A page as Foundation's parser and straightforward Swift read it.
private struct OraclePage: Equatable {
  struct Object: Equatable {
    var key: [UInt8] = []
    var size = ""
    var lastModified = ""
    var etag = ""
    var storageClass = "STANDARD"
  }

  var objects: [Object] = []
  var commonPrefixes: [[UInt8]] = []
  var prefix: [UInt8] = []
  var token = ""
  var isTruncated = ""

  init() {}

  init(_ page: ListPage) {
    objects = page.objects.records.indices.map { index in
      let record = page.objects.records[index]
      return Object(
        key: page.objects.key(at: index).bytes, size: String(record.size),
        lastModified: record.lastModified.iso8601, etag: page.objects.etag(at: index),
        storageClass: page.objects.storageClass(at: index))
    }
    commonPrefixes = page.commonPrefixes.map(\.bytes)
    prefix = page.prefix.bytes
    token = page.nextContinuationToken ?? ""
    isTruncated = String(page.isTruncated)
  }

  static func of(_ document: [UInt8]) -> OraclePage? {
    let reader = OracleReader()
    let parser = XMLParser(data: Data(document))
    parser.delegate = reader
    return parser.parse() ? reader.finished() : nil
  }
}

private final class OracleReader: NSObject, XMLParserDelegate {
  private var page = OraclePage()
  private var isURL = false
  private var path: [String] = []
  private var text = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    path.append(name)
    text = ""
    if path == ["ListBucketResult", "Contents"] { page.objects.append(OraclePage.Object()) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    text += String(decoding: block, as: UTF8.self)
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    let last = page.objects.count - 1
    switch path.dropFirst().joined(separator: "/") {
    case "Prefix": page.prefix = Array(text.utf8)
    case "EncodingType": isURL = text == "url"
    case "IsTruncated": page.isTruncated = text
    case "NextContinuationToken": page.token = text
    case "CommonPrefixes/Prefix": page.commonPrefixes.append(Array(text.utf8))
    case "Contents/Key": page.objects[last].key = Array(text.utf8)
    case "Contents/Size": page.objects[last].size = text
    case "Contents/LastModified":
      page.objects[last].lastModified = Timestamp(iso8601: text)?.iso8601 ?? ""
    case "Contents/ETag": page.objects[last].etag = text.filter { $0 != "\"" }
    case "Contents/StorageClass": page.objects[last].storageClass = text
    default: break
    }
    path.removeLast()
    text = ""
  }

  func finished() -> OraclePage {
    // A token with keys says more than a no.
    if !page.token.isEmpty, !page.objects.isEmpty || !page.commonPrefixes.isEmpty {
      page.isTruncated = "true"
    }
    guard isURL else { return page }
    for index in page.objects.indices { page.objects[index].key = decoded(page.objects[index].key) }
    page.commonPrefixes = page.commonPrefixes.map(decoded)
    page.prefix = decoded(page.prefix)
    return page
  }

  private func decoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): result.append(0x20)
      case UInt8(ascii: "%"):
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        result.append(UInt8(digits, radix: 16) ?? 0)
        rest = rest.dropFirst(2)
      default: result.append(byte)
      }
    }
    return result
  }
}

import AWS
import Vocabulary

/// Fills a `ListPage` from the children of `<ListBucketResult>`.
///
/// This is the hottest loop on the network side, so an object costs no allocation: its fields stay
/// ranges of the body until its end, then key and ETag are appended to the page's text.
struct ListPageReader {
  private var page = ListPage()
  private var seen: Seen = []
  private var isTruncated: Bool?
  /// The names of `page.objects.storageClasses`, as bytes.
  private var storageClasses: [[UInt8]] = []
  private var lastStorageClass: (text: XMLText, index: UInt8)?
  /// How each class of the page was written first.
  private var storageClassTexts: [XMLText] = []
  /// Where a key ended that is too long unless it turns out to be percent-encoded.
  private var longKeyOffset: Int?
  private let bodyBytes: Int

  private struct Seen: OptionSet {
    let rawValue: Int
    static let keyCount = Seen(rawValue: 1 << 0)
    static let isTruncated = Seen(rawValue: 1 << 1)
    static let encodingType = Seen(rawValue: 1 << 2)
    static let nextContinuationToken = Seen(rawValue: 1 << 3)
    static let nextMarker = Seen(rawValue: 1 << 4)
    /// What the request said, repeated in the answer.
    static let marker = Seen(rawValue: 1 << 5)
    static let startAfter = Seen(rawValue: 1 << 6)
    static let continuationToken = Seen(rawValue: 1 << 7)

    static let versionOne: Seen = [.marker, .nextMarker]
    static let versionTwo: Seen = [
      .keyCount, .nextContinuationToken, .startAfter, .continuationToken,
    ]
  }

  init(bodyBytes: Int) {
    self.bodyBytes = bodyBytes
    // An object takes 200 bytes or more, of which key and ETag are rarely over half. A guess too
    // low only costs a copy; too high, memory while the page waits to be stored.
    page.objects.records.reserveCapacity(min(bodyBytes / 200, 1_000))
    page.objects.text.reserveCapacity(bodyBytes / 3)
  }

  /// Reads everything up to the end of the root element.
  mutating func read(_ scanner: inout XMLScanner) throws(XMLError) -> ListPage {
    guard bodyBytes <= Int(Int32.max) else {
      throw XMLError(offset: 0, expected: "a page of less than 2 GiB")
    }
    while try scanner.nextChild() {
      if scanner.isNamed("Contents") {
        try readObject(&scanner)
      } else if scanner.isNamed("CommonPrefixes") {
        try readCommonPrefixes(&scanner)
      } else {
        try readField(&scanner)
      }
    }
    return try finish(scanner.offset)
  }

  private mutating func readField(_ scanner: inout XMLScanner) throws(XMLError) {
    if scanner.isNamed("Name") {
      page.name = scanner.string(try scanner.text())
    } else if scanner.isNamed("Prefix") {
      page.prefix = Key(scanner.bytes(try scanner.text()))
    } else if scanner.isNamed("KeyCount") {
      seen.insert(.keyCount)
      page.keyCount = scanner.withBytes(of: try scanner.text(), paddedDecimal).map { Int($0) }
    } else if scanner.isNamed("IsTruncated") {
      let answer = try scanner.nextTruth()
      try check(.isTruncated, isTruncated == answer, scanner)
      isTruncated = answer
    } else if scanner.isNamed("EncodingType") {
      let isURL = trimmingBlanks(scanner.string(try scanner.text())) == "url"
      try check(.encodingType, page.encodingIsURL == isURL, scanner)
      if isURL, !page.encodingIsURL {
        page.encodingIsURL = true
        try decodeKeysRead(before: scanner.offset)
      }
    } else if scanner.isNamed("NextContinuationToken") {
      let token = try scanner.nextToken()
      try check(.nextContinuationToken, page.nextContinuationToken == token, scanner)
      page.nextContinuationToken = token
    } else if scanner.isNamed("NextMarker") {
      let bytes = scanner.bytes(try scanner.text())
      let marker = bytes.isEmpty ? nil : Key(bytes)
      try check(.nextMarker, page.nextMarker == marker, scanner)
      page.nextMarker = marker
    } else {
      if scanner.isNamed("Marker") { seen.insert(.marker) }
      if scanner.isNamed("StartAfter") { seen.insert(.startAfter) }
      if scanner.isNamed("ContinuationToken") { seen.insert(.continuationToken) }
      try scanner.skip()
    }
  }

  private mutating func readCommonPrefixes(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("Prefix") {
        page.commonPrefixes.append(Key(scanner.bytes(try scanner.text())))
      } else {
        try scanner.skip()
      }
    }
  }

  /// Notes that a field was there, and refuses it when it was there before and said something else.
  private mutating func check(
    _ field: Seen, _ isSame: Bool, _ scanner: borrowing XMLScanner
  ) throws(XMLError) {
    guard seen.insert(field).inserted || isSame else {
      throw XMLError(offset: scanner.offset, expected: "the same value where a field is repeated,")
    }
  }

  private mutating func finish(_ end: Int) throws(XMLError) -> ListPage {
    if let longKeyOffset { throw Self.longKey(at: longKeyOffset) }
    let hasNext = page.nextContinuationToken != nil || page.nextMarker != nil
    let isEmpty = page.objects.records.isEmpty && page.commonPrefixes.isEmpty
    page.isTruncated =
      switch isTruncated {
      case true?: true
      // Which of the two is true, the next page tells; it may say no more than this one.
      case false?: hasNext && !isEmpty
      // A full page without a word about its end proves nothing: what follows is asked for.
      case nil: hasNext || page.objects.records.count >= ListPage.keysMax
      }
    page.isVersionOne = !seen.isDisjoint(with: .versionOne) && seen.isDisjoint(with: .versionTwo)
    if page.encodingIsURL {
      if var marker = page.nextMarker?.bytes {
        guard percentDecode(&marker, from: 0) else {
          throw XMLError(offset: end, expected: "a percent-encoded NextMarker")
        }
        page.nextMarker = Key(marker)
      }
      var prefix = page.prefix.bytes
      if percentDecode(&prefix, from: 0) { page.prefix = Key(prefix) }
      for index in page.commonPrefixes.indices {
        guard percentDecode(&page.commonPrefixes[index].bytes, from: 0) else {
          throw XMLError(
            offset: end, expected: "percent-encoded CommonPrefixes (number \(index + 1))")
        }
      }
    }
    return page
  }

  private static func longKey(at offset: Int) -> XMLError {
    XMLError(offset: offset, expected: "a key of at most \(ListPage.keyBytesMax) bytes")
  }
}

// MARK: - Objects

extension ListPageReader {
  /// What an object's elements say, as ranges of the body.
  private struct Fields {
    var key: XMLText?
    var etag: XMLText?
    var size: XMLText?
    var lastModified: XMLText?
    var storageClass: XMLText?
  }

  private mutating func readObject(_ scanner: inout XMLScanner) throws(XMLError) {
    var fields = Fields()
    while try scanner.nextChild() {
      switch scanner.nameCount {
      case 3 where scanner.isNamed("Key"):
        try Self.read(&fields.key, &scanner)
      case 4 where scanner.isNamed("ETag"):
        try Self.read(&fields.etag, &scanner)
      case 4 where scanner.isNamed("Size"):
        try Self.read(&fields.size, &scanner)
      case 12 where scanner.isNamed("LastModified"):
        try Self.read(&fields.lastModified, &scanner)
      case 12 where scanner.isNamed("StorageClass"):
        try Self.read(&fields.storageClass, &scanner)
      default:
        try scanner.skip()
      }
    }
    try append(fields, scanner)
  }

  private static func read(
    _ field: inout XMLText?, _ scanner: inout XMLScanner
  ) throws(XMLError) {
    guard field == nil else {
      throw XMLError(offset: scanner.offset, expected: "one \(scanner.name) only")
    }
    field = try scanner.text()
  }

  private mutating func append(
    _ fields: Fields, _ scanner: borrowing XMLScanner
  ) throws(XMLError) {
    let end = scanner.offset
    guard let keyText = fields.key else {
      throw XMLError(offset: end, expected: "a Key in every object")
    }
    guard let sizeText = fields.size else {
      throw XMLError(offset: end, expected: "a number of bytes as Size")
    }
    guard let size = scanner.withBytes(of: sizeText, paddedDecimal), size <= ListPage.sizeMax
    else {
      throw wrong(sizeText, "a Size of 0 to \(ListPage.sizeMax)", ofKey: keyText, scanner)
    }
    guard let timeText = fields.lastModified else {
      throw XMLError(
        offset: end, expected: "a LastModified of the key '\(shownKey(keyText, scanner))',")
    }
    guard let lastModified = scanner.withBytes(of: timeText, timestamp) else {
      throw wrong(timeText, "a time as LastModified", ofKey: keyText, scanner)
    }
    let storageClass = try storageClassIndex(fields.storageClass ?? .empty, scanner)
    let key = try appendKey(keyText, scanner)
    let etag = appendETag(fields.etag ?? .empty, scanner)
    page.objects.records.append(
      ObjectPage.Record(
        key: key, etag: etag, size: size, lastModified: lastModified, storageClass: storageClass))
  }

  /// The error for a field that says what it cannot mean.
  private func wrong(
    _ text: XMLText, _ expected: String, ofKey key: XMLText, _ scanner: borrowing XMLScanner
  ) -> XMLError {
    XMLError(
      offset: text.range.lowerBound,
      expected: "\(expected), not '\(scanner.string(text).prefix(100))'"
        + " of the key '\(shownKey(key, scanner))',")
  }

  private func shownKey(_ text: XMLText, _ scanner: borrowing XMLScanner) -> String {
    var key = scanner.bytes(text)
    guard page.encodingIsURL, percentDecode(&key, from: 0) else { return scanner.string(text) }
    return String(decoding: key, as: UTF8.self)
  }

  private mutating func appendKey(
    _ text: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> ObjectPage.Slice {
    let start = page.objects.text.count
    scanner.append(text, to: &page.objects.text)
    if page.encodingIsURL {
      guard percentDecode(&page.objects.text, from: start) else {
        throw XMLError(offset: text.range.lowerBound, expected: "a percent-encoded Key")
      }
    }
    let count = page.objects.text.count - start
    guard count > 0 else {
      throw XMLError(offset: text.range.lowerBound, expected: "a Key that is not empty")
    }
    if count > ListPage.keyBytesMax {
      guard !page.encodingIsURL else { throw Self.longKey(at: text.range.upperBound) }
      longKeyOffset = longKeyOffset ?? text.range.upperBound
    }
    return ObjectPage.Slice(offset: start, count: count)
  }

  private mutating func appendETag(
    _ text: XMLText, _ scanner: borrowing XMLScanner
  ) -> ObjectPage.Slice {
    let start = page.objects.text.count
    let inner = scanner.trimmingQuotes(text)
    scanner.append(inner, to: &page.objects.text)
    if inner == text, !text.isPlain { removeQuotes(from: start) }
    return ObjectPage.Slice(offset: start, count: page.objects.text.count - start)
  }

  /// Removes the quotation marks around the text from `start` on, however they were written.
  private mutating func removeQuotes(from start: Int) {
    let quote = UInt8(ascii: "\"")
    guard page.objects.text.count - start >= 2, page.objects.text[start] == quote,
      page.objects.text.last == quote
    else { return }
    page.objects.text.removeLast()
    page.objects.text.remove(at: start)
  }

  private mutating func storageClassIndex(
    _ text: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> UInt8 {
    // Objects of one class mostly stand together.
    if let last = lastStorageClass, scanner.isSame(text, as: last.text) { return last.index }
    if let known = storageClassTexts.firstIndex(where: { scanner.isSame(text, as: $0) }) {
      let index = UInt8(known)
      lastStorageClass = (text, index)
      return index
    }
    let written = scanner.bytes(text)
    let trimmed = trimmingBlanks(written)
    let name = trimmed.isEmpty ? Array("STANDARD".utf8) : trimmed
    let known = storageClasses.firstIndex(of: name)
    guard let index = UInt8(exactly: known ?? storageClasses.count) else {
      throw XMLError(
        offset: text.range.lowerBound, expected: "at most 256 storage classes in a page")
    }
    if known == nil {
      storageClasses.append(name)
      storageClassTexts.append(text)
      page.objects.storageClasses.append(String(decoding: name, as: UTF8.self))
    }
    lastStorageClass = (text, index)
    return index
  }

  /// Decodes the keys of the objects read so far: some servers send EncodingType after them.
  private mutating func decodeKeysRead(before offset: Int) throws(XMLError) {
    guard !page.objects.records.isEmpty else { return }
    longKeyOffset = nil
    var failure: XMLError?
    var end = 0
    page.objects.text.withUnsafeMutableBytes { text in
      for index in page.objects.records.indices {
        let record = page.objects.records[index]
        guard let count = percentDecode(text, record.key.range, to: end) else {
          failure = XMLError(offset: offset, expected: "percent-encoded keys (number \(index + 1))")
          return
        }
        guard count <= ListPage.keyBytesMax else {
          failure = Self.longKey(at: offset)
          return
        }
        page.objects.records[index].key = ObjectPage.Slice(offset: end, count: count)
        end += count
        // An ETag follows its key, so nothing that is still to be read is written over.
        UnsafeMutableRawBufferPointer(rebasing: text[end..<end + record.etag.range.count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: text[record.etag.range]))
        page.objects.records[index].etag = ObjectPage.Slice(
          offset: end, count: record.etag.range.count)
        end += record.etag.range.count
      }
    }
    if let failure { throw failure }
    page.objects.text.removeLast(page.objects.text.count - end)
  }
}

extension XMLScanner {
  /// What `text` says, as bytes of its own.
  func bytes(_ text: XMLText) -> [UInt8] {
    var result: [UInt8] = []
    append(text, to: &result)
    return result
  }
}

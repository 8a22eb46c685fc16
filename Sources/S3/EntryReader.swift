import AWS
import Vocabulary

/// Fills an `ObjectPage` from the entries of a listing: objects, or versions and delete markers.
///
/// This is the hottest loop on the network side, so an entry costs no allocation: its fields stay
/// ranges of the body until its end, then key, ETag and version id are appended to the page's text, in
/// this order.
struct EntryReader {
  private var objects = ObjectPage()
  /// Whether keys are percent-encoded, as far as the page has said.
  private var encodingIsURL = false
  /// The names of `objects.storageClasses`, as bytes.
  private var storageClasses: [[UInt8]] = []
  private var lastStorageClass: (text: XMLText, index: UInt8)?
  /// How each class of the page was written first.
  private var storageClassTexts: [XMLText] = []
  /// Where a key ended that is too long unless it turns out to be percent-encoded.
  private var longKeyOffset: Int?
  private let bodyBytes: Int
  /// The first delete marker of the page.
  private(set) var firstMarker: Int?
  /// Whether no version has followed a delete marker.
  private(set) var isInTwoBlocks = true

  init(bodyBytes: Int) {
    self.bodyBytes = bodyBytes
    // An object takes 200 bytes or more, of which key and ETag are rarely over half. A guess too
    // low only costs a copy; too high, memory while the page waits to be stored.
    objects.records.reserveCapacity(min(bodyBytes / 200, 1_000))
    objects.text.reserveCapacity(bodyBytes / 3)
  }

  /// The entries, when all have been read.
  func finished() throws(XMLError) -> ObjectPage {
    if let longKeyOffset { throw Self.longKey(at: longKeyOffset) }
    return objects
  }

  private static func longKey(at offset: Int) -> XMLError {
    XMLError(offset: offset, expected: "a key of at most \(ListPage.keyBytesMax) bytes")
  }
}

// MARK: - Entries

extension EntryReader {
  /// What an entry's elements say, as ranges of the body.
  private struct Fields {
    var key: XMLText?
    var etag: XMLText?
    var size: XMLText?
    var lastModified: XMLText?
    var storageClass: XMLText?

    /// Takes in the element that was just started.
    @inline(__always)
    mutating func readElement(_ scanner: inout XMLScanner) throws(XMLError) {
      switch scanner.nameCount {
      case 3 where scanner.isNamed("Key"):
        try EntryReader.read(&key, &scanner)
      case 4 where scanner.isNamed("ETag"):
        try EntryReader.read(&etag, &scanner)
      case 4 where scanner.isNamed("Size"):
        try EntryReader.read(&size, &scanner)
      case 12 where scanner.isNamed("LastModified"):
        try EntryReader.read(&lastModified, &scanner)
      case 12 where scanner.isNamed("StorageClass"):
        try EntryReader.read(&storageClass, &scanner)
      default:
        try scanner.skip()
      }
    }
  }

  private static func read(
    _ field: inout XMLText?, _ scanner: inout XMLScanner
  ) throws(XMLError) {
    guard field == nil else {
      throw XMLError(offset: scanner.offset, expected: "one \(scanner.name) only")
    }
    field = try scanner.text()
  }

  /// Reads the object whose element was just started.
  mutating func readObject(_ scanner: inout XMLScanner) throws(XMLError) {
    var fields = Fields()
    while try scanner.nextChild() { try fields.readElement(&scanner) }
    let end = scanner.offset
    guard let keyText = fields.key else {
      throw XMLError(offset: end, expected: "a Key in every object")
    }
    let size = try size(fields, keyText, scanner)
    let lastModified = try lastModified(fields, keyText, scanner)
    let storageClass = try storageClassIndex(fields.storageClass ?? .empty, scanner)
    let key = try appendKey(keyText, scanner)
    let etag = appendETag(fields.etag ?? .empty, scanner)
    objects.records.append(
      ObjectPage.Record(
        key: key, etag: etag, size: size, lastModified: lastModified, storageClass: storageClass))
  }

  /// Reads the version or delete marker whose element was just started.
  mutating func readVersion(
    _ kind: ObjectPage.Version.Kind, _ scanner: inout XMLScanner
  ) throws(XMLError) {
    var fields = Fields()
    var id: XMLText?
    var isLatest: XMLText?
    var thaw: ThawProgress?
    while try scanner.nextChild() {
      switch scanner.nameCount {
      case 13 where scanner.isNamed("RestoreStatus"): thaw = try Self.readThaw(&scanner)
      case 8 where scanner.isNamed("IsLatest"): try Self.read(&isLatest, &scanner)
      case 9 where scanner.isNamed("VersionId"): try Self.read(&id, &scanner)
      default: try fields.readElement(&scanner)
      }
    }
    guard let keyText = fields.key else {
      throw XMLError(
        offset: scanner.offset, expected: "a Key in every version and every delete marker")
    }
    let lastModified = try lastModified(fields, keyText, scanner)
    var record = ObjectPage.Record(
      key: ObjectPage.Slice(offset: 0, count: 0), etag: ObjectPage.Slice(offset: 0, count: 0),
      size: 0, lastModified: lastModified, storageClass: 0)
    // A marker has none of these, whatever some servers write.
    if kind == .version {
      record.size = try size(fields, keyText, scanner)
      record.storageClass = try storageClassIndex(fields.storageClass ?? .empty, scanner)
    }
    let isLatestNow = try self.isLatest(isLatest, keyText, scanner)
    record.key = try appendKey(keyText, scanner)
    record.etag = appendETag(kind == .version ? fields.etag ?? .empty : .empty, scanner)
    let slice = try appendVersionID(id, keyText, scanner)
    note(kind)
    objects.records.append(record)
    objects.versions.append(
      ObjectPage.Version(id: slice, kind: kind, isLatest: isLatestNow, thaw: thaw))
  }

  /// Reads a `<RestoreStatus>`, which entries have that are brought back from an archive, or were.
  ///
  /// One that says neither is as good as none (API Reference, "RestoreStatus").
  private static func readThaw(_ scanner: inout XMLScanner) throws(XMLError) -> ThawProgress? {
    var isUnderWay: Bool?
    var until: Timestamp?
    while try scanner.nextChild() {
      let (isProgress, isEnd) = (
        scanner.isNamed("IsRestoreInProgress"), scanner.isNamed("RestoreExpiryDate")
      )
      guard let text = try scanner.textOrSkip() else { continue }
      if isProgress { isUnderWay = scanner.withBytes(of: text, truth) }
      if isEnd { until = scanner.withBytes(of: text, timestamp) }
    }
    if isUnderWay == true { return .underWay }
    // Its copy is there as long as it has an end.
    return until.map { .ready(until: $0) }
  }

  private mutating func note(_ kind: ObjectPage.Version.Kind) {
    if objects.versions.isEmpty { objects.versions.reserveCapacity(min(bodyBytes / 300, 1_000)) }
    if kind == .deleteMarker {
      firstMarker = firstMarker ?? objects.records.count
    } else if firstMarker != nil {
      isInTwoBlocks = false
    }
  }
}

// MARK: - Fields

extension EntryReader {
  @inline(__always)
  private func size(
    _ fields: Fields, _ key: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> Int64 {
    guard let text = fields.size else {
      throw XMLError(offset: scanner.offset, expected: "a number of bytes as Size")
    }
    guard let size = scanner.withBytes(of: text, paddedDecimal), size <= ListPage.sizeMax else {
      throw wrong(text, "a Size of 0 to \(ListPage.sizeMax)", ofKey: key, scanner)
    }
    return size
  }

  @inline(__always)
  private func lastModified(
    _ fields: Fields, _ key: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> Timestamp {
    guard let text = fields.lastModified else {
      throw XMLError(
        offset: scanner.offset, expected: "a LastModified of the key '\(shownKey(key, scanner))',")
    }
    guard let time = scanner.withBytes(of: text, timestamp) else {
      throw wrong(text, "a time as LastModified", ofKey: key, scanner)
    }
    return time
  }

  /// Whether an entry is the latest of its key; one that does not say is not.
  private func isLatest(
    _ text: XMLText?, _ key: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> Bool {
    guard let text else { return false }
    if let answer = scanner.withBytes(of: text, truth) { return answer }
    guard trimmingBlanks(scanner.bytes(text)).isEmpty else {
      throw wrong(text, "true or false as IsLatest", ofKey: key, scanner)
    }
    return false
  }

  /// Appends a version id, which is never percent-encoded (API Reference, "ListObjectVersions",
  /// encoding-type).
  private mutating func appendVersionID(
    _ text: XMLText?, _ key: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> ObjectPage.Slice {
    let start = objects.text.count
    if let text {
      scanner.append(text, to: &objects.text)
      trimBlanks(from: start)
    }
    if objects.text.count == start { objects.text += Self.idOfNone }
    let count = objects.text.count - start
    guard count <= ListPage.versionIDBytesMax else {
      throw XMLError(
        offset: scanner.offset,
        expected: "a VersionId of at most \(ListPage.versionIDBytesMax) bytes"
          + " of the key '\(shownKey(key, scanner))',")
    }
    return ObjectPage.Slice(offset: start, count: count)
  }

  private static let idOfNone = Array("null".utf8)

  private mutating func trimBlanks(from start: Int) {
    guard start < objects.text.count, let last = objects.text.last,
      last <= 0x20 || objects.text[start] <= 0x20
    else { return }
    let id = trimmingBlanks(Array(objects.text[start...]))
    objects.text.removeLast(objects.text.count - start)
    objects.text += id
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
    guard encodingIsURL, percentDecode(&key, from: 0) else { return scanner.string(text) }
    return String(decoding: key, as: UTF8.self)
  }

  private mutating func appendKey(
    _ text: XMLText, _ scanner: borrowing XMLScanner
  ) throws(XMLError) -> ObjectPage.Slice {
    let start = objects.text.count
    scanner.append(text, to: &objects.text)
    if encodingIsURL {
      guard percentDecode(&objects.text, from: start) else {
        throw XMLError(offset: text.range.lowerBound, expected: "a percent-encoded Key")
      }
    }
    let count = objects.text.count - start
    guard count > 0 else {
      throw XMLError(offset: text.range.lowerBound, expected: "a Key that is not empty")
    }
    if count > ListPage.keyBytesMax {
      guard !encodingIsURL else { throw Self.longKey(at: text.range.upperBound) }
      longKeyOffset = longKeyOffset ?? text.range.upperBound
    }
    return ObjectPage.Slice(offset: start, count: count)
  }

  private mutating func appendETag(
    _ text: XMLText, _ scanner: borrowing XMLScanner
  ) -> ObjectPage.Slice {
    let start = objects.text.count
    let inner = scanner.trimmingQuotes(text)
    scanner.append(inner, to: &objects.text)
    if inner == text, !text.isPlain { removeQuotes(from: start) }
    return ObjectPage.Slice(offset: start, count: objects.text.count - start)
  }

  /// Removes the quotation marks around the text from `start` on, however they were written.
  private mutating func removeQuotes(from start: Int) {
    let quote = UInt8(ascii: "\"")
    guard objects.text.count - start >= 2, objects.text[start] == quote,
      objects.text.last == quote
    else { return }
    objects.text.removeLast()
    objects.text.remove(at: start)
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
      objects.storageClasses.append(String(decoding: name, as: UTF8.self))
    }
    lastStorageClass = (text, index)
    return index
  }

  /// Notes that keys are percent-encoded, also those read so far: some servers send EncodingType after
  /// them.
  mutating func decode(before offset: Int) throws(XMLError) {
    encodingIsURL = true
    guard !objects.records.isEmpty else { return }
    longKeyOffset = nil
    var failure: XMLError?
    var end = 0
    objects.text.withUnsafeMutableBytes { text in
      // ETag and version id follow their key, so nothing that is still to be read is written over.
      func move(_ slice: ObjectPage.Slice) -> ObjectPage.Slice {
        let moved = ObjectPage.Slice(offset: end, count: slice.range.count)
        UnsafeMutableRawBufferPointer(rebasing: text[moved.range])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: text[slice.range]))
        end = moved.range.upperBound
        return moved
      }
      for index in objects.records.indices {
        let record = objects.records[index]
        guard let count = percentDecode(text, record.key.range, to: end) else {
          failure = XMLError(offset: offset, expected: "percent-encoded keys (number \(index + 1))")
          return
        }
        guard count <= ListPage.keyBytesMax else {
          failure = Self.longKey(at: offset)
          return
        }
        objects.records[index].key = ObjectPage.Slice(offset: end, count: count)
        end += count
        objects.records[index].etag = move(record.etag)
        if !objects.versions.isEmpty {
          objects.versions[index].id = move(objects.versions[index].id)
        }
      }
    }
    if let failure { throw failure }
    objects.text.removeLast(objects.text.count - end)
  }
}

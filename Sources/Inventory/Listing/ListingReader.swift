internal import Crawl
internal import System
internal import Vocabulary

/// Reads the rows of one file of `list --format csv --raw-csv` into a `RunWriter`, and counts those of each range.
///
///     key,size,last_modified,etag,storage_class
///     "2026/01/a ""b""",17,2026-01-12T13:20:39Z,9b74c9897bac770ffc029102a200c5de,STANDARD
///
/// Keys are bytes: they may hold zeros and line ends, and be no UTF-8.
struct ListingReader {
  static let header = "key,size,last_modified,etag,storage_class"
  private static let columns = header.split(separator: ",").map(String.init)

  /// What a file has of one range.
  struct Tally: Equatable {
    var objects: Int64 = 0
    var bytes: Int64 = 0
    var first: Key
    var last: Key
  }

  /// By the place of its receipt.
  private(set) var tallies: [Int: Tally] = [:]
  /// Whether each key came after all keys before it: then none came twice.
  private(set) var isSorted = true
  private let receipts: ListingReceipts
  private let file: String
  private var scanner = CSVScanner()
  private var line: Int64 = 1
  private var pending: [UInt8] = []
  private var hasHeader = false
  private var range = 0
  private var lastKey = Key.start

  private static let rowBytesMax = 1 << 20
  /// As for what servers list: a sum of sizes must fit.
  private static let sizeMax: Int64 = 1 << 53
  /// What an entry of a run holds.
  private static let textBytesMax = 65_535

  init(_ receipts: ListingReceipts, file: String) {
    (self.receipts, self.file) = (receipts, file)
  }

  var rows: Int64 { tallies.values.lazy.map(\.objects).saturatedSum() }

  /// Takes the next bytes of the text.
  ///
  /// - Throws: `ListingError`, `SystemError`.
  mutating func read(_ piece: Span<UInt8>, into writer: inout RunWriter) throws {
    piece.withUnsafeBytes { pending.append(contentsOf: $0) }
    try readRows(into: &writer)
    guard pending.count <= Self.rowBytesMax else { throw fault(.longRow) }
  }

  /// Refuses a last row without a line end: whoever wrote it may have been killed.
  func finish() throws(ListingError) {
    guard hasHeader || !pending.isEmpty else { throw ListingError(.noHeader(file: file)) }
    guard pending.isEmpty else { throw fault(.noLineEnd) }
  }

  private func fault(_ fault: RowFault) -> ListingError {
    ListingError(.badRow(file: file, line: line, fault))
  }

  private mutating func readRows(into writer: inout RunWriter) throws {
    var bytes: [UInt8] = []
    swap(&bytes, &pending)
    var start = 0
    try bytes.withUnsafeBytes { bytes in
      if !hasHeader {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return }
        let text = bytes[..<end].last == UInt8(ascii: "\r") ? bytes[..<(end - 1)] : bytes[..<end]
        guard text.elementsEqual(Self.header.utf8) else {
          throw ListingError(.noHeader(file: file))
        }
        hasHeader = true
        start = end + 1
        line += 1
      }
      while start < bytes.count {
        let next: Int?
        do throws(RowFault) {
          next = try scanner.row(at: start, in: bytes, isLast: false)
        } catch {
          throw fault(error)
        }
        guard let next else { break }
        if scanner.hasDoubledQuotes {
          try scanner.undoubled(bytes).withUnsafeBytes { try take($0, into: &writer) }
        } else {
          try take(bytes, into: &writer)
        }
        // A key may hold line ends.
        line += Int64(bytes[start..<next].count { $0 == UInt8(ascii: "\n") })
        start = next
      }
    }
    if start > 0 { bytes.removeSubrange(..<start) }
    pending = bytes
  }

  // MARK: - One row

  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, into writer: inout RunWriter
  ) throws {
    let facts: RunWriter.Facts
    do throws(RowFault) { facts = try self.facts(bytes, &writer) } catch { throw fault(error) }
    let name = field(0, bytes)
    let etag = field(3, bytes)
    let key = Key(Array(name))
    guard let place = receipts.index(of: key, near: range),
      key.bytes.starts(with: receipts.prefix.bytes)
    else { throw ListingError(.outside(file: file, line: line, key: key)) }
    range = place
    isSorted = isSorted && lastKey < key
    tallies[place, default: Tally(first: key, last: key)].count(key, facts.size)
    lastKey = key
    try writer.append(
      key: name, etag: etag, versionID: UnsafeRawBufferPointer(start: nil, count: 0), facts)
  }

  private func field(_ column: Int, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let field = scanner.fields[column]
    return UnsafeRawBufferPointer(rebasing: bytes[field.start..<field.end])
  }

  private func facts(
    _ bytes: UnsafeRawBufferPointer, _ writer: inout RunWriter
  ) throws(RowFault) -> RunWriter.Facts {
    guard scanner.fields.count == Self.columns.count else {
      throw .columns(found: scanner.fields.count, expected: Self.columns.count)
    }
    func value(_ column: Int) -> RowFault {
      .value(
        column: Self.columns[column],
        text: String(decoding: field(column, bytes), as: UTF8.self))
    }
    let key = field(0, bytes)
    guard !key.isEmpty else { throw .emptyKey }
    guard key.count <= Self.textBytesMax else { throw .longKey(bytes: key.count) }
    guard let size = RowNumber.value(field(1, bytes)), size <= Self.sizeMax else { throw value(1) }
    guard let time = RowTime.milliseconds(field(2, bytes)) else { throw value(2) }
    guard field(3, bytes).count <= Self.textBytesMax else { throw .longText(column: "etag") }
    let name = field(4, bytes)
    guard !name.isEmpty, name.count <= 255 else { throw value(4) }
    guard let number = writer.number(ofClass: name) else { throw .manyClasses }
    return RunWriter.Facts(
      size: size, lastModified: Timestamp(millisecondsSinceEpoch: time), storageClass: number)
  }
}

extension ListingReader.Tally {
  fileprivate mutating func count(_ key: Key, _ size: Int64) {
    objects += 1
    bytes = bytes.plus(size)
    if key < first { first = key }
    if last < key { last = key }
  }
}

internal import Crawl
internal import System
internal import Vocabulary

/// Reads the rows of one file into a `RunWriter`.
///
///     "logs","a+b%2Bc","","true","false","17","2022-12-12T13:20:39.000Z","9b74c9897bac770ffc029102a200c5de","STANDARD"
///
/// is the key `a b+c` with the version id `null`. A delete marker has neither a size nor an ETag nor a class.
struct RowReader {
  /// What is known of all rows of a file.
  struct Summary: Sendable {
    var rows: Int64 = 0
    /// Of all of them, one that came several times included.
    var bytes: Int64 = 0
    /// Whether they said themselves that they are all.
    var haveEnd = false
    /// The latest time of a row.
    var newestMs: Int64?
    /// The bucket that the rows are of; nil before there is one.
    var bucket: [UInt8]?
  }

  private(set) var summary: Summary
  private let schema: InventorySchema
  private let file: String
  private let prefix: [UInt8]
  private var scanner = CSVScanner()
  /// Of rows that come without a checksum.
  private var marks: RowMarks?
  private var lines: Int64 = 0
  private var isAtStart = true
  /// The beginning of a row that goes on in the next piece.
  private var pending: [UInt8] = []
  private var key: [UInt8] = []

  private static let rowBytesMax = 1 << 20
  private static let keyBytesMax = 1_024
  /// As for what servers list: a sum of sizes must fit.
  private static let sizeMax: Int64 = 1 << 53

  /// Rows of another bucket, or outside of `prefix`, are refused; without a bucket the first row names it.
  ///
  /// Where no checksum tells that all has come, as of rows through a pipe, `tellsEnd` looks for lines that do, and
  /// demands the end of the last line.
  init(
    _ schema: InventorySchema, of bucket: String?, below prefix: Key, file: String, tellsEnd: Bool
  ) {
    marks = tellsEnd ? RowMarks() : nil
    self.schema = schema
    self.prefix = prefix.bytes
    self.file = file
    summary = Summary(bucket: bucket.map { Array($0.utf8) })
    key.reserveCapacity(Self.keyBytesMax)
  }

  /// Takes the next bytes of the text.
  ///
  /// - Throws: `InventoryError`, `SystemError`.
  mutating func read(_ piece: Span<UInt8>, into writer: inout RunWriter) throws {
    piece.withUnsafeBytes { pending.append(contentsOf: $0) }
    try readRows(isLast: false, into: &writer)
    guard pending.count <= Self.rowBytesMax else { throw fault(.longRow) }
  }

  /// Takes the last row.
  ///
  /// Without its line end, whoever wrote the rows may have been killed, and `123` be the beginning of `123456`.
  mutating func finish(into writer: inout RunWriter) throws {
    guard marks == nil || pending.isEmpty else { throw fault(.noLineEnd) }
    try readRows(isLast: true, into: &writer)
    guard let marks else { return }
    do throws(RowFault) { try marks.finish() } catch { throw fault(error) }
    summary.haveEnd = marks.areEnded
  }

  private func fault(_ fault: RowFault) -> InventoryError {
    InventoryError(.badRow(file: file, line: lines + 1, fault))
  }

  private mutating func readRows(isLast: Bool, into writer: inout RunWriter) throws {
    var bytes: [UInt8] = []
    swap(&bytes, &pending)
    if isAtStart {
      guard isLast || bytes.count >= Self.byteOrderMark.count else { return pending = bytes }
      isAtStart = false
      // Editors of Windows write it.
      if bytes.starts(with: Self.byteOrderMark) {
        bytes.removeSubrange(..<Self.byteOrderMark.count)
      }
    }
    var start = 0
    try bytes.withUnsafeBytes { bytes in
      while start < bytes.count {
        if marks != nil, bytes[start] == RowMarks.sign {
          guard let next = try readMark(at: start, in: bytes, isLast: isLast) else { break }
          start = next
          continue
        }
        let next: Int?
        do throws(RowFault) {
          next = try scanner.row(at: start, in: bytes, isLast: isLast)
          if next != nil, !Self.isBlank(bytes, start) { try check() }
        } catch {
          throw fault(error)
        }
        guard let next else { break }
        // An empty line is no row, but counts as one.
        if !Self.isBlank(bytes, start) {
          if scanner.hasDoubledQuotes {
            try scanner.undoubled(bytes).withUnsafeBytes { try take($0, into: &writer) }
          } else {
            try take(bytes, into: &writer)
          }
          summary.rows += 1
          marks?.countRow()
        }
        lines += 1
        start = next
      }
    }
    if start > 0 { bytes.removeSubrange(..<start) }
    pending = bytes
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Returns: where the next line begins; nil where this one goes on behind these bytes.
  private mutating func readMark(
    at start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
  ) throws -> Int? {
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    guard end < bytes.count || isLast else { return nil }
    let line = bytes[start..<end]
    let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    do throws(RowFault) { try marks?.take(text, schema) } catch { throw fault(error) }
    lines += 1
    return min(end + 1, bytes.count)
  }

  private func check() throws(RowFault) {
    let fields = scanner.fields
    guard fields.count == schema.columns.count else {
      throw .columns(found: fields.count, expected: schema.columns.count)
    }
  }

  /// Whether a line has nothing before its end.
  private static func isBlank(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
    switch bytes[start] {
    case 0x0A: true
    case 0x0D: start + 1 < bytes.count && bytes[start + 1] == 0x0A
    default: false
    }
  }

  // MARK: - One row

  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, into writer: inout RunWriter
  ) throws {
    do throws(RowFault) {
      try checkBucket(bytes)
      try readKey(bytes)
    } catch {
      throw fault(error)
    }
    let facts: RunWriter.Facts
    do throws(RowFault) { facts = try self.facts(bytes, &writer) } catch { throw fault(error) }
    let isMarker = facts.version?.isMarker ?? false
    let id = schema.version.map { field($0.id, bytes) }
    let etag = schema.etag.map { Self.withoutQuotes(field($0, bytes)) }
    guard (id?.count ?? 0) <= 1_024 else { throw fault(.longText(column: "VersionId")) }
    guard (etag?.count ?? 0) <= 1_024 else { throw fault(.longText(column: "ETag")) }
    try Self.words.withUnsafeBytes { words in
      let none = UnsafeRawBufferPointer(start: nil, count: 0)
      let unknown = UnsafeRawBufferPointer(rebasing: words[Self.idOfNone.count...])
      let told = etag.flatMap { $0.isEmpty ? nil : $0 } ?? unknown
      // Without an id it is the version that was written while versioning was not on.
      let idOfNone = UnsafeRawBufferPointer(rebasing: words[..<Self.idOfNone.count])
      try key.withUnsafeBytes { key in
        try writer.append(
          key: key, etag: isMarker ? none : told,
          versionID: id.map { $0.isEmpty ? idOfNone : $0 } ?? none, facts)
      }
    }
  }

  private static let idOfNone = Array(ObjectPage.idOfNone.utf8)
  private static let words = idOfNone + Array(ObjectPage.unknownETag.utf8)

  /// The bytes of a column.
  private func field(_ column: Int, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let field = scanner.fields[column]
    return UnsafeRawBufferPointer(rebasing: bytes[field.start..<field.end])
  }

  /// An ETag without the quotes that some programs leave around it.
  private static func withoutQuotes(
    _ text: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    var (start, end) = (0, text.count)
    while start < end, text[start] == UInt8(ascii: "\"") { start += 1 }
    while start < end, text[end - 1] == UInt8(ascii: "\"") { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: text[start..<end])
  }

  private mutating func checkBucket(_ bytes: UnsafeRawBufferPointer) throws(RowFault) {
    let name = field(schema.bucket, bytes)
    guard let expected = summary.bucket else {
      guard BucketName.isOne(name) else {
        throw .value(column: "Bucket", text: String(decoding: name, as: UTF8.self))
      }
      summary.bucket = Array(name)
      return
    }
    let isSame = expected.withUnsafeBytes { byteOrder(of: $0, relativeTo: name) == 0 }
    guard isSame else {
      throw .otherBucket(
        String(decoding: name, as: UTF8.self), expected: String(decoding: expected, as: UTF8.self))
    }
  }

  /// Decodes the key: `+` is a space, `%2B` a plus.
  private mutating func readKey(_ bytes: UnsafeRawBufferPointer) throws(RowFault) {
    let name = field(schema.key, bytes)
    key.removeAll(keepingCapacity: true)
    func written() -> String { String(decoding: name, as: UTF8.self) }
    var place = 0
    var run = 0
    var hasZero = false
    func keepRun(_ key: inout [UInt8]) {
      if run < place { key.append(contentsOf: UnsafeRawBufferPointer(rebasing: name[run..<place])) }
    }
    while place < name.count {
      let byte = name[place]
      if byte == UInt8(ascii: "%") {
        guard place + 2 < name.count, let high = Self.digit(name[place + 1]),
          let low = Self.digit(name[place + 2])
        else { throw .badEscape(key: written()) }
        keepRun(&key)
        hasZero = hasZero || high | low == 0
        key.append(high << 4 | low)
        place += 3
        run = place
      } else if byte == UInt8(ascii: "+") {
        keepRun(&key)
        key.append(UInt8(ascii: " "))
        place += 1
        run = place
      } else {
        if byte == 0 { hasZero = true }
        place &+= 1
      }
    }
    keepRun(&key)
    guard !key.isEmpty else { throw .emptyKey }
    guard key.count <= Self.keyBytesMax else { throw .longKey(bytes: key.count) }
    guard !hasZero else { throw .zeroInKey(key: written()) }
    guard prefix.isEmpty || key.starts(with: prefix) else {
      throw .outsidePrefix(key: written(), prefix: String(decoding: prefix, as: UTF8.self))
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private mutating func facts(
    _ bytes: UnsafeRawBufferPointer, _ writer: inout RunWriter
  ) throws(RowFault) -> RunWriter.Facts {
    func value(_ column: Int) -> RowFault {
      .value(
        column: schema.columns[column],
        text: String(decoding: field(column, bytes), as: UTF8.self))
    }
    func truth(_ column: Int) throws(RowFault) -> Bool {
      guard let truth = Self.truth(field(column, bytes)) else { throw value(column) }
      return truth
    }
    var version: (isMarker: Bool, isLatest: Bool)?
    if let columns = schema.version {
      version = (isMarker: try truth(columns.isMarker), isLatest: try truth(columns.isLatest))
    }
    guard let time = RowTime.milliseconds(field(schema.lastModified, bytes)) else {
      throw value(schema.lastModified)
    }
    summary.newestMs = max(summary.newestMs ?? time, time)
    var facts = RunWriter.Facts(
      size: 0, lastModified: Timestamp(millisecondsSinceEpoch: time), storageClass: 0,
      version: version)
    if version?.isMarker == true { return facts }
    guard let size = RowNumber.value(field(schema.size, bytes)), size <= Self.sizeMax else {
      throw value(schema.size)
    }
    facts.size = size
    summary.bytes = summary.bytes.plus(size)
    let name = field(schema.storageClass, bytes)
    guard !name.isEmpty, name.count <= 255 else { throw value(schema.storageClass) }
    guard let number = writer.number(ofClass: name) else { throw .manyClasses }
    facts.storageClass = number
    return facts
  }

  private static func truth(_ text: UnsafeRawBufferPointer) -> Bool? {
    switch text.first {
    case UInt8(ascii: "t"), UInt8(ascii: "T"): isWord(text, "true") ? true : nil
    case UInt8(ascii: "f"), UInt8(ascii: "F"): isWord(text, "false") ? false : nil
    default: nil
    }
  }

  private static func isWord(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    text.count == word.utf8CodeUnitCount
      && zip(text, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        .allSatisfy { $0 | 0x20 == $1 }
  }
}

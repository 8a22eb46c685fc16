internal import Vocabulary

/// Lines between rows in which whoever writes them says which columns they have, and that all have come.
///
/// Rows that come through a pipe have no checksum, and a program that is killed at the end of a line leaves what
/// looks whole. `scripts/inventory-csv` writes:
///
///     #schema Bucket, Key, Size, LastModifiedDate, ETag, StorageClass
///     "logs","a","17",…
///     "logs","b","4",…
///     #end 2
///
/// No row begins so, as no bucket does. Several of these may stand one behind the other. Rows of other programs may
/// come without.
struct RowMarks {
  /// Whether the last rows that came have their end.
  private(set) var areEnded = false
  /// Whether something said that an end is to come.
  private var areAnnounced = false
  private var rows: Int64 = 0

  static let sign = UInt8(ascii: "#")

  mutating func countRow() {
    rows += 1
    areEnded = false
  }

  /// Takes a line that begins with the sign, without its line end.
  mutating func take(
    _ line: some Sequence<UInt8>, _ schema: InventorySchema
  ) throws(RowFault) {
    let text = String(decoding: Array(line), as: UTF8.self)
    let words = text.split(separator: " ", maxSplits: 1)
    switch (words.first, words.count) {
    case ("#schema", 2):
      guard rows == 0, areEnded || !areAnnounced else { throw .noEndMark }
      // What names no usable columns is another schema, too.
      let told = try? InventorySchema(String(words[1]))
      guard let told, told.isSame(as: schema) else { throw .otherSchema(String(words[1])) }
      areAnnounced = true
      areEnded = false
    case ("#end", 2):
      guard let stated = Int64(words[1]) else { throw .unknownMark(text) }
      guard stated == rows else { throw .otherCount(found: rows, stated: stated) }
      areAnnounced = true
      areEnded = true
      rows = 0
    default: throw .unknownMark(text)
    }
  }

  /// Refuses an end without the line that was to come.
  func finish() throws(RowFault) {
    guard areEnded || !areAnnounced else { throw .noEndMark }
  }
}

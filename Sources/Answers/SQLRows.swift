internal import Index
internal import Report

/// The rows of a statement, whose columns show what they hold only when rows come.
///
/// The first rows are kept until each column has had a value that is not NULL: it tells numbers
/// from text, for alignment.
struct SQLRows {
  private var columns: [Column] = []
  private var undecided: Set<Int> = []
  private var kept: [[Value]] = []
  private var hasBegun = false

  private static let rowsKeptMax = 1_000

  /// What the columns of the views are to a reader, where a statement has them by their names.
  private static let ranks: [String: Column.Rank] = [
    "key": .answer, "prefix": .answer, "bucket": .stays, "size": .stays, "bytes": .stays,
    "objects": .stays, "state": .stays, "error": .prose, "document": .prose, "etag": .aside,
    "synced_at": .aside, "created": .aside,
  ]

  mutating func begin(_ names: [String]) {
    columns = zip(uniqueNames(names), names).map {
      Column($0, .text, title: $1, rank: Self.ranks[$0])
    }
    undecided = Set(columns.indices)
  }

  mutating func append(_ values: [QueryValue], to writer: inout ReportWriter) throws {
    let row = values.map(Self.value)
    guard !hasBegun else { return try writer.append(row) }
    decide(by: row)
    kept.append(row)
    if undecided.isEmpty || kept.count >= Self.rowsKeptMax { try writeKept(to: &writer) }
  }

  mutating func finish(to writer: inout ReportWriter) throws {
    if !hasBegun { try writeKept(to: &writer) }
  }

  private mutating func decide(by row: [Value]) {
    for index in undecided where row[index] != .null {
      undecided.remove(index)
      switch row[index] {
      case .integer: columns[index].kind = .number
      case .real: columns[index].kind = .real
      default: break
      }
    }
  }

  private mutating func writeKept(to writer: inout ReportWriter) throws {
    hasBegun = true
    writer.begin(columns)
    for row in kept { try writer.append(row) }
    kept = []
  }

  private static func value(_ value: QueryValue) -> Value {
    switch value {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let number): .real(number)
    case .text(let bytes): .key(bytes)
    case .blob(let bytes): .text(hexadecimal(bytes))
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}

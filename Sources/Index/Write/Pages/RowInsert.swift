internal import SQLite

/// An INSERT of rows of one bucket, many with one statement while there are enough.
///
/// That is nearly twice as fast as one each, for the tree is searched from where the last row went.
struct RowInsert {
  // Divides a full page of 1,000 keys; more of them are no faster.
  private static let rowsMax = 50

  private let columnsOfRow: Int32
  private let one: String
  private let many: String

  /// The first column is the bucket's, which all rows share.
  init(into table: String, columns: [String]) {
    columnsOfRow = Int32(columns.count - 1)
    one = Self.sql(table, columns, rows: 1)
    many = Self.sql(table, columns, rows: Self.rowsMax)
  }

  /// Inserts `count` rows; `bind` is given the number of each and the parameter of its second column.
  func run(
    _ count: Int, bucketID: Int64, on connection: borrowing Connection,
    bind: (_ row: Int, _ statement: inout Statement, _ first: Int32) throws -> Void
  ) throws {
    var next = 0
    while next < count {
      let rows = count - next >= Self.rowsMax ? Self.rowsMax : 1
      try connection.withStatement(rows == 1 ? one : many) { statement in
        try statement.bind(bucketID, at: 1)
        while count - next >= rows {
          for row in 0..<rows {
            try bind(next + row, &statement, 2 + Int32(row) * columnsOfRow)
          }
          try statement.run()
          next += rows
        }
      }
    }
  }

  // OR FAIL, because a statement of many rows that could be undone by itself keeps a copy of every
  // page of the tree that it touches: a fifth of the writer's time. After an error the whole batch
  // is rolled back anyway.
  private static func sql(_ table: String, _ columns: [String], rows: Int) -> String {
    let width = columns.count - 1
    let values = (0..<rows).map { row in
      let others = (0..<width).map { "?\(2 + row * width + $0)" }
      return "(?1, \(others.joined(separator: ", ")))"
    }
    return """
      INSERT OR FAIL INTO \(table) (\(columns.joined(separator: ", ")))
      VALUES \(values.joined(separator: ", "))
      """
  }
}

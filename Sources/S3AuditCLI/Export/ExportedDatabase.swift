internal import Migrations
internal import SQLite

/// Views as tables of a SQLite file of their own.
final class ExportedDatabase {
  private let connection: Connection

  /// Opens an empty file.
  init(path: String) throws {
    connection = try Connection(path: path, mode: .readWrite)
    // Nobody looks at it before it is whole: what is left half way is taken away.
    try connection.execute(script: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    try connection.begin()
  }

  /// Makes the table of a view, and fills it; returns how many rows it has.
  func write(
    _ view: SchemaManual.View, _ forEachRow: ((borrowing Statement) throws -> Void) throws -> Void
  ) throws -> Int64 {
    let columns = view.columns.map { "\"\($0.name)\" \($0.isInteger ? "INTEGER" : "TEXT")" }
    try connection.execute(
      script: "CREATE TABLE \"\(view.name)\" (\(columns.joined(separator: ", ")));")
    let places = view.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    var insert = try connection.prepare("INSERT INTO \"\(view.name)\" VALUES (\(places))")
    var rows: Int64 = 0
    try forEachRow { row in
      for place in 0..<row.columnCount { try insert.bind(row.value(at: place), at: place + 1) }
      try insert.run()
      rows += 1
    }
    return rows
  }

  func finish() throws { try connection.commit() }
}

package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query sql`: one statement of the user's own, which SQLite lets only read.
package struct SQL: Answer {
  /// The SQL, or `-` to read it from standard input.
  var statement = ""
  var limit: Int64?
  var timeoutSeconds = 300

  // A statement that returns more than this without being asked to is more likely a slip.
  private static let rowsMaxDefault: Int64 = 1_000_000

  package init() {}

  /// Every bucket: a statement may look at any of them.
  package var filter = Filter()

  package static var words: Command<SQL> {
    Command(
      name: "sql", abstract: "Run one SQL statement that only reads.",
      discussion: """
        The views objects, buckets, bucket_properties, bucket_classes, prefixes, accounts, syncs, changes and \
        history are the index's stable interface. SQLite itself refuses everything that writes. A statement that goes on longer than \
        --timeout, or returns more rows than --limit when that was not given, is an error.
        """,
      positionals: [
        Positional(name: "statement", help: "The SQL; '-' reads it from standard input.")
      ],
      options: [.rowLimit(defaultText: "1000000", sets: \.limit), timeoutRow],
      examples: [
        Example(
          "Bytes by bucket and class:",
          "s3audit query sql 'SELECT * FROM bucket_classes ORDER BY bytes DESC'")
      ],
      applyPositionals: { sql, arguments in sql.statement = arguments.first ?? "" })
  }

  private static let timeoutRow = Option<SQL>.count(
    "timeout", value: "seconds", in: 1...86_400, help: "How long the statement may run.",
    defaultText: "300", sets: \.timeoutSeconds)

  package mutating func readInput(_ read: () throws -> String) throws {
    if statement == "-" { statement = try read() }
  }

  /// - Throws: `QueryTimeout`; `RowsLeftOut` after the last row that fits.
  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let rowsMax = limit ?? Self.rowsMaxDefault
    let guarded = try reader.queryGuard(timeLimitSeconds: timeoutSeconds)
    var rows = SQLRows()
    var count: Int64 = 0
    var wasCut = false
    try guarded.run(statement) { names in
      rows.begin(names)
    } row: { values in
      guard count < rowsMax else {
        wasCut = true
        return false
      }
      count += 1
      try rows.append(values, to: &writer)
      return true
    }
    try rows.finish(to: &writer)
    if wasCut, limit == nil { throw RowsLeftOut(rowsMax: rowsMax) }
  }
}

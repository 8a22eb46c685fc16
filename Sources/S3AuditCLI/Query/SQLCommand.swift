internal import Index
internal import Report
internal import SQLite
internal import Synchronization
internal import Vocabulary

/// `query sql`: one statement of the user's own, which SQLite lets only read.
struct SQLCommand {
  private let context: Context

  // A statement that returns more than this without being asked to is more likely a slip.
  private static let rowsMaxDefault: Int64 = 1_000_000

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let arguments = context.options.query
    let interrupt = context.interrupt
    let sql =
      arguments.sql == "-"
      ? try Terminal.readInput { interrupt.isInterrupted } : arguments.sql
    interrupt.endProcessThatWaits()
    let deadline = ContinuousClock.now + .seconds(arguments.timeoutSeconds)
    let path = try context.indexPath()
    let guarded = try QueryGuard(path: path, now: context.now) {
      interrupt.isInterrupted || ContinuousClock.now >= deadline
    }
    do {
      try write(sql, guarded)
    } catch let error as SQLiteError
      where error.primaryCode == .interrupted && !interrupt.isInterrupted
    {
      throw CommandFailure(
        message: "the statement ran longer than \(arguments.timeoutSeconds) s",
        hint: "give it more time with --timeout")
    }
    let reader = try IndexReader(path: path, now: context.now)
    return try context.warn(ofIncomplete: reader.buckets(matching: []))
  }

  private func write(_ sql: String, _ guarded: QueryGuard) throws {
    let limit = context.options.query.limit
    let rowsMax = limit ?? Self.rowsMaxDefault
    let answer = SQLAnswer(context.reportOptions)
    var rows: Int64 = 0
    var wasCut = false
    try guarded.run(sql) { names in
      answer.begin(names)
    } row: { values in
      guard rows < rowsMax else {
        wasCut = true
        return false
      }
      rows += 1
      try answer.append(values)
      return true
    }
    try answer.finish()
    if wasCut, limit == nil {
      throw CommandFailure(
        message:
          "the statement returns more than \(groupedDecimal(rowsMax)) rows; the rest was left out",
        hint: "say how many you want with --limit")
    }
  }
}

/// The answer to a statement, whose columns show what they hold only when rows come.
///
/// The first rows are kept until each column has had a value that is not NULL: it tells numbers
/// from text, for alignment.
private final class SQLAnswer {
  private let options: ReportOptions
  private var columns: [Column] = []
  private var undecided: Set<Int> = []
  private var kept: [[Value]] = []
  private var writer: ReportBox?

  private static let rowsKeptMax = 1_000

  init(_ options: ReportOptions) {
    self.options = options
  }

  func begin(_ names: [String]) {
    columns = zip(uniqueNames(names), names).map { Column($0, .text, title: $1) }
    undecided = Set(columns.indices)
  }

  func append(_ values: [SQLiteValue]) throws {
    let row = values.map(Self.value)
    if let writer { return try writer.append(row) }
    decide(by: row)
    kept.append(row)
    if undecided.isEmpty || kept.count >= Self.rowsKeptMax { try writeKept() }
  }

  func finish() throws {
    if writer == nil { try writeKept() }
    try writer?.finish()
  }

  private func decide(by row: [Value]) {
    for index in undecided where row[index] != .null {
      undecided.remove(index)
      switch row[index] {
      case .integer: columns[index] = columns[index].holding(.number)
      case .real: columns[index] = columns[index].holding(.real)
      default: break
      }
    }
  }

  private func writeKept() throws {
    let writer = ReportBox(columns, options)
    for row in kept { try writer.append(row) }
    kept = []
    self.writer = writer
  }

  private static func value(_ value: SQLiteValue) -> Value {
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

/// A report writer that can be made later than the object that holds it.
private final class ReportBox {
  private var writer: ReportWriter?

  init(_ columns: [Column], _ options: ReportOptions) {
    writer = ReportWriter(columns: columns, options: options) { try Terminal.writeOutput($0) }
  }

  func append(_ row: [Value]) throws {
    try writer?.append(row)
  }

  func finish() throws {
    try writer.take()?.finish()
  }
}

extension Column {
  fileprivate func holding(_ kind: Kind) -> Column {
    Column(name, kind, title: title)
  }
}

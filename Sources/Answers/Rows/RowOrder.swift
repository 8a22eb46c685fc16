internal import Arguments
internal import Report
internal import Vocabulary

/// Which rows of an answer come first, and how many there are: `--sort -bytes --limit 10`.
///
/// Its rows are written against itself. An answer takes them in with the place where it keeps it, and
/// gives it all its rows:
///
///     options: RowOrder.rows(\.order) + Filter.rows(\.filter)
///     try order.write(rows, of: columns, totals: sum, to: &writer)
struct RowOrder: Equatable, Sendable {
  /// Nil is the answer's own order.
  private(set) var column: String?
  private(set) var isDescending = false
  /// Nil is all of them.
  private(set) var limit: Int64?

  init() {}

  static func rows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, RowOrder> & Sendable
  ) -> [Option<Root>] {
    [sortRow, .rowLimit(defaultText: "all", sets: \.limit)].map { $0.scoped(to: part) }
  }

  private static let sortRow = Option<RowOrder>(
    long: "sort", value: "column",
    help: "Order the rows by this column, or the other way round by -column, like -bytes.",
    takesDashes: true
  ) { order, text throws(UsageError) in
    let isDescending = text.utf8.first == UInt8(ascii: "-")
    let name = isDescending ? String(text.unicodeScalars.dropFirst()) : text
    guard !name.isEmpty else { throw .invalidValue("name a column, like bytes or -bytes") }
    (order.column, order.isDescending) = (name, isDescending)
  }
}

extension RowOrder {
  /// Texts whose order is not that of the alphabet, by their column, the least first.
  typealias Scales = [String: [String]]

  /// Begins the writer, and writes the rows that are wanted.
  ///
  /// `isOfNames` says that the answer's own order is one of what rows are called, not of what they hold.
  /// Rows that are equal in the column stay in the answer's own order. Nothing is less or more than
  /// nothing: null comes last in both directions. The totals are those of all rows, also when not all
  /// are shown.
  ///
  /// - Throws: `UsageError` for a column that there is not, and what the writer's sink throws.
  func write(
    _ rows: [[Value]], of columns: [Column], scales: Scales = [:], totals: [Value]? = nil,
    isOfNames: Bool = true, to writer: inout ReportWriter
  ) throws {
    let place = try column.map { name throws(UsageError) in try self.place(of: name, in: columns) }
    let scale = column.flatMap { scales[$0] }
    let ordered = place.map { sorted(rows, at: $0, scale) } ?? rows
    let count = limit.flatMap { Int(exactly: $0) } ?? .max
    writer.begin(columns)
    if column == nil { writer.isInOrderOfNames = isOfNames }
    for row in ordered.prefix(count) { try writer.append(row) }
    writer.totals = totals
    guard rows.count > count else { return }
    let shown = groupedDecimal(Int64(count))
    writer.notes.append(
      "\(shown) of \(groupedDecimal(Int64(rows.count))) rows are shown"
        + (totals == nil ? "" : "; the total is that of all rows"))
  }

  private func place(of name: String, in columns: [Column]) throws(UsageError) -> Int {
    if let place = columns.firstIndex(where: { $0.name == name }) { return place }
    var error = UsageError(
      "There is no column '\(name)' to sort by. The columns are:", blaming: "sort")
    error.choices = columns.map(\.name)
    throw error
  }

  private func sorted(_ rows: [[Value]], at place: Int, _ scale: [String]?) -> [[Value]] {
    let ranks = scale.map { scale in
      Dictionary(scale.enumerated().map { ($1, $0) }) { first, _ in first }
    }
    let keys = rows.map { SortKey($0[place], ranks) }
    let order = rows.indices.sorted { left, right in
      switch (keys[left], keys[right]) {
      case (let first, let second) where first == second: return left < right
      case (.nothing, _): return false
      case (_, .nothing): return true
      case (let first, let second): return isDescending ? second < first : first < second
      }
    }
    return order.map { rows[$0] }
  }
}

/// What one value is sorted by: numbers as numbers, texts by their bytes.
private enum SortKey: Equatable {
  case integer(Int64)
  case real(Double)
  case bytes([UInt8])
  case nothing

  init(_ value: Value, _ ranks: [String: Int]?) {
    self =
      switch value {
      case .null: .nothing
      case .integer(let number), .bytes(let number): .integer(number)
      case .real(let number): number.isNaN ? .nothing : .real(number)
      case .decimal(let digits): Double(digits).map { .real($0) } ?? .nothing
      case .timestamp(let moment): .integer(moment.millisecondsSinceEpoch)
      case .boolean(let isTrue): .integer(isTrue ? 1 : 0)
      case .text(let text):
        ranks?[text].map { .integer(Int64($0)) } ?? .bytes(Array(text.utf8))
      case .key(let bytes):
        ranks?[String(decoding: bytes, as: UTF8.self)].map { .integer(Int64($0)) } ?? .bytes(bytes)
      }
  }

  static func < (left: SortKey, right: SortKey) -> Bool {
    switch (left, right) {
    case (.integer(let first), .integer(let second)): first < second
    case (.real(let first), .real(let second)): first < second
    case (.bytes(let first), .bytes(let second)): first.lexicographicallyPrecedes(second)
    // A column has values of one kind; numbers come before texts all the same.
    default: left.rank < right.rank
    }
  }

  private var rank: Int {
    switch self {
    case .integer: 0
    case .real: 1
    case .bytes: 2
    case .nothing: 3
    }
  }
}

import Vocabulary

/// A table for people: aligned columns, the widths found from the first rows.
///
/// Up to `pendingRowsMax` rows are kept to measure them; the rest streams with the widths found,
/// and a longer cell then pushes its own row out of line rather than being cut.
struct TableLayout {
  static let pendingRowsMax = 1_000
  private static let gap = "  "
  /// The least that a column is narrowed to for a terminal.
  private static let narrowedWidthMin = 12

  private let columns: [Column]
  private let options: ReportOptions
  private var pending: [[Value]] = []
  private var widths: [Int]
  /// The column being cut to fit the terminal, once widths are known.
  private var narrowed: Set<Int> = []
  private var isSettled = false

  init(columns: [Column], options: ReportOptions) {
    self.columns = columns
    self.options = options
    widths = columns.map { headerCell($0).width }
  }

  mutating func append(_ row: [Value], to output: inout [UInt8]) {
    if isSettled {
      write(cells(row), to: &output)
      return
    }
    pending.append(row)
    if pending.count == Self.pendingRowsMax { settle(totals: nil, to: &output) }
  }

  mutating func finish(totals: [Value]?, to output: inout [UInt8]) {
    if !isSettled { settle(totals: totals, to: &output) }
    guard let totals else { return }
    writeRule(to: &output)
    write(cells(totals), to: &output)
  }

  /// Fixes the widths and writes everything kept back.
  private mutating func settle(totals: [Value]?, to output: inout [UInt8]) {
    for row in pending + (totals.map { [$0] } ?? []) {
      for (place, cell) in cells(row).enumerated() {
        widths[place] = max(widths[place], cell.width)
      }
    }
    narrow()
    isSettled = true
    write(columns.map(headerCell), isHeader: true, to: &output)
    writeRule(to: &output)
    for row in pending { write(cells(row), to: &output) }
    pending = []
  }

  /// Takes from the widest text columns what the terminal has no room for.
  private mutating func narrow() {
    guard options.isTerminal, let screen = options.width else { return }
    let least = columns.map { max(Self.narrowedWidthMin, headerCell($0).width) }
    var excess = widths.reduce(0, +) + Self.gap.count * max(0, columns.count - 1) - screen
    while excess > 0 {
      let wide = columns.indices.filter { columns[$0].isText && widths[$0] > least[$0] }
      guard let widest = wide.max(by: { widths[$0] < widths[$1] }) else { return }
      // Down to the next one, which then gives way too.
      let next = wide.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      let cut = min(excess, max(1, widths[widest] - max(least[widest], next)))
      widths[widest] -= cut
      excess -= cut
      narrowed.insert(widest)
    }
  }

  private func cells(_ row: [Value]) -> [Cell] {
    row.indices.map { place in
      row[place].cell(
        in: columns[place], unit: options.unit,
        widthMax: narrowed.contains(place) ? widths[place] : nil)
    }
  }

  private func write(_ cells: [Cell], isHeader: Bool = false, to output: inout [UInt8]) {
    // Nothing follows the last cell that holds anything, so that lines end without spaces.
    let last = cells.lastIndex { $0.width > 0 } ?? -1
    for (place, cell) in cells.prefix(last + 1).enumerated() {
      if place > 0 { output += Self.gap.utf8 }
      let padding = repeatElement(UInt8(ascii: " "), count: max(0, widths[place] - cell.width))
      if columns[place].isRightAligned { output += padding }
      if isHeader, options.usesColor {
        output += "\u{1B}[1m".utf8 + cell.text + "\u{1B}[0m".utf8
      } else {
        output += cell.text
      }
      if !columns[place].isRightAligned, place < last { output += padding }
    }
    output.append(UInt8(ascii: "\n"))
  }

  private func writeRule(to output: inout [UInt8]) {
    let rules = widths.map { String(repeating: "-", count: $0) }
    output += rules.joined(separator: Self.gap).utf8
    output.append(UInt8(ascii: "\n"))
  }
}

private func headerCell(_ column: Column) -> Cell {
  terminalCell(Array(column.title.utf8), widthMax: nil)
}

import Vocabulary

/// A table for people: aligned columns, the widths found from the first rows.
///
/// Up to `pendingRowsMax` rows are kept to measure them; the rest streams with the widths found, and
/// a longer cell then pushes its own row out of line rather than being cut.
///
/// On a terminal of known width no line is wider than that: `TableFit` decides from the rows that are
/// kept which columns stay in line, and later rows are cut to what it found.
struct TableLayout {
  static let pendingRowsMax = 1_000
  private static let gap = String(repeating: " ", count: TableFit.gapWidth)
  /// How far lines below a row stand in.
  private static let indent = 4

  private let columns: [Column]
  private let options: ReportOptions
  private var pending: [[Value]] = []
  private var places: [TableFit.Place] {
    didSet { fixedWidths = columns.indices.map { width(of: $0) } }
  }
  /// The widths of the columns in line, for every row that has no more than those that were measured.
  private var fixedWidths: [Int?] = []
  /// The columns that are cut to fit the terminal, once places are known.
  private var narrowed: Set<Int> = []
  private var isSettled = false

  init(columns: [Column], options: ReportOptions) {
    self.columns = columns
    self.options = options
    places = columns.map { .inLine(width: headerCell($0).width) }
  }

  /// The terminal's columns, where lines are fitted to them.
  private var screen: Int? { options.isTerminal ? options.width : nil }

  /// The names of the columns that had no room.
  var hiddenColumns: [String] {
    columns.indices.filter { places[$0] == .hidden }.map { columns[$0].name }
  }

  mutating func append(_ row: [Value], to output: inout [UInt8]) {
    if isSettled {
      write(row, to: &output)
      return
    }
    pending.append(row)
    if pending.count == Self.pendingRowsMax { settle(totals: nil, to: &output) }
  }

  mutating func finish(totals: [Value]?, to output: inout [UInt8]) {
    if !isSettled { settle(totals: totals, to: &output) }
    guard let totals else { return }
    writeRule(to: &output)
    write(totals, to: &output)
  }

  /// Fixes the places and writes everything kept back.
  private mutating func settle(totals: [Value]?, to output: inout [UInt8]) {
    place(pending + (totals.map { [$0] } ?? []))
    isSettled = true
    let header = columns.indices.map { index in
      headerCell(columns[index], widthMax: narrowed.contains(index) ? width(of: index) : nil)
    }
    write(header, widths: fixedWidths, isHeader: true, to: &output)
    writeRule(to: &output)
    for row in pending { write(row, to: &output) }
    pending = []
  }

  private mutating func place(_ rows: [[Value]]) {
    var widths = columns.map { headerCell($0).width }
    var isUnexpected = columns.map { _ in false }
    for row in rows {
      for index in row.indices {
        widths[index] = max(widths[index], cell(row, index).width)
        isUnexpected[index] = isUnexpected[index] || columns[index].isUnexpected(row[index])
      }
    }
    places = widths.map { .inLine(width: $0) }
    guard let screen, !columns.isEmpty else { return }
    let fitted = columns.indices.map { index in
      let column = columns[index]
      // A word that must be read is not cut either.
      return TableFit.Column(
        rank: isUnexpected[index] ? .stays : column.rank, width: widths[index],
        isText: column.isText && column.expected == nil, isNumber: column.isRightAligned)
    }
    places = TableFit(fitted, screen: screen).places
    narrowed = Set(columns.indices.filter { (width(of: $0) ?? .max) < widths[$0] })
  }

  private func width(of index: Int) -> Int? {
    if case .inLine(let width) = places[index] { width } else { nil }
  }

  private func cell(_ row: [Value], _ index: Int, widthMax: Int? = nil) -> Cell {
    row[index].cell(in: columns[index], unit: options.unit, widthMax: widthMax)
  }
}

// MARK: - Lines

extension TableLayout {
  private func write(_ row: [Value], to output: inout [UInt8]) {
    var cells = row.indices.map { index in
      cell(row, index, widthMax: narrowed.contains(index) ? width(of: index) : nil)
    }
    guard let screen else { return write(cells, widths: fixedWidths, to: &output) }
    var isBelow = columns.indices.map { isShownBelow($0, row[$0]) }
    let widths = fit(&cells, of: row, &isBelow, screen: screen)
    write(cells, widths: widths, to: &output)
    let below = columns.indices.filter { isBelow[$0] && row[$0] != .null }
    writeBelow(below.map { labelled(row, $0) }, screen: screen, to: &output)
  }

  private func labelled(_ row: [Value], _ index: Int) -> Cell {
    let label = terminalCell(Array("\(columns[index].name): ".utf8), widthMax: nil)
    let value = cell(row, index)
    return Cell(text: label.text + value.text, width: label.width + value.width)
  }

  /// Writes what stands below a row: short values side by side, a long one on lines of its own.
  private func writeBelow(_ cells: [Cell], screen: Int, to output: inout [UInt8]) {
    let indent = min(Self.indent, screen / 4)
    let widthMax = max(1, screen - indent)
    var line = Cell()
    func end(_ line: inout Cell, _ output: inout [UInt8]) {
      let isShort = line.width <= widthMax
      let parts = isShort ? [line.text] : brokenIntoLines(line.text, widthMax: widthMax)
      for part in parts where line.width > 0 {
        output += repeatElement(UInt8(ascii: " "), count: indent)
        output += part
        output.append(UInt8(ascii: "\n"))
      }
      line = Cell()
    }
    for cell in cells {
      if line.width > 0, line.width + Self.gap.count + cell.width <= widthMax {
        line.text += Self.gap.utf8 + cell.text
        line.width += Self.gap.count + cell.width
      } else {
        end(&line, &output)
        line = cell
      }
    }
    end(&line, &output)
  }

  /// Whether a value stands below its row: its column does, or is hidden and must not hide this.
  private func isShownBelow(_ index: Int, _ value: Value) -> Bool {
    switch places[index] {
    case .inLine: false
    case .below: true
    case .hidden: columns[index].isUnexpected(value)
    }
  }

  /// The widths of one row: its cells lose what would make it wrap, where it has more than the rows
  /// that were measured.
  private func fit(
    _ cells: inout [Cell], of row: [Value], _ isBelow: inout [Bool], screen: Int
  ) -> [Int?] {
    var widths = fixedWidths
    guard lineWidth(cells, widths) > screen else { return widths }
    let shown = columns.indices.filter { widths[$0] != nil }
    for index in shown where columns[index].isText {
      cells[index] = cell(row, index, widthMax: widths[index])
    }
    let grown = shown.filter { cells[$0].width > widths[$0] ?? 0 }
    // What numbers have grown by is taken from the widest text, and further columns stay aligned.
    for index in grown { widths[index] = cells[index].width }
    let excess = lineWidth(cells, widths) - screen
    let texts = shown.filter { columns[$0].isText && columns[$0].expected == nil }
    if excess > 0, let widest = texts.max(by: { widths[$0] ?? 0 < widths[$1] ?? 0 }),
      let width = widths[widest], width > excess
    {
      widths[widest] = width - excess
      cells[widest] = cell(row, widest, widthMax: width - excess)
    }
    for index in grown.reversed() where lineWidth(cells, widths) > screen {
      widths[index] = fixedWidths[index]
      cells[index] = Cell()
      isBelow[index] = true
    }
    return widths
  }

  /// What a row takes up to the last cell that holds anything.
  private func lineWidth(_ cells: [Cell], _ widths: [Int?]) -> Int {
    let shown = columns.indices.filter { widths[$0] != nil }
    let last = shown.lastIndex { cells[$0].width > 0 } ?? -1
    var total = 0
    for (place, index) in shown.prefix(last + 1).enumerated() {
      if place > 0 { total += TableFit.gapWidth }
      let isPadded = place < last || columns[index].isRightAligned
      total += isPadded ? max(widths[index] ?? 0, cells[index].width) : cells[index].width
    }
    return total
  }

  private func write(
    _ cells: [Cell], widths: [Int?], isHeader: Bool = false, to output: inout [UInt8]
  ) {
    // Nothing follows the last cell that holds anything, so that lines end without spaces.
    let last = columns.indices.last { widths[$0] != nil && cells[$0].width > 0 } ?? -1
    var isFirst = true
    for index in columns.indices.prefix(last + 1) where widths[index] != nil {
      let cell = cells[index]
      if !isFirst { output += Self.gap.utf8 }
      isFirst = false
      let padding = repeatElement(
        UInt8(ascii: " "), count: max(0, (widths[index] ?? 0) - cell.width))
      if columns[index].isRightAligned { output += padding }
      if isHeader, options.usesColor {
        output += "\u{1B}[1m".utf8 + cell.text + "\u{1B}[0m".utf8
      } else {
        output += cell.text
      }
      if !columns[index].isRightAligned, index < last { output += padding }
    }
    output.append(UInt8(ascii: "\n"))
  }

  private func writeRule(to output: inout [UInt8]) {
    let rules = columns.indices.compactMap { width(of: $0) }
      .map { String(repeating: "-", count: $0) }
    output += rules.joined(separator: Self.gap).utf8
    output.append(UInt8(ascii: "\n"))
  }
}

private func headerCell(_ column: Column, widthMax: Int? = nil) -> Cell {
  terminalCell(Array(column.title.utf8), widthMax: widthMax)
}

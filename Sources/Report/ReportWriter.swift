/// Writes one result, row by row, in any of the formats.
///
/// Memory does not grow with the rows: a table keeps its first thousand to find the widths, every
/// other format streams. Bytes reach the sink in pieces of about 64 KiB and at the end; what the
/// sink throws is thrown on, after which the writer is of no more use.
///
/// - `json`: one array, an object per line; `[]` when empty. `jsonl`: an object per line.
/// - `csv`: RFC 4180 with a header, lines ending in LF. `tsv`: a header, escapes as in PostgreSQL.
/// - `markdown`: a GitHub table. `table`: aligned columns, safe to show on a terminal.
///
/// Columns are the same in all of them. Totals and notes are for people: they appear in tables and
/// markdown only.
package struct ReportWriter: ~Copyable {
  package typealias Sink = ([UInt8]) throws -> Void

  private static let flushBytes = 64 << 10

  private let columns: [Column]
  private let options: ReportOptions
  private let sink: Sink
  /// `"name":` for each column, written once and copied into every object.
  private let jsonLabels: [[UInt8]]
  private var table: TableLayout
  private var output: [UInt8] = []
  private var hasRows = false

  /// Nothing reaches the sink before the first piece is full or `finish` is called.
  package init(columns: [Column], options: ReportOptions, sink: @escaping Sink) {
    self.columns = columns
    self.options = options
    self.sink = sink
    jsonLabels = columns.map { column in
      var label: [UInt8] = []
      label.appendJSONString(Array(column.name.utf8))
      return label + ":".utf8
    }
    table = TableLayout(columns: columns, options: options)
    output.reserveCapacity(Self.flushBytes * 2)
    writeHeader()
  }

  /// Adds one row; precondition: a value for every column.
  package mutating func append(_ row: [Value]) throws {
    precondition(row.count == columns.count, "a row has a value for every column")
    switch options.format {
    case .table: table.append(row, to: &output)
    case .markdown: output.appendMarkdownRow(peopleCells(row))
    case .json:
      output += hasRows ? ",\n".utf8 : "[\n".utf8
      appendObject(row)
    case .jsonl:
      appendObject(row)
      output.append(UInt8(ascii: "\n"))
    case .csv:
      for place in row.indices {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        output.appendCSV(row[place], guardsFormulas: options.guardsFormulas)
      }
      output.append(UInt8(ascii: "\n"))
    case .tsv:
      for place in row.indices {
        if place > 0 { output.append(UInt8(ascii: "\t")) }
        output.appendTSV(row[place])
      }
      output.append(UInt8(ascii: "\n"))
    }
    hasRows = true
    if output.count >= Self.flushBytes { try flush() }
  }

  /// Writes what is left: kept rows, closing brackets, and for people the totals and the notes.
  ///
  /// Notes are plain text, a line each; they are escaped here.
  package consuming func finish(totals: [Value]? = nil, notes: [String] = []) throws {
    precondition(totals.map { $0.count == columns.count } ?? true, "totals fill every column")
    switch options.format {
    case .json: output += hasRows ? "\n]\n".utf8 : "[]\n".utf8
    case .jsonl, .csv, .tsv: break
    case .table:
      table.finish(totals: totals, to: &output)
      writeNotes(notes)
    case .markdown:
      if let totals { output.appendMarkdownRow(peopleCells(totals)) }
      writeNotes(notes)
    }
    if !output.isEmpty { try flush() }
  }

  private mutating func flush() throws {
    try sink(output)
    output.removeAll(keepingCapacity: true)
  }

  private mutating func writeHeader() {
    switch options.format {
    case .json, .jsonl, .table: return
    case .markdown:
      output.appendMarkdownHeader(columns)
      return
    case .csv, .tsv: break
    }
    for (place, column) in columns.enumerated() {
      let name = Array(column.name.utf8)
      if options.format == .csv {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        output.appendCSVField(name, guardsFormulas: options.guardsFormulas)
      } else {
        if place > 0 { output.append(UInt8(ascii: "\t")) }
        output.appendTSVField(name)
      }
    }
    output.append(UInt8(ascii: "\n"))
  }

  private mutating func appendObject(_ row: [Value]) {
    output.append(UInt8(ascii: "{"))
    for place in row.indices {
      if place > 0 { output.append(UInt8(ascii: ",")) }
      output += jsonLabels[place]
      output.appendJSON(row[place])
    }
    output.append(UInt8(ascii: "}"))
  }

  private func peopleCells(_ row: [Value]) -> [Cell] {
    row.indices.map { row[$0].cell(in: columns[$0], unit: options.unit) }
  }

  private mutating func writeNotes(_ notes: [String]) {
    guard !notes.isEmpty else { return }
    output.append(UInt8(ascii: "\n"))
    for (place, note) in notes.enumerated() {
      let text = terminalCell(Array(note.utf8), widthMax: nil).text
      if options.format == .markdown {
        // Two lines of markdown are one paragraph; an empty line between keeps them apart.
        if place > 0 { output.append(UInt8(ascii: "\n")) }
        output.appendMarkdown(text)
      } else if options.usesColor {
        output += "\u{1B}[2m".utf8 + text + "\u{1B}[0m".utf8
      } else {
        output += text
      }
      output.append(UInt8(ascii: "\n"))
    }
  }
}

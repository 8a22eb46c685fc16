internal import Vocabulary

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
/// Columns are the same in all of them; a table on a terminal that has no room for all names those that
/// are not shown. Totals and notes are for people: they appear in tables and markdown only. No format
/// sends a terminal what it could act on: there texts are escaped, elsewhere they are exact.
///
/// Whoever knows where the result goes makes the writer and finishes it; whoever has the rows begins
/// it, as columns may depend on what is found:
///
///     var writer = ReportWriter(options: options) { bytes in … }
///     writer.begin([Column("bucket", .text), Column("objects", .count)])
///     try writer.append([.text("logs"), .integer(3)])
///     try writer.finish()
package struct ReportWriter: ~Copyable {
  package typealias Sink = ([UInt8]) throws -> Void

  private static let flushBytes = 64 << 10

  /// The last row of tables and markdown: a value for every column.
  package var totals: [Value]?
  /// What has to be known of the rows in every format, a line each: machine formats have no room for it, so
  /// a face says it beside them.
  package var remarks: [String] = []
  /// Whether what the rows compare is different, where that is what was asked: a face says so by more than rows.
  package var hasDifferences = false
  /// Whether something that was asked for is not known, and is not in the rows: a face ends with another status.
  package var lacksRows = false
  /// Lines of plain text below tables and markdown; they are escaped here.
  package var notes: [String] = []

  /// Where the last row stands, of answers that can go on behind it and tell that of each row.
  package private(set) var lastPlace: RowPlace?
  /// Whether rows are in an order of what they are called, so that no change of what they hold moves one past another.
  package var isInOrderOfNames = false

  private var columns: [Column] = []
  private let options: ReportOptions
  private let sink: Sink
  /// `{"name":` or `,"name":` for each column one after the other, and where each begins and ends.
  private var jsonLabels: [UInt8] = []
  private var jsonLabelBounds = [0]
  private var table: TableLayout
  private var output: [UInt8] = []
  private var hasRows = false
  /// Nil where all rows are written.
  private var pages: RowPages?
  private var bytesFlushed = 0
  /// Where the row that is being added begins in `output`.
  private var rowStart = 0
  /// Fields of that row which follow its columns.
  private var encodedFields: [UInt8] = []
  /// How many values the row that is being added has.
  private var place = 0
  /// These values, for the formats that look at a row as a whole.
  private var row: [Value] = []

  /// Nothing reaches the sink before the first piece is full or `finish` is called.
  package init(options: ReportOptions, window: RowWindow? = nil, sink: @escaping Sink) {
    self.options = options
    pages = window.map { RowPages($0) }
    self.sink = sink
    table = TableLayout(columns: [], options: options)
    output.reserveCapacity(Self.flushBytes * 2)
  }

  /// Says, once the columns are said, that `note` is told of every row where it stands: a page begins behind a place then,
  /// and nothing has to be remembered of the rows before it.
  ///
  /// Returns whether rows may be left for another page, and `note` is to be called.
  package mutating func keepPlaces() -> Bool {
    pages?.needNoNames()
    return pages != nil
  }

  /// Notes where the row stands that has just ended.
  package mutating func note(
    bucket: String, endpoint: String, key: Span<UInt8>, rank: Int64?
  ) {
    // The memory of the key before is used again.
    var bytes = lastPlace?.key ?? []
    lastPlace = nil
    bytes.removeAll(keepingCapacity: true)
    bytes.append(key)
    lastPlace = RowPlace(bucket: bucket, endpoint: endpoint, key: bytes, rank: rank)
  }

  /// Where the rows behind the last one begin, as a window has it; nil for a writer of all rows.
  package var nextStart: RowWindow.Start? { pages?.next(inOrderOfNames: isInOrderOfNames) }

  /// Finds out whether the page has begun, once there are no more rows.
  ///
  /// - Throws: `RowWindow.Changed` where the rows before it are not those that they were.
  package func checkStart() throws { try pages?.finish() }

  /// A writer that is begun already.
  package init(columns: [Column], options: ReportOptions, sink: @escaping Sink) {
    self.init(options: options, sink: sink)
    begin(columns)
  }

  /// Says what every row has; precondition: there is no row yet, and it was not said before.
  package mutating func begin(_ columns: [Column]) {
    precondition(self.columns.isEmpty && !hasRows, "a result has one set of columns")
    self.columns = columns
    pages?.begin(columns)
    for column in columns {
      jsonLabels.append(jsonLabels.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
      column.name.withBytes { name in
        if options.isTerminal {
          jsonLabels.appendJSONString(forTerminal: name)
        } else {
          jsonLabels.appendJSONString(name)
        }
      }
      jsonLabels.append(UInt8(ascii: ":"))
      jsonLabelBounds.append(jsonLabels.count)
    }
    table = TableLayout(columns: columns, options: options)
    writeHeader()
  }

  /// Adds one row; precondition: a value for every column.
  package mutating func append(_ row: [Value]) throws {
    for value in row { add(value) }
    try endRow()
  }

  /// Adds the next value of a row, which `endRow` ends; precondition: there is a column for it.
  package mutating func add(_ value: Value) {
    beginField()
    pages?.add(value, at: place - 1)
    if options.encodesKeys, case .key(let bytes) = value { addEncoded(bytes.span) }
    switch options.format {
    case .table, .markdown: row.append(value)
    case _ where options.isTerminal: add(forTerminal: value)
    case .json, .jsonl: output.appendJSON(value)
    case .csv: output.appendCSV(value, guardsFormulas: options.guardsFormulas)
    case .tsv: output.appendTSV(value)
    }
  }

  /// Adds a value to a format for machines that a person looks at.
  private mutating func add(forTerminal value: Value) {
    switch (value, options.format) {
    case (.text(let text), .json), (.text(let text), .jsonl):
      text.withBytes { output.appendJSONString(forTerminal: $0) }
    case (.key(let bytes), .json), (.key(let bytes), .jsonl):
      output.appendJSONString(forTerminal: bytes.span)
    case (_, .json), (_, .jsonl): output.appendJSON(value)
    case (_, .csv):
      output.appendCSV(value.forTerminal, guardsFormulas: options.guardsFormulas)
    case (.text, _), (.key, _): output += value.forTerminal.exactText
    default: output.appendTSV(value)
    }
  }

  /// Adds text as the next value: its exact bytes, which may not be valid UTF-8.
  ///
  /// Machine formats are written from these bytes at once, without a copy in between.
  package mutating func add(text: Span<UInt8>) {
    beginField()
    pages?.add(text: text, at: place - 1)
    if options.encodesKeys, columns[place - 1].kind == .key { addEncoded(text) }
    switch options.format {
    case .table, .markdown: row.append(.key(text.withUnsafeBufferPointer { Array($0) }))
    case _ where options.isTerminal:
      add(forTerminal: .key(text.withUnsafeBufferPointer { Array($0) }))
    case .json, .jsonl: output.appendJSONString(text)
    case .csv: output.appendCSVField(text, guardsFormulas: options.guardsFormulas)
    case .tsv: output.appendTSVField(text)
    }
  }

  /// Ends the row that was added value by value; precondition: every column has one.
  package mutating func endRow() throws {
    precondition(place == columns.count, "a row has a value for every column")
    if try leavesOut() { return }
    output += encodedFields
    encodedFields.removeAll(keepingCapacity: true)
    switch options.format {
    case .table: table.append(row, to: &output)
    case .markdown: output.appendMarkdownRow(peopleCells(row))
    case .json: output.append(UInt8(ascii: "}"))
    case .jsonl: output += "}\n".utf8
    case .csv, .tsv: output.append(UInt8(ascii: "\n"))
    }
    place = 0
    row.removeAll(keepingCapacity: true)
    hasRows = true
    if output.count >= Self.flushBytes { try flush() }
  }

  /// Writes what is left: kept rows, closing brackets, and for people the totals and the notes.
  package consuming func finish() throws {
    precondition(totals.map { $0.count == columns.count } ?? true, "totals fill every column")
    switch options.format {
    case .json: output += hasRows ? "\n]\n".utf8 : "[]\n".utf8
    case .jsonl, .csv, .tsv: break
    case .table:
      table.finish(totals: totals, to: &output)
      let hidden = table.hiddenColumns
      if !hidden.isEmpty, let width = options.width {
        notes.insert("not shown at \(width) columns: \(hidden.joined(separator: ", "))", at: 0)
      }
      writeNotes()
    case .markdown:
      if let totals { output.appendMarkdownRow(peopleCells(totals)) }
      writeNotes()
    }
    if !output.isEmpty { try flush() }
  }

  /// Whether the row that ends is one before the page, which is dropped.
  ///
  /// - Throws: `RowWindow.End` for one behind it, `RowWindow.Changed`.
  private mutating func leavesOut() throws -> Bool {
    guard pages != nil else { return false }
    do {
      guard try pages?.endRow(bytesBefore: bytesFlushed + rowStart) == true else { return false }
      dropRow()
      return true
    } catch {
      dropRow()
      throw error
    }
  }

  private mutating func dropRow() {
    output.removeSubrange(rowStart...)
    row.removeAll(keepingCapacity: true)
    encodedFields.removeAll(keepingCapacity: true)
    place = 0
  }

  /// Keeps a key that JSON cannot hold as it is for the end of the row.
  private mutating func addEncoded(_ key: Span<UInt8>) {
    guard options.format == .json || options.format == .jsonl else { return }
    // Most keys are ASCII, which is seen without making a text of each.
    guard key.withUnsafeBufferPointer({ bytes in bytes.contains { $0 >= 0x80 } }) else { return }
    let bytes = key.withUnsafeBufferPointer { Array($0) }
    guard String(validating: bytes, as: UTF8.self) == nil else { return }
    encodedFields += ",\"\(columns[place - 1].name)_encoded\":\"".utf8
    encodedFields.appendPercentEncoded(bytes)
    encodedFields.append(UInt8(ascii: "\""))
  }

  private mutating func flush() throws {
    bytesFlushed += output.count
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
      if options.format == .csv {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        let name = Value.text(column.name)
        output.appendCSV(
          options.isTerminal ? name.forTerminal : name, guardsFormulas: options.guardsFormulas)
      } else if options.isTerminal {
        if place > 0 { output.append(UInt8(ascii: "\t")) }
        output += Value.text(column.name).forTerminal.exactText
      } else {
        if place > 0 { output.append(UInt8(ascii: "\t")) }
        output.appendTSV(.text(column.name))
      }
    }
    output.append(UInt8(ascii: "\n"))
  }

  /// Writes what stands before a value.
  private mutating func beginField() {
    precondition(place < columns.count, "a row has no more values than there are columns")
    if place == 0 { rowStart = output.count }
    switch options.format {
    case .table, .markdown: break
    case .json, .jsonl:
      if place == 0, options.format == .json { output += hasRows ? ",\n".utf8 : "[\n".utf8 }
      let labels = jsonLabels
      output.append(
        labels.span.extracting(jsonLabelBounds[place]..<jsonLabelBounds[place + 1]))
    case .csv: if place > 0 { output.append(UInt8(ascii: ",")) }
    case .tsv: if place > 0 { output.append(UInt8(ascii: "\t")) }
    }
    place += 1
  }

  private func peopleCells(_ row: [Value]) -> [Cell] {
    row.indices.map { row[$0].cell(in: columns[$0], unit: options.unit) }
  }

  private mutating func writeNotes() {
    guard !notes.isEmpty else { return }
    output.append(UInt8(ascii: "\n"))
    for (place, note) in notes.enumerated() {
      let text = terminalCell(Array(note.utf8), widthMax: nil).text
      guard options.format == .markdown else {
        writeNote(text)
        continue
      }
      // Two lines of markdown are one paragraph; an empty line between keeps them apart.
      if place > 0 { output.append(UInt8(ascii: "\n")) }
      output.appendMarkdown(text)
      output.append(UInt8(ascii: "\n"))
    }
  }

  private mutating func writeNote(_ text: [UInt8]) {
    let screen = options.isTerminal ? options.width : nil
    for line in screen.map({ brokenIntoLines(text, widthMax: $0, indent: 2) }) ?? [text] {
      output += options.usesColor ? "\u{1B}[2m".utf8 + line + "\u{1B}[0m".utf8 : line
      output.append(UInt8(ascii: "\n"))
    }
  }
}

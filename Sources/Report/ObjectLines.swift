package import Vocabulary

/// The objects of pages as lines of text, without a value or a `String` for each of them.
///
/// The bytes are those of a `ReportWriter` with the columns of `columnNames`, for as fast as a
/// server lists.
package struct ObjectLines: Sendable {
  /// How an object is written.
  package enum Shape: Equatable, Sendable {
    case jsonl
    case csv(guardsFormulas: Bool)
    case tsv
    /// Keys alone, their bytes exact, each with a zero byte after it.
    case keysBeforeZeros
  }

  /// The columns of the view `objects`, but for the bucket.
  package static let columnNames = ["key", "size", "last_modified", "etag", "storage_class"]

  /// What comes before the first object.
  package let header: [UInt8]
  private let shape: Shape
  private let isForTerminal: Bool
  /// What stands before each column, and after the last.
  private let between: [[UInt8]]

  /// For a terminal, everything that it may act on is escaped as in tables; a zero byte is then `\x00`
  /// and the end of a line.
  package init(_ shape: Shape, forTerminal isForTerminal: Bool = false) {
    self.shape = shape
    self.isForTerminal = isForTerminal
    let names = Self.columnNames
    switch shape {
    case .jsonl:
      header = []
      between = [
        "{\"\(names[0])\":", ",\"\(names[1])\":", ",\"\(names[2])\":\"", "\",\"\(names[3])\":",
        ",\"\(names[4])\":", "}\n",
      ].map { Array($0.utf8) }
    case .csv:
      header = Array((names.joined(separator: ",") + "\n").utf8)
      between = ["", ",", ",", ",", ",", "\n"].map { Array($0.utf8) }
    case .tsv:
      header = Array((names.joined(separator: "\t") + "\n").utf8)
      between = ["", "\t", "\t", "\t", "\t", "\n"].map { Array($0.utf8) }
    case .keysBeforeZeros:
      header = []
      between = []
    }
  }

  /// Appends some objects of a page.
  ///
  /// - Throws: `KeyWithZero` when zero bytes could not tell where keys end.
  package func append(
    _ page: ObjectPage, _ records: Range<Int>, to output: inout [UInt8]
  ) throws(KeyWithZero) {
    if shape == .keysBeforeZeros { return try appendKeys(of: page, records, to: &output) }
    let classes = page.storageClasses.map { name in
      var field: [UInt8] = []
      append(Array(name.utf8).span, to: &field)
      return field
    }
    let text = page.text.span
    for index in records {
      let record = page.records[index]
      output += between[0]
      append(text.extracting(record.key.range), to: &output)
      output += between[1]
      output.appendDecimal(record.size)
      output += between[2]
      output.appendTimestamp(record.lastModified, forPeople: false)
      output += between[3]
      append(text.extracting(record.etag.range), to: &output)
      output += between[4]
      output += classes[Int(record.storageClass)]
      output += between[5]
    }
  }

  /// Whether one of these objects is written with a `'` before its key.
  package func guardsKey(of page: ObjectPage, _ records: Range<Int>) -> Bool {
    guard shape == .csv(guardsFormulas: true) else { return false }
    let text = page.text.span
    return records.contains {
      let key = page.records[$0].key.range
      return !key.isEmpty && beginsFormula(text[key.lowerBound])
    }
  }

  private func appendKeys(
    of page: ObjectPage, _ records: Range<Int>, to output: inout [UInt8]
  ) throws(KeyWithZero) {
    let text = page.text.span
    for index in records {
      let key = text.extracting(page.records[index].key.range)
      guard !key.contains(where: { $0 == 0 }) else { throw KeyWithZero(key: page.key(at: index)) }
      if isForTerminal {
        output += terminalText(key) + "\\x00\n".utf8
      } else {
        output.append(key)
        output.append(0)
      }
    }
  }

  private func append(_ text: Span<UInt8>, to output: inout [UInt8]) {
    guard !isForTerminal else { return append(forTerminal: text, to: &output) }
    switch shape {
    case .jsonl: output.appendJSONString(text)
    case .csv(let guardsFormulas): output.appendCSVField(text, guardsFormulas: guardsFormulas)
    case .tsv: output.appendTSVField(text)
    case .keysBeforeZeros: output.append(text)
    }
  }

  private func append(forTerminal text: Span<UInt8>, to output: inout [UInt8]) {
    switch shape {
    case .jsonl: output.appendJSONString(forTerminal: text)
    case .csv(let guardsFormulas):
      output.appendCSVField(terminalText(text).span, guardsFormulas: guardsFormulas)
    case .tsv, .keysBeforeZeros: output += terminalText(text)
    }
  }

  private func terminalText(_ text: Span<UInt8>) -> [UInt8] {
    terminalCell(text.withUnsafeBufferPointer { Array($0) }, widthMax: nil).text
  }
}

/// A key that a list of keys with zero bytes between them cannot hold.
package struct KeyWithZero: Error, Equatable, CustomStringConvertible {
  package var key: Key

  package var description: String {
    "the key '\(key.text.escapingControls())' has a zero byte in it, so none can end the keys"
  }
}

package import Vocabulary

/// The shapes a result can be written in.
package enum OutputFormat: String, CaseIterable, Sendable {
  case table, json, jsonl, csv, tsv, markdown
}

/// How a result is written; nothing here is found out, the caller knows the terminal.
package struct ReportOptions: Sendable {
  package var format: OutputFormat
  /// The unit of byte counts in tables and markdown; machine formats hold exact integers.
  package var unit: ByteUnit
  /// The terminal's columns; nil when there is no terminal or its width is unknown.
  package var width: Int?
  /// Whether a person looks at it: a terminal, where no format leaves anything that it may act on.
  ///
  /// Tables are then fitted to `width`. In a pipe or a file texts are whole and exact.
  package var isTerminal: Bool
  package var usesColor: Bool
  /// Puts `'` before CSV text that a spreadsheet would run as a formula.
  package var guardsFormulas: Bool
  /// Adds `key_encoded` to the objects of `json` and `jsonl` whose column `key` is no UTF-8, and so for other columns of
  /// keys: its bytes in the form of URLs, by which it can be asked for.
  package var encodesKeys: Bool

  package init(
    format: OutputFormat = .table, unit: ByteUnit = .auto, width: Int? = nil,
    isTerminal: Bool = false, usesColor: Bool = false, guardsFormulas: Bool = true,
    encodesKeys: Bool = false
  ) {
    self.format = format
    self.unit = unit
    self.width = width
    self.isTerminal = isTerminal
    self.usesColor = usesColor
    self.guardsFormulas = guardsFormulas
    self.encodesKeys = encodesKeys
  }
}

extension [UInt8] {
  /// Appends one row of a GitHub table; cells are what a terminal would be shown, escaped again.
  mutating func appendMarkdownRow(_ cells: [Cell]) {
    append(UInt8(ascii: "|"))
    for cell in cells {
      append(UInt8(ascii: " "))
      appendMarkdown(cell.text)
      self += cell.text.isEmpty ? "|".utf8 : " |".utf8
    }
    append(UInt8(ascii: "\n"))
  }

  mutating func appendMarkdownHeader(_ columns: [Column]) {
    appendMarkdownRow(columns.map { terminalCell(Array($0.title.utf8), widthMax: nil) })
    append(UInt8(ascii: "|"))
    for column in columns { self += (column.isRightAligned ? " ---: |" : " --- |").utf8 }
    append(UInt8(ascii: "\n"))
  }

  /// Appends text with a backslash before everything that GitHub's markdown gives a meaning inside
  /// a cell (CommonMark, "Backslash escapes").
  mutating func appendMarkdown(_ text: [UInt8]) {
    for byte in text {
      if isMarkdownSpecial(byte) { append(UInt8(ascii: "\\")) }
      append(byte)
    }
  }
}

private func isMarkdownSpecial(_ byte: UInt8) -> Bool {
  switch Unicode.Scalar(byte) {
  case "\\", "|", "`", "*", "_", "~", "[", "]", "<", ">", "&", "$": true
  default: false
  }
}

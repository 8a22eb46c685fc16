internal import Vocabulary

extension [UInt8] {
  /// Appends a value as a CSV field (RFC 4180), its bytes exact.
  ///
  /// Null is an empty field and empty text is `""`, as PostgreSQL's COPY tells them apart. With
  /// `guardsFormulas`, text that a spreadsheet would run (OWASP, "CSV Injection") gets a leading
  /// `'`.
  mutating func appendCSV(_ value: Value, guardsFormulas: Bool) {
    switch value {
    case .text(let text): text.withBytes { appendCSVField($0, guardsFormulas: guardsFormulas) }
    case .key(let bytes): appendCSVField(bytes.span, guardsFormulas: guardsFormulas)
    default: appendPlain(value)
    }
  }

  /// Appends bytes as a CSV field; nothing at all becomes `""`.
  package mutating func appendCSVField(_ text: Span<UInt8>, guardsFormulas: Bool) {
    let isQuoted = text.isEmpty || text.contains(where: needsCSVQuotes)
    let isGuarded = guardsFormulas && !text.isEmpty && beginsFormula(text[0])
    if isQuoted { append(UInt8(ascii: "\"")) }
    if isGuarded { append(UInt8(ascii: "'")) }
    if isQuoted {
      for index in text.indices {
        if text[index] == UInt8(ascii: "\"") { append(UInt8(ascii: "\"")) }
        append(text[index])
      }
      append(UInt8(ascii: "\""))
    } else {
      append(text)
    }
  }

  /// Appends a value as a field of tab-separated text, its bytes exact.
  ///
  /// Backslash, tab, line feed and carriage return are written `\\`, `\t`, `\n` and `\r`, as in
  /// PostgreSQL's COPY text format; null and empty text are both empty.
  mutating func appendTSV(_ value: Value) {
    switch value {
    case .text(let text): text.withBytes { appendTSVField($0) }
    case .key(let bytes): appendTSVField(bytes.span)
    default: appendPlain(value)
    }
  }

  mutating func appendTSVField(_ text: Span<UInt8>) {
    guard text.contains(where: needsTSVEscape) else { return append(text) }
    for index in text.indices {
      switch text[index] {
      case UInt8(ascii: "\\"): self += "\\\\".utf8
      case UInt8(ascii: "\t"): self += "\\t".utf8
      case UInt8(ascii: "\n"): self += "\\n".utf8
      case UInt8(ascii: "\r"): self += "\\r".utf8
      case let byte: append(byte)
      }
    }
  }

  /// Appends a value that is no text: its form has nothing to quote.
  private mutating func appendPlain(_ value: Value) {
    switch value {
    case .null, .text, .key: break
    case .integer(let value), .bytes(let value): appendDecimal(value)
    // SQLite stores NaN as null, so it is written as one.
    case .real(let value): self += (value.isNaN ? "" : value.description).utf8
    case .decimal(let digits): self += digits.utf8
    case .timestamp(let moment): appendTimestamp(moment, forPeople: false)
    case .boolean(let value): self += (value ? "true" : "false").utf8
    }
  }
}

private func needsCSVQuotes(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
  default: false
  }
}

private func needsTSVEscape(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "\\"), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
  default: false
  }
}

func beginsFormula(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"),
    UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
    true
  default: false
  }
}

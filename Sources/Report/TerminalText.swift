/// `bytes` as text that no terminal, and no reader, can be deceived by.
///
/// Every backslash is doubled, so what is shown names exactly one byte string. Control characters
/// become `\n`, `\r`, `\t`, `\e` or `\x01`; invisible and direction-changing ones (Unicode's C1,
/// format and separator characters) become `\u{202E}`; bytes that are not UTF-8 become `\xFF`.
package func escapedForTerminal(_ bytes: [UInt8]) -> String {
  String(decoding: terminalCell(bytes, widthMax: nil).text, as: UTF8.self)
}

/// `text` as text that no terminal, and no reader, can be deceived by.
///
/// The rule is that for bytes.
package func escapedForTerminal(_ text: String) -> String {
  escapedForTerminal(Array(text.utf8))
}

/// What a person is shown of one value, and the terminal columns it takes.
struct Cell: Equatable {
  var text: [UInt8] = []
  var width = 0
}

extension Cell {
  /// Text of ASCII characters alone.
  init(ascii text: String) {
    self.init(text: Array(text.utf8), width: text.utf8.count)
  }
}

/// The escaped form of `bytes`, cut to `widthMax` columns with `…` when it is longer.
///
/// The cut never falls inside an escape or between a character and its combining marks.
func terminalCell(_ bytes: [UInt8], widthMax: Int?) -> Cell {
  if bytes.count <= widthMax ?? .max, bytes.allSatisfy(isPlainInTerminal) {
    return Cell(text: bytes, width: bytes.count)
  }
  var cell = Cell()
  // The end of the longest part that leaves a column for the ellipsis.
  var cut = (bytes: 0, width: 0)
  var index = 0
  while index < bytes.count {
    let end = (bytes: cell.text.count, width: cell.width)
    switch decodeScalar(in: bytes, at: index) {
    case .invalid(let byte):
      cell.append(ascii: hexEscape(byte))
      index += 1
    case .scalar(let scalar, let length):
      if let escape = terminalEscape(scalar) {
        cell.append(ascii: escape)
      } else {
        cell.text += bytes[index..<index + length]
        cell.width += displayWidth(scalar)
      }
      index += length
    }
    guard let widthMax else { continue }
    if end.width < widthMax, cell.width >= widthMax { cut = end }
    if cell.width > widthMax {
      return Cell(text: cell.text[..<cut.bytes] + Array("…".utf8), width: cut.width + 1)
    }
  }
  return cell
}

private func isPlainInTerminal(_ byte: UInt8) -> Bool {
  byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\")
}

extension Cell {
  fileprivate mutating func append(ascii text: String) {
    self.text += text.utf8
    width += text.utf8.count
  }
}

/// The escape that stands for a scalar; nil when it can be shown as it is.
private func terminalEscape(_ scalar: Unicode.Scalar) -> String? {
  switch scalar {
  case "\\": return "\\\\"
  case " "..."~": return nil
  case "\n": return "\\n"
  case "\r": return "\\r"
  case "\t": return "\\t"
  case "\u{1B}": return "\\e"
  case "\0"..."\u{7F}": return hexEscape(UInt8(scalar.value))
  default: break
  }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator:
    return "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
  default: return nil
  }
}

private func hexEscape(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count == 1 ? "\\x0" + digits : "\\x" + digits
}

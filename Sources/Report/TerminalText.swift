internal import Vocabulary

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

/// `bytes` as text that no terminal, and no reader, can be deceived by.
///
/// Every backslash is doubled and bytes that are not UTF-8 become `\xFF`, so what is shown names
/// exactly one byte string. Cut to `widthMax` columns with `…` when it is longer; the cut never
/// falls inside an escape or between a character and its combining marks.
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
    switch decodeScalar(in: bytes.span, at: index) {
    case .invalid(let byte):
      cell.append(ascii: Unicode.Scalar.visibleForm(ofByte: byte))
      index += 1
    case .scalar(let scalar, let length):
      if let escape = scalar == "\\" ? "\\\\" : scalar.visibleForm {
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

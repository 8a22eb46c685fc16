internal import Vocabulary

/// What a person is shown of one value, and the terminal columns it takes.
package struct Cell: Equatable, Sendable {
  package var text: [UInt8] = []
  package var width = 0

  package init(text: [UInt8] = [], width: Int = 0) {
    self.text = text
    self.width = width
  }
}

extension Cell {
  /// Text of ASCII characters alone.
  package init(ascii text: String) {
    self.init(text: Array(text.utf8), width: text.utf8.count)
  }
}

/// `bytes` as text that no terminal, and no reader, can be deceived by.
///
/// Every backslash is doubled and bytes that are not UTF-8 become `\xFF`, so what is shown names
/// exactly one byte string. Cut to `widthMax` columns with `…` when it is longer; the cut never
/// falls inside an escape or between a character and its combining marks.
package func terminalCell(_ bytes: [UInt8], widthMax: Int?) -> Cell {
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

/// The same, cut in the middle: long keys of one folder differ at their ends.
package func middleCutCell(_ bytes: [UInt8], widthMax: Int?) -> Cell {
  let whole = terminalCell(bytes, widthMax: nil)
  guard let widthMax, whole.width > widthMax else { return whole }
  let parts = terminalParts(bytes)
  var (head, tail) = (parts.startIndex, parts.endIndex)
  var (headWidth, tailWidth) = (0, 0)
  let room = max(0, widthMax - 1)
  while head < tail, headWidth + parts[head].width <= (room + 1) / 2 {
    headWidth += parts[head].width
    head += 1
  }
  while tail > head, tailWidth + parts[tail - 1].width <= room - headWidth {
    tail -= 1
    tailWidth += parts[tail].width
  }
  let texts = [parts[..<head].flatMap(\.text), Array("…".utf8), parts[tail...].flatMap(\.text)]
  return Cell(text: texts.flatMap(\.self), width: headWidth + 1 + tailWidth)
}

/// What a cut must not divide: escapes, and characters with their combining marks.
private func terminalParts(_ bytes: [UInt8]) -> [Cell] {
  var parts: [Cell] = []
  var index = 0
  while index < bytes.count {
    let length =
      switch decodeScalar(in: bytes.span, at: index) {
      case .invalid: 1
      case .scalar(_, let length): length
      }
    let part = terminalCell(Array(bytes[index..<index + length]), widthMax: nil)
    if part.width == 0, let last = parts.indices.last {
      parts[last].text += part.text
    } else {
      parts.append(part)
    }
    index += length
  }
  return parts
}

extension Value {
  /// The same value with texts as a terminal may be shown them.
  var forTerminal: Value {
    switch self {
    case .text(let text): .key(terminalCell(Array(text.utf8), widthMax: nil).text)
    case .key(let bytes): .key(terminalCell(bytes, widthMax: nil).text)
    default: self
    }
  }

  /// The bytes of a text; none of anything else.
  var exactText: [UInt8] {
    switch self {
    case .text(let text): Array(text.utf8)
    case .key(let bytes): bytes
    default: []
    }
  }
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

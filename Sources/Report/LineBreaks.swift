internal import Vocabulary

/// Escaped text as lines of at most `widthMax` terminal columns, broken between words, or inside one
/// that is longer than a line.
///
/// Each line after the first begins with `indent` spaces, which count.
func brokenIntoLines(_ text: [UInt8], widthMax: Int, indent: Int = 0) -> [[UInt8]] {
  let indent = min(indent, max(0, widthMax - 1))
  var lines: [[UInt8]] = []
  var line = Cell()
  var isEmpty = true
  func begin(_ line: inout Cell) {
    lines.append(line.text)
    line = Cell(ascii: String(repeating: " ", count: indent))
  }
  for word in text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: true) {
    var characters = displayed(word)
    let width = characters.reduce(0) { $0 + $1.width }
    if !isEmpty {
      if line.width + 1 + width <= widthMax {
        line.append(Cell(ascii: " "))
      } else if width <= widthMax - indent || line.width + 1 >= widthMax {
        begin(&line)
      } else {
        // A long word begins on this line, where a name stands before it.
        line.append(Cell(ascii: " "))
      }
    }
    while let character = characters.popFirst() {
      if line.width + character.width > widthMax, line.width > indent { begin(&line) }
      line.append(character)
    }
    isEmpty = false
  }
  lines.append(line.text)
  return lines
}

/// The scalars of a text with the terminal columns that each takes, a mark together with its letter.
private func displayed(_ text: ArraySlice<UInt8>) -> ArraySlice<Cell> {
  var cells: [Cell] = []
  let bytes = Array(text)
  var index = 0
  while index < bytes.count {
    guard case .scalar(let scalar, let length) = decodeScalar(in: bytes.span, at: index) else {
      preconditionFailure("escaped text is UTF-8")
    }
    let cell = Cell(text: Array(bytes[index..<index + length]), width: displayWidth(scalar))
    if cell.width == 0, let last = cells.indices.last {
      cells[last].append(cell)
    } else {
      cells.append(cell)
    }
    index += length
  }
  return cells[...]
}

extension Cell {
  fileprivate mutating func append(_ other: Cell) {
    text += other.text
    width += other.width
  }
}

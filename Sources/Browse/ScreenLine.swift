internal import Report

/// One line of the screen: what is written, and the columns that it takes, never more than there are.
struct ScreenLine {
  private(set) var bytes: [UInt8] = []
  private(set) var width = 0
  let columns: Int

  init(columns: Int) { self.columns = columns }

  var room: Int { columns - width }

  /// Adds what has room, and nothing else; in a style, which ends with it.
  mutating func add(_ cell: Cell, _ style: Style = .plain) {
    guard cell.width <= room else { return }
    bytes += style.beginning
    bytes += cell.text
    if style != .plain { bytes += Style.end }
    width += cell.width
  }

  /// Adds text of ASCII and of characters that take one column each.
  mutating func add(_ text: String, _ style: Style = .plain) {
    add(Cell(text: Array(text.utf8), width: text.unicodeScalars.count), style)
  }

  /// Adds bytes of any kind, escaped and cut in the middle to the columns that are left, or fewer.
  mutating func add(name: [UInt8], widthMax: Int = .max, _ style: Style = .plain) {
    guard room > 0 else { return }
    add(middleCutCell(name, widthMax: min(room, widthMax)), style)
  }

  /// Adds a sentence that may hold anything, escaped and cut at its end.
  mutating func add(sentence: String, _ style: Style = .plain) {
    guard room > 0 else { return }
    // A sentence of our own has no backslash but in names that were escaped before.
    add(terminalCell(Array(sentence.utf8), widthMax: room), style)
  }

  mutating func pad(to width: Int) {
    let spaces = min(width, columns) - self.width
    if spaces > 0 { add(String(repeating: " ", count: spaces)) }
  }

  /// Adds text at the right end of so many columns.
  mutating func add(right text: String, width: Int, _ style: Style = .plain) {
    add(String(repeating: " ", count: max(0, width - text.unicodeScalars.count)))
    add(text, style)
  }

  /// All of it the other way round, up to the last column.
  mutating func reverse() {
    pad(to: columns)
    bytes = Style.reverse.beginning + bytes + Style.end
  }
}

/// How text looks (ECMA-48, SGR).
enum Style: String {
  case plain = ""
  case bold = "1"
  case dim = "2"
  case reverse = "7"
  case red = "31"
  case yellow = "33"
  case cyan = "36"

  var beginning: [UInt8] { self == .plain ? [] : Array("\u{1B}[\(rawValue)m".utf8) }

  static let end = Array("\u{1B}[0m".utf8)

  /// The style, or none where no colors are wanted.
  func unless(_ isPlain: Bool) -> Style { isPlain ? .plain : self }
}

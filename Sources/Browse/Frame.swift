/// What is on the terminal, so that only lines that differ are written again.
package struct Frame: Sendable {
  private var shown: [[UInt8]] = []

  package init() {}

  /// Takes the screen over: another screen than the shell's, no cursor, no lines that wrap (xterm, "Control sequences").
  package static let opening = Array("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[0m\u{1B}[2J".utf8)
  /// Undoes that.
  package static let closing = Array("\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l".utf8)

  /// The bytes that make a terminal show these lines.
  package mutating func update(_ lines: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    if lines.count != shown.count {
      bytes += "\u{1B}[0m\u{1B}[2J".utf8
      shown = Array(repeating: [], count: lines.count)
    }
    for (number, line) in lines.enumerated() where line != shown[number] {
      // Cleared first: behind a character in the last column the cursor still stands on it.
      bytes += "\u{1B}[\(number + 1);1H\u{1B}[2K".utf8
      bytes += line
    }
    shown = lines
    return bytes
  }

  /// Has everything written again.
  package mutating func forget() { shown = [] }
}

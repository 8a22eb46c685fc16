/// The string literals of a Swift file, read well enough for rules about what they say.
///
/// Comments are passed over, and so is the code in an interpolation but for the literals in it:
/// `"run \(name) --all"` is the literal `run  --all`.
struct StringLiterals {
  /// A literal and the number of the line that it begins on, from 1.
  struct Literal: Equatable {
    var line: Int
    var text: String
  }

  private(set) var all: [Literal] = []
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(of text: String) {
    bytes = Array(text.utf8)
    while position < bytes.count { readCode() }
  }

  /// How a literal begins and ends: the number signs around its quotes, and how many quotes.
  private struct Delimiter {
    var signs: Int
    var quotes: Int
  }

  private func has(_ text: String, at offset: Int = 0) -> Bool {
    bytes[min(bytes.count, position + offset)...].starts(with: text.utf8)
  }

  private mutating func pass(_ count: Int) {
    for byte in bytes[position..<min(bytes.count, position + count)]
    where byte == UInt8(ascii: "\n") { line += 1 }
    position = min(bytes.count, position + count)
  }

  private mutating func pass(upTo end: String) {
    while position < bytes.count, !has(end) { pass(1) }
  }

  /// Reads one comment, literal or byte of code.
  private mutating func readCode() {
    if has("//") {
      pass(upTo: "\n")
    } else if has("/*") {
      pass(upTo: "*/")
    } else if let delimiter = delimiterHere() {
      readLiteral(delimiter)
    } else {
      pass(1)
    }
  }

  private func delimiterHere() -> Delimiter? {
    let signs = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
    if has("\"\"\"", at: signs) { return Delimiter(signs: signs, quotes: 3) }
    return has("\"", at: signs) ? Delimiter(signs: signs, quotes: 1) : nil
  }

  private mutating func readLiteral(_ delimiter: Delimiter) {
    let signs = String(repeating: "#", count: delimiter.signs)
    let end = String(repeating: "\"", count: delimiter.quotes) + signs
    let escape = "\\" + signs
    let start = line
    var text: [UInt8] = []
    pass(end.utf8.count)
    while position < bytes.count, !has(end) {
      if has(escape + "(") {
        pass(escape.utf8.count + 1)
        readInterpolation()
      } else if has(escape) {
        text += bytes[position..<min(bytes.count, position + escape.utf8.count + 1)]
        pass(escape.utf8.count + 1)
      } else {
        text.append(bytes[position])
        pass(1)
      }
    }
    pass(end.utf8.count)
    all.append(Literal(line: start, text: String(decoding: text, as: UTF8.self)))
  }

  /// Reads code up to the parenthesis that closes what was opened before it.
  private mutating func readInterpolation() {
    var depth = 1
    while position < bytes.count {
      if has("(") { depth += 1 }
      if has(")") { depth -= 1 }
      if depth == 0 { return pass(1) }
      readCode()
    }
  }
}

extension Tree.File {
  /// The file's string literals; one inside another comes first.
  var stringLiterals: [StringLiterals.Literal] {
    get throws { StringLiterals(of: try text).all }
  }
}

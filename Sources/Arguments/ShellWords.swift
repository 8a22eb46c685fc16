/// `text` in single quotes, each of its own written `'\''`.
func singleQuoted(_ text: String) -> String {
  // On bytes: a quote followed by a combining mark is not the Character `'`.
  var quoted = Array("'".utf8)
  for byte in text.utf8 {
    if byte == UInt8(ascii: "'") { quoted += "'\\''".utf8 } else { quoted.append(byte) }
  }
  return String(decoding: quoted + "'".utf8, as: UTF8.self)
}

/// The words of the first simple command in `line`, as a POSIX shell splits them.
///
/// Knows quotes and backslashes; stops at an unquoted `|`, `;`, `&`, `<`, `>`, `#` that begins a
/// word, or line end; expands nothing. Nil when a quote is left open. It serves examples and tests.
func shellWords(_ line: String) -> [String]? {
  var words: [[UInt8]] = []
  var word: [UInt8]?
  var bytes = line.utf8[...]
  while let byte = bytes.popFirst() {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"):
      if let ended = word { words.append(ended) }
      word = nil
    case UInt8(ascii: "#") where word != nil:
      word?.append(byte)
    case UInt8(ascii: "|"), UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "<"),
      UInt8(ascii: ">"), UInt8(ascii: "#"), UInt8(ascii: "\n"):
      bytes = bytes.suffix(0)
    case UInt8(ascii: "'"):
      guard let end = bytes.firstIndex(of: byte) else { return nil }
      word = (word ?? []) + bytes[..<end]
      bytes = bytes[end...].dropFirst()
    case UInt8(ascii: "\""):
      guard let quoted = doubleQuoted(&bytes) else { return nil }
      word = (word ?? []) + quoted
    case UInt8(ascii: "\\"):
      guard let next = bytes.popFirst() else { return nil }
      // A backslash before the line's end joins two lines.
      if next != UInt8(ascii: "\n") { word = (word ?? []) + [next] }
    default:
      word = (word ?? []) + [byte]
    }
  }
  if let word { words.append(word) }
  return words.map { String(decoding: $0, as: UTF8.self) }
}

/// Reads up to and past the closing double quote; a backslash escapes only `"`, `\`, `$` and `` `
/// ``.
private func doubleQuoted(_ bytes: inout Substring.UTF8View) -> [UInt8]? {
  var text: [UInt8] = []
  while let byte = bytes.popFirst() {
    switch byte {
    case UInt8(ascii: "\""): return text
    case UInt8(ascii: "\\"):
      guard let next = bytes.popFirst() else { return nil }
      if !"\"\\$`".utf8.contains(next) { text.append(byte) }
      text.append(next)
    default: text.append(byte)
    }
  }
  return nil
}

/// The command line of a `credential_process`, in words.
package struct CommandWords: Equatable {
  /// The program and its arguments.
  package private(set) var words: [String] = []
  /// Whether there is something in it that only a shell can do.
  package private(set) var needsShell = false

  package enum Problem: String, Error {
    case openQuote = "has a quote that is not closed"
    case openEscape = "ends in a backslash"
    case empty = "is empty"
  }

  /// Splits `text` as botocore does, by Python's `shlex.split`.
  ///
  /// Blanks separate words. Single quotes keep everything, double quotes all but `\"` and `\\`;
  /// outside of quotes a backslash keeps the next character. Nothing is expanded: no `~`, no `$`,
  /// no `*`. Pipes, redirections and lists need a shell, which the AWS CLI does not start and most
  /// SDKs do: `|` anywhere, `;` at either end of a word, `&`, `<` and `>` at its beginning, `>` also
  /// after a number, and a word such as `NAME=value` in front. Everything else is an argument, such as
  /// the `&` in a URL.
  package init(splitting text: String) throws(Problem) {
    var rest = text.unicodeScalars[...]
    var word: String.UnicodeScalarView?
    while let scalar = rest.popFirst() {
      switch scalar {
      case " ", "\t", "\r", "\n":
        finish(&word)
      case "'":
        guard let end = rest.firstIndex(of: "'") else { throw .openQuote }
        word = (word ?? .init()) + rest[..<end]
        rest = rest[rest.index(after: end)...]
      case "\"":
        word = (word ?? .init()) + (try Self.quoted(&rest))
      case "\\":
        guard let next = rest.popFirst() else { throw .openEscape }
        word = (word ?? .init()) + [next]
      default:
        noteOperator(scalar, after: word, before: rest.first)
        word = (word ?? .init()) + [scalar]
      }
    }
    finish(&word)
    guard !words.isEmpty else { throw .empty }
    if Self.isAssignment(words[0]) { needsShell = true }
  }

  /// The program, for messages, and nothing else: what stands around it could be a secret.
  package var programName: String {
    let word = words.first { !Self.isAssignment($0) } ?? ""
    return needsShell ? String(word.prefix { !"|;&<>".contains($0) }) : word
  }

  private mutating func finish(_ word: inout String.UnicodeScalarView?) {
    if let finished = word { words.append(String(finished)) }
    word = nil
  }

  /// What stands between double quotes; takes the closing one too.
  private static func quoted(
    _ rest: inout Substring.UnicodeScalarView
  ) throws(Problem) -> String.UnicodeScalarView {
    var content = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return content
      case "\\" where rest.first == "\"" || rest.first == "\\":
        if let next = rest.popFirst() { content.append(next) }
      default: content.append(scalar)
      }
    }
    throw .openQuote
  }

  private mutating func noteOperator(
    _ scalar: Unicode.Scalar, after word: String.UnicodeScalarView?, before next: Unicode.Scalar?
  ) {
    switch scalar {
    case "|": needsShell = true
    case ";" where word == nil || next == nil || next == " " || next == "\t": needsShell = true
    case "&", "<": if word == nil { needsShell = true }
    case ">": if word?.allSatisfy({ ("0"..."9").contains($0) }) ?? true { needsShell = true }
    default: break
    }
  }

  private static func isAssignment(_ word: String) -> Bool {
    guard let end = word.firstIndex(of: "="), end != word.startIndex else { return false }
    return word[..<end].utf8.allSatisfy(isWordByte)
  }
}

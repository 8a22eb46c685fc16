/// How long the functions, initializers and accessors of a formatted Swift file are.
///
/// The formatter ends a body with a brace that stands as far in as the declaration does: the first
/// one below it is the end.
struct FunctionLengths {
  /// A declaration with a body of its own lines; lines count from 1.
  struct Function: Equatable {
    var line: Int
    var lines: Int
  }

  private(set) var all: [Function] = []

  init(of lines: [Substring]) {
    let declaration =
      #/^ *(@?[a-zA-Z]+(\([a-z]+\))? )*(func |init[?(<]|deinit\b|subscript\b|var .*\{$|(get|set|willSet|didSet)\b.*\{$)/#
    for (number, line) in lines.enumerated() where line.contains(declaration) {
      guard let end = Self.end(of: lines, from: number) else { continue }
      all.append(Function(line: number + 1, lines: end - number + 1))
    }
  }

  private static func indentation(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }

  /// The line with the closing brace; nil for a declaration without a body, or on one line.
  private static func end(of lines: [Substring], from start: Int) -> Int? {
    let indentation = indentation(lines[start])
    for (number, line) in lines.enumerated().dropFirst(start + 1) where !line.isEmpty {
      guard self.indentation(line) <= indentation else { continue }
      guard self.indentation(line) == indentation else { return nil }
      let rest = line.dropFirst(indentation)
      if rest.hasPrefix("}") { return number }
      // The signature goes on.
      guard rest.hasPrefix(")") || rest.hasPrefix("where ") || rest == "{" else { return nil }
    }
    return nil
  }
}

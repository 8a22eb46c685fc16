/// A shell that completion scripts can be written for.
package enum Shell: String, CaseIterable, Sendable {
  case bash, zsh, fish
}

extension CommandLineTool {
  /// A script that, once loaded by the shell, completes commands, options and choices.
  ///
  /// It is static text: completing never runs the program.
  package func completionScript(shell: Shell) -> String {
    switch shell {
    case .bash: bashCompletion()
    case .zsh: zshCompletion()
    case .fish: fishCompletion()
    }
  }

  /// The name of a shell function, from words: `_s3audit_query_top`.
  func shellFunction(_ title: String) -> String {
    "_" + String(title.map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }
}

extension Option {
  var completesPaths: Bool { value.map(isPathPlaceholder) ?? false }
}

extension Positional {
  var completesPaths: Bool { isPath || isPathPlaceholder(name) }
}

/// True for `file`, `directory`, `folder`, and placeholders with one of them as the last word.
private func isPathPlaceholder(_ name: String) -> Bool {
  ["file", "directory", "folder"].contains(name.split(separator: "-").last.map(String.init))
}

/// The first sentence of a help text without its period: what fits beside a completion.
func summary(_ help: String) -> String {
  let text = help.split(separator: "\n").joined(separator: " ")
  let sentence = text.split(separator: ". ", maxSplits: 1).first.map(String.init) ?? text
  return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
}

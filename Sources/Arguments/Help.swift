extension CommandLineTool {
  /// The help screen of the command at `path`, wrapped to `columns`, ending with a newline.
  ///
  /// The layout is that of swift-argument-parser: labels indented by 2, their text at column 26, a
  /// longer label on a line of its own. A path that does not exist gives the nearest group's help.
  package func help(for path: [String], columns: Int) -> String {
    let node = node(at: path)
    let screen = HelpScreen(columns: max(columns, 50))
    let command = node.command
    var parts = [screen.paragraphs("OVERVIEW: \(command.abstract)")]
    if !command.discussion.isEmpty { parts.append(screen.paragraphs(command.discussion)) }
    parts.append("USAGE: \(usage(of: node, columns: screen.columns - 7))")
    parts.append(
      screen.section(
        "ARGUMENTS",
        command.positionals.map { ("<\($0.name)>", sentence($0.help, notes(of: $0))) }))
    for group in optionGroups(of: node) {
      parts.append(screen.section(group.name, group.rows))
    }
    parts.append(
      screen.section("SUBCOMMANDS", command.subcommands.map { ($0.name, $0.abstract) }))
    parts.append(screen.examples(command.examples))
    parts.append(
      screen.section("EXIT STATUS", command.exitStatuses.map { (String($0.code), $0.meaning) }))
    if !command.subcommands.isEmpty {
      parts.append("  See '\(root.name) help \(helpPlaceholder(node))' for detailed help.")
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// The usage line of the command at `path`, without a heading.
  package func usage(for path: [String]) -> String {
    usage(of: node(at: path), columns: 80)
  }

  /// A usage error as it is printed to standard error, ending with a newline.
  package func describe(_ error: UsageError) -> String {
    let node = node(at: error.path)
    var lines = ["Error: \(error.message)"] + error.choices.map { "  - \($0)" }
    if let hint = error.hint { lines.append("Help:  \(hint)") }
    lines.append("Usage: \(usage(of: node, columns: 73))")
    lines.append("  See '\(node.title) --help' for more information.")
    return lines.map { $0 + "\n" }.joined()
  }

  private func helpPlaceholder(_ node: CommandNode<Options>) -> String {
    (node.path + ["<subcommand>"]).joined(separator: " ")
  }

  /// The command's own options by name when they fit into `columns`, else `[<options>]`.
  func usage(of node: CommandNode<Options>, columns: Int) -> String {
    let arguments =
      node.command.subcommands.isEmpty
      ? node.command.positionals.map(\.usage) : ["<subcommand>"]
    let own = node.command.subcommands.isEmpty ? node.command.options : []
    let full = [node.title] + own.map { "[\($0.label)]" } + arguments
    let line = full.joined(separator: " ")
    if line.count <= columns { return line }
    return ([node.title, "[<options>]"] + arguments).joined(separator: " ")
  }

  /// Headings in order of appearance, the general ones last, the global ones after all.
  func optionGroups(
    of node: CommandNode<Options>
  ) -> [(name: String, rows: [(label: String, text: String)])] {
    var names: [String] = []
    var rows: [String: [(label: String, text: String)]] = [:]
    func add(_ options: [Option<Options>], general: String) {
      for option in options {
        let name = option.group.isEmpty ? general : option.group
        if name != general, !names.contains(name) { names.append(name) }
        rows[name, default: []].append((option.helpLabel, sentence(option.help, notes(of: option))))
      }
    }
    let isTree = !root.subcommands.isEmpty
    add(isTree ? node.ownOptions : node.options, general: "OPTIONS")
    if isTree { add(node.globalOptions, general: "GLOBAL OPTIONS") }
    if node.path.isEmpty {
      rows["OPTIONS", default: []].append(("--version", "Show the version."))
    }
    rows["OPTIONS", default: []].append(("-h, --help", "Show help information."))
    return (names + ["OPTIONS", "GLOBAL OPTIONS"]).compactMap { name in
      rows[name].map { (name, $0) }
    }
  }
}

/// What help says in parentheses: `values: a, b`, `default: a`, `environment: X`.
func notes<Options>(of option: Option<Options>) -> [String] {
  var notes: [String] = []
  if !option.choices.isEmpty {
    notes.append("values: \(option.choices.joined(separator: ", "))")
  }
  if let text = option.defaultText { notes.append("default: \(text)") }
  if let variable = option.environment { notes.append("environment: \(variable)") }
  return notes
}

func notes(of positional: Positional) -> [String] {
  positional.choices.isEmpty ? [] : ["values: \(positional.choices.joined(separator: ", "))"]
}

func sentence(_ help: String, _ notes: [String]) -> String {
  notes.isEmpty ? help : "\(help) (\(notes.joined(separator: "; ")))"
}

/// Text laid out for one terminal width.
struct HelpScreen {
  static let indent = 2
  static let textColumn = 26

  var columns: Int

  /// Paragraphs wrapped to the width; lines indented by two spaces stay as they are.
  func paragraphs(_ text: String) -> String {
    text.split(separator: "\n\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("  ") ? String($0) : wrapped(String($0), indent: 0) }
      .joined(separator: "\n\n")
  }

  /// A heading over labelled rows; empty without rows.
  func section(_ name: String, _ rows: [(label: String, text: String)]) -> String {
    guard !rows.isEmpty else { return "" }
    return ([name + ":"] + rows.map(row)).joined(separator: "\n")
  }

  func examples(_ examples: [Example]) -> String {
    guard !examples.isEmpty else { return "" }
    let lines = examples.map { example in
      wrapped("# " + example.comment, indent: Self.indent) + "\n"
        + String(repeating: " ", count: Self.indent) + example.command
    }
    return "EXAMPLES:\n" + lines.joined(separator: "\n\n")
  }

  private func row(_ row: (label: String, text: String)) -> String {
    let label = String(repeating: " ", count: Self.indent) + row.label
    let text = wrapped(row.text, indent: Self.textColumn)
    guard label.count < Self.textColumn else { return label + "\n" + text }
    return label + text.dropFirst(label.count)
  }

  /// `text` broken between words, every line indented; a word longer than a line is left whole.
  private func wrapped(_ text: String, indent: Int) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if !line.isEmpty, indent + line.count + 1 + word.count > columns {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    lines.append(line)
    return lines.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }
}

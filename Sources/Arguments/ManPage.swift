extension CommandLineTool {
  /// The manual of the whole program in roff, for section 1; see man(7).
  ///
  /// `date` is printed as given, `2026-11-20`.
  package func manPage(date: String) -> String {
    let node = CommandNode(root: root)
    var page = RoffPage()
    page.title(name: root.name, version: version, date: date)
    page.heading("NAME")
    page.text("\(root.name) \u{2d} \(summary(root.abstract))")
    page.heading("SYNOPSIS")
    page.usage(usage(of: node, columns: .max), name: root.name)
    page.heading("DESCRIPTION")
    page.text(root.abstract)
    page.paragraphs(root.discussion)
    page.labelled(root.positionals.map { ("<\($0.name)>", sentence($0.help, notes(of: $0))) })
    for group in optionGroups(of: node) {
      page.heading(group.name)
      page.labelled(group.rows)
    }
    if !root.subcommands.isEmpty { page.heading("COMMANDS") }
    for node in nodes.dropFirst() where node.command.subcommands.isEmpty {
      command(node, into: &page)
    }
    if !root.exitStatuses.isEmpty { page.heading("EXIT STATUS") }
    page.labelled(root.exitStatuses.map { (String($0.code), $0.meaning) })
    let variables = environmentRows
    if !variables.isEmpty { page.heading("ENVIRONMENT") }
    page.labelled(variables)
    if !root.examples.isEmpty { page.heading("EXAMPLES") }
    page.examples(root.examples)
    return page.source
  }

  private func command(_ node: CommandNode<Options>, into page: inout RoffPage) {
    let command = node.command
    let titles = node.chain.dropFirst().map(\.name).joined(separator: " ")
    page.request(".SS", [titles])
    page.usage(usage(of: node, columns: .max), name: node.title)
    page.request(".PP", [])
    page.text(command.abstract)
    page.paragraphs(command.discussion)
    page.labelled(command.positionals.map { ("<\($0.name)>", sentence($0.help, notes(of: $0))) })
    page.labelled(node.ownOptions.map { ($0.helpLabel, sentence($0.help, notes(of: $0))) })
    page.labelled(command.exitStatuses.map { ("exit status \($0.code)", $0.meaning) })
    page.examples(command.examples)
  }

  /// Each variable once, with the options that stand in for it.
  private var environmentRows: [(label: String, text: String)] {
    var rows: [(label: String, text: String)] = []
    for option in nodes.flatMap(\.command.options) {
      guard let variable = option.environment, !rows.contains(where: { $0.label == variable })
      else { continue }
      rows.append((variable, "The same as \u{2d}\u{2d}\(option.long). \(option.help)"))
    }
    return rows
  }
}

/// roff source under construction; every text is escaped on its way in.
private struct RoffPage {
  private(set) var source = ""

  mutating func request(_ name: String, _ arguments: [String]) {
    let quoted = arguments.map { " \"\(escaped($0, quotes: true))\"" }
    source += name + quoted.joined() + "\n"
  }

  mutating func title(name: String, version: String, date: String) {
    // mandoc reads the date only when its hyphens are plain, so it is not escaped.
    let footer = escaped("\(name) \(version)", quotes: true)
    source +=
      ".TH \(escaped(name.uppercased(), quotes: true)) 1 \(date) \"\(footer)\" \"User Commands\"\n"
  }

  mutating func heading(_ name: String) {
    request(".SH", [name])
  }

  mutating func text(_ text: String) {
    source += escaped(text, quotes: false) + "\n"
  }

  mutating func paragraphs(_ text: String) {
    guard !text.isEmpty else { return }
    for paragraph in text.split(separator: "\n\n") {
      request(".PP", [])
      if paragraph.hasPrefix("  ") {
        literal(String(paragraph))
      } else {
        self.text(String(paragraph))
      }
    }
  }

  mutating func usage(_ line: String, name: String) {
    request(".B", [name])
    let arguments = String(line.dropFirst(name.count + 1))
    if !arguments.isEmpty { text(arguments) }
  }

  mutating func labelled(_ rows: [(label: String, text: String)]) {
    for row in rows {
      request(".TP", [])
      request(".B", [row.label])
      text(row.text)
    }
  }

  mutating func examples(_ examples: [Example]) {
    for example in examples {
      request(".PP", [])
      text(example.comment)
      request(".PP", [])
      literal("  " + example.command)
    }
  }

  /// Lines kept as they are, without filling.
  private mutating func literal(_ lines: String) {
    request(".nf", [])
    text(lines)
    request(".fi", [])
  }

  /// `text` with nothing left that roff would interpret or typeset as another character.
  private func escaped(_ text: String, quotes: Bool) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      // A line that begins with a dot or an apostrophe would be a request.
      let guarded = line.first == "." || line.first == "'" ? "\\&" : ""
      return guarded + line.map { escape($0, quotes: quotes) }.joined()
    }
    return lines.joined(separator: "\n")
  }

  private func escape(_ character: Character, quotes: Bool) -> String {
    switch character {
    case "\\": "\\e"
    case "-": "\\-"
    case "'": "\\(aq"
    case "`": "\\(ga"
    case "^": "\\(ha"
    case "~": "\\(ti"
    case "\"" where quotes: "\\(dq"
    default: String(character)
    }
  }
}

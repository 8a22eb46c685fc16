extension CommandLineTool {
  /// What is wrong with the table itself, a sentence each; empty when nothing is.
  ///
  /// For a test: it checks names, help texts, defaults, the order of positionals, and that every
  /// example which calls the program is understood by the parser.
  package func tableFindings() -> [String] {
    nodes.flatMap { node in
      (commandFindings(node) + optionFindings(node) + positionalFindings(node.command)
        + exampleFindings(node)).map { "\(node.title): \($0)" }
    }
  }

  private func commandFindings(_ node: CommandNode<Options>) -> [String] {
    let command = node.command
    var findings: [String] = []
    if !isName(command.name) { findings.append("the name is not lower-case words.") }
    if !endsWithPeriod(command.abstract) {
      findings.append("the abstract does not end with a period.")
    }
    for name in duplicates(command.subcommands.map(\.name)) {
      findings.append("the subcommand '\(name)' appears twice.")
    }
    if command.subcommand(named: "help") != nil { findings.append("'help' is built in.") }
    if !command.subcommands.isEmpty, !command.positionals.isEmpty {
      findings.append("a group cannot take positional arguments.")
    }
    for name in duplicates(node.options.flatMap(\.spellings) + ["--help", "-h", "--version"]) {
      findings.append("the option '\(name)' appears twice.")
    }
    return findings
  }

  private func optionFindings(_ node: CommandNode<Options>) -> [String] {
    node.command.options.flatMap { option in
      var findings: [String] = []
      if option.long.count < 2 || !isName(option.long) {
        findings.append("is not named in lower-case words.")
      }
      if let short = option.short, !(short.isASCII && (short.isLetter || short.isNumber)) {
        findings.append("has a short name that is not a letter or digit.")
      }
      if !endsWithPeriod(option.help) { findings.append("has help without a final period.") }
      if let value = option.value, !isName(value) {
        findings.append("has a placeholder that is not lower-case words.")
      }
      if option.value == nil, !option.choices.isEmpty || option.defaultText != nil {
        findings.append("is a switch with choices or a default.")
      }
      for choice in duplicates(option.choices) {
        findings.append("has the choice '\(choice)' twice.")
      }
      // An option that may be repeated may have several of them.
      if let text = option.defaultText, !option.choices.isEmpty,
        !text.split(separator: ", ").map(String.init).allSatisfy(option.choices.contains)
      {
        findings.append("has a default that is not among its choices.")
      }
      if option.group != option.group.uppercased() {
        findings.append("has a group that is not upper case.")
      }
      return findings.map { "the option '--\(option.long)' \($0)" }
    }
  }

  private func positionalFindings(_ command: Command<Options>) -> [String] {
    var findings: [String] = []
    for positional in command.positionals where !endsWithPeriod(positional.help) {
      findings.append("'<\(positional.name)>' has help without a final period.")
    }
    for positional in command.positionals.dropLast() where positional.isRepeated {
      findings.append("'<\(positional.name)>' is repeated but not last.")
    }
    let afterOptional = command.positionals.drop(while: \.isRequired)
    for positional in afterOptional where positional.isRequired {
      findings.append("'<\(positional.name)>' is required after an optional one.")
    }
    return findings
  }

  private func exampleFindings(_ node: CommandNode<Options>) -> [String] {
    node.command.examples.compactMap { example in
      guard let words = shellWords(example.command) else {
        return "the example `\(example.command)` leaves a quote open."
      }
      guard words.first == root.name else { return nil }
      do throws(UsageError) {
        _ = try parse(Array(words.dropFirst()))
        return nil
      } catch {
        return "the example `\(example.command)` is refused: \(error.message)"
      }
    }
  }
}

/// Lower-case ASCII letters and digits in words joined by single hyphens, a letter first.
private func isName(_ text: String) -> Bool {
  let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
  let isFirstLetter = text.utf8.first.map { (97...122).contains($0) } ?? false
  return isFirstLetter
    && words.allSatisfy { word in
      !word.isEmpty && word.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }
}

private func endsWithPeriod(_ text: String) -> Bool {
  text.count > 1 && text.hasSuffix(".")
}

private func duplicates(_ names: [String]) -> [String] {
  var seen: Set<String> = []
  return names.filter { !seen.insert($0).inserted }
}

/// What a command line asks for.
package enum Parsed<Options: Sendable>: Sendable {
  /// Run the command at this path with these options; the path is empty for the tool itself.
  case run(path: [String], options: Options)
  /// Print help for the command at this path, to standard output, and exit with 0.
  case help(path: [String])
  case version
}

extension CommandLineTool {
  /// Reads the arguments that follow the program's name.
  ///
  /// `--name value`, `--name=value` (`--name=` is the empty text), `-n value`, `-nvalue`,
  /// `-n=value` and packed switches are read in any order with the other arguments; `--` ends
  /// options. A value given as its own argument may begin with `-` only when it is `-` itself or a
  /// negative number, or where the option takes dashes. `--help`, `-h` and `--version` win over anything
  /// wrong elsewhere but the name of the command: nothing is shown for one that does not exist. A group
  /// without a command asks for its help.
  package func parse(_ arguments: [String]) throws(UsageError) -> Parsed<Options> {
    if let special = try special(arguments) { return special }
    var parser = Parser(tool: self, arguments: arguments)
    do throws(UsageError) {
      return try parser.parse()
    } catch {
      var located = error
      located.path = parser.node.path
      throw located
    }
  }

  /// The answer when `--help`, `-h` or `--version` stands anywhere before `--`.
  ///
  /// No value can be mistaken for one of them, since the names of options are never separate values.
  private func special(_ arguments: [String]) throws(UsageError) -> Parsed<Options>? {
    let typed = arguments.prefix { $0 != "--" }
    let asksForHelp = typed.contains { $0 == "--help" || $0 == "-h" }
    guard asksForHelp || typed.contains("--version") else { return nil }
    guard asksForHelp else { return .version }
    var node = CommandNode(root: root)
    var next = NextWord.isOwn
    for argument in typed {
      if argument.utf8.first == UInt8(ascii: "-") {
        next = node.word(after: argument)
        continue
      }
      if next == .isValue {
        // It says nothing about the command.
      } else if let child = node.child(named: argument) {
        node = child
      } else if next == .isOwn, !node.command.subcommands.isEmpty, argument != "help" {
        throw node.unknownSubcommand(argument)
      }
      next = .isOwn
    }
    return .help(path: node.path)
  }
}

/// What a word is that follows an option.
private enum NextWord {
  case isOwn, isValue
  /// The option is not known: nobody can tell.
  case mayBeValue
}

extension CommandNode {
  /// What follows an argument that begins with a dash.
  fileprivate func word(after argument: String) -> NextWord {
    if let option = options.first(where: { $0.spellings.contains(argument) }) {
      return option.value == nil ? .isOwn : .isValue
    }
    let isComplete = argument.unicodeScalars.contains("=")
    return isComplete || ["--help", "-h", "--version"].contains(argument) ? .isOwn : .mayBeValue
  }

  fileprivate func unknownSubcommand(_ name: String) -> UsageError {
    let names = command.subcommands.map(\.name)
    // `s3audit top` for `s3audit query top`: the right word in the wrong place.
    let inside = command.subcommands.first { $0.subcommand(named: name) != nil }
    let suggestion =
      inside.map { "\($0.name) \(name)" } ?? nearest(to: name, in: names + ["help"])
    let message = "Unknown subcommand '\(name)'."
    guard let suggestion else {
      return UsageError(
        message,
        hint: names.isEmpty
          ? "It has no subcommands." : "Subcommands are \(names.joined(separator: ", ")).",
        path: path)
    }
    return UsageError("\(message) Did you mean '\(suggestion)'?", path: path)
  }
}

/// One reading of a command line: where it has got to and what it has found.
private struct Parser<Options: Sendable> {
  private(set) var node: CommandNode<Options>
  private var options: Options
  private var rest: ArraySlice<String>
  private var positionals: [String] = []
  private var optionsHaveEnded = false
  private var asksForHelp = false

  init(tool: CommandLineTool<Options>, arguments: [String]) {
    node = CommandNode(root: tool.root)
    options = tool.defaults
    rest = arguments[...]
  }

  mutating func parse() throws(UsageError) -> Parsed<Options> {
    while !asksForHelp, let argument = rest.popFirst() {
      let bytes = argument.utf8
      if optionsHaveEnded || !bytes.starts(with: "-".utf8) || isPositional(argument) {
        try word(argument)
      } else if bytes.elementsEqual("--".utf8) {
        optionsHaveEnded = true
      } else if bytes.starts(with: "--".utf8) {
        try longOption(argument)
      } else {
        try shortOptions(argument)
      }
    }
    if asksForHelp || !node.command.subcommands.isEmpty { return .help(path: node.path) }
    try checkPositionals()
    try node.command.applyPositionals(&options, positionals)
    return .run(path: node.path, options: options)
  }

  /// True for `-`, and for a negative number unless its digit is the name of an option.
  private func isPositional(_ argument: String) -> Bool {
    guard let name = argument.unicodeScalars.dropFirst().first else { return true }
    return isNegativeNumber(argument) && node.option(short: name) == nil
  }

  // MARK: Words

  private mutating func word(_ argument: String) throws(UsageError) {
    guard !node.command.subcommands.isEmpty else {
      positionals.append(argument)
      return
    }
    if let child = node.child(named: argument) {
      node = child
    } else if argument == "help" {
      for name in rest where name.utf8.first != UInt8(ascii: "-") { try descend(to: name) }
      asksForHelp = true
    } else {
      throw node.unknownSubcommand(argument)
    }
  }

  private mutating func descend(to name: String) throws(UsageError) {
    guard let child = node.child(named: name) else { throw node.unknownSubcommand(name) }
    node = child
  }

  private func checkPositionals() throws(UsageError) {
    let expected = node.command.positionals
    if let missing = expected.dropFirst(positionals.count).first(where: \.isRequired) {
      throw UsageError("Missing expected argument '<\(missing.name)>'.")
    }
    if let last = expected.last, last.isRepeated {
      // Everything from its place on belongs to it.
    } else if positionals.count == expected.count + 1 {
      throw UsageError("Unexpected argument '\(positionals[expected.count])'.")
    } else if positionals.count > expected.count {
      let extra = positionals.dropFirst(expected.count)
      let list = extra.map { "'\($0)'" }.joined(separator: ", ")
      throw UsageError("\(extra.count) unexpected arguments: \(list).")
    }
    for (place, text) in positionals.enumerated() {
      let positional = expected[min(place, expected.count - 1)]
      try checkChoice(text, isAmong: positional.choices, for: "<\(positional.name)>")
    }
  }

  // MARK: Options

  private mutating func longOption(_ argument: String) throws(UsageError) {
    // Split on scalars: `=` followed by a combining mark is a single Character.
    let scalars = argument.unicodeScalars.dropFirst(2)
    let equals = scalars.firstIndex(of: "=")
    let name = String(scalars[..<(equals ?? scalars.endIndex)])
    let attached = equals.map { String(scalars[scalars.index(after: $0)...]) }
    guard let option = node.option(long: name) else { throw unknownOption("--\(name)") }
    switch (takesValue: option.value != nil, attached) {
    case (true, let attached?): try apply(option, attached)
    case (true, nil): try apply(option, nextValue(of: option))
    case (false, let attached?): throw unexpectedValue(attached, of: option)
    case (false, nil): try apply(option, "")
    }
  }

  /// Reads `-v`, packed switches, and a last option whose value is the remainder or what follows.
  private mutating func shortOptions(_ argument: String) throws(UsageError) {
    var scalars = argument.unicodeScalars.dropFirst()
    while let name = scalars.popFirst() {
      if name == "h" {
        asksForHelp = true
        return
      }
      guard let option = node.option(short: name) else {
        throw unknownOption("-\(name)", in: argument)
      }
      if option.value != nil {
        if scalars.first == "=" {
          try apply(option, String(scalars.dropFirst()))
        } else {
          try apply(option, scalars.isEmpty ? nextValue(of: option) : String(scalars))
        }
        return
      }
      if scalars.first == "=" {
        throw unexpectedValue(String(scalars.dropFirst()), of: option)
      }
      try apply(option, "")
    }
  }

  private mutating func nextValue(of option: Option<Options>) throws(UsageError) -> String {
    guard let next = rest.first else {
      throw UsageError("Missing value for '\(option.label)'.")
    }
    guard
      next.utf8.first != UInt8(ascii: "-") || next == "-" || isNegativeNumber(next)
        || option.takesDashes && isDashedValue(next)
    else {
      throw UsageError(
        "Missing value for '\(option.label)'.",
        hint: "Write '--\(option.long)=\(next)' if '\(next)' is the value.")
    }
    rest.removeFirst()
    return next
  }

  /// Whether an argument with one dash in front is no option: `-bytes`, but not `-n` or `-b=x`.
  private func isDashedValue(_ argument: String) -> Bool {
    let name = argument.unicodeScalars.dropFirst()
    let isLong = name.first == "-"
    return !isLong && name.count > 1 && !name.contains("=")
  }

  private mutating func apply(_ option: Option<Options>, _ text: String) throws(UsageError) {
    try option.set(&options, to: text, called: option.label)
  }

  private func unexpectedValue(_ text: String, of option: Option<Options>) -> UsageError {
    UsageError("The option '\(option.label)' does not take any value, but '\(text)' was specified.")
  }

  private func unknownOption(_ typed: String, in argument: String? = nil) -> UsageError {
    let names = node.options.map { "--\($0.long)" } + ["--help", "--version"]
    // `-bucket` for `--bucket`: name the whole argument when it spells a long option.
    if let argument, names.contains("-\(argument)") {
      return UsageError("Unknown option '\(argument)'. Did you mean '-\(argument)'?")
    }
    let message = "Unknown option '\(typed)'."
    if let owner = owner(ofOption: typed) {
      return UsageError(
        message, hint: "'\(typed)' belongs to '\(owner.title)': write it after that name.")
    }
    guard argument == nil, let suggestion = nearest(to: typed, in: names) else {
      return UsageError(message)
    }
    return UsageError("\(message) Did you mean '\(suggestion)'?")
  }

  /// The first command below this one that knows the option: it was written too early.
  private func owner(ofOption typed: String) -> CommandNode<Options>? {
    func search(_ node: CommandNode<Options>) -> CommandNode<Options>? {
      for child in node.command.subcommands.map(node.child) {
        if child.options.contains(where: { $0.spellings.contains(typed) }) { return child }
        if let found = search(child) { return found }
      }
      return nil
    }
    return search(node)
  }
}

/// True for a dash, digits, and perhaps a point among or before them: `-5`, `-1.5`, `-.5`.
func isNegativeNumber(_ text: String) -> Bool {
  let parts = text.utf8.dropFirst().split(
    separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
  return text.utf8.first == UInt8(ascii: "-") && parts.last?.isEmpty == false
    && parts.allSatisfy { $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
}

/// One command, or a group of commands when it has subcommands.
///
/// Its options are accepted after its name, there and in every command below it; those of the root
/// are therefore the global ones, accepted anywhere.
package struct Command<Options: Sendable>: Sendable {
  package typealias ApplyPositionals =
    @Sendable (inout Options, [String]) throws(UsageError) -> Void

  package var name: String
  /// One sentence, for lists of commands and the first line of help.
  package var abstract: String
  /// Paragraphs separated by empty lines; a line that begins with two spaces is kept as it is.
  package var discussion: String
  package var positionals: [Positional]
  package var options: [Option<Options>]
  package var subcommands: [Command<Options>]
  package var examples: [Example]
  package var exitStatuses: [ExitStatusRow]
  /// Receives every positional argument, in order, after all options have been applied.
  ///
  /// Their number and choices have been checked.
  package var applyPositionals: ApplyPositionals

  package init(
    name: String, abstract: String, discussion: String = "", positionals: [Positional] = [],
    options: [Option<Options>] = [], subcommands: [Command<Options>] = [],
    examples: [Example] = [], exitStatuses: [ExitStatusRow] = [],
    applyPositionals: @escaping ApplyPositionals = { _, _ in }
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.positionals = positionals
    self.options = options
    self.subcommands = subcommands
    self.examples = examples
    self.exitStatuses = exitStatuses
    self.applyPositionals = applyPositionals
  }

  func subcommand(named name: String) -> Command? {
    subcommands.first { $0.name == name }
  }

  /// The same command in a larger structure: it is written against the part that it sets.
  package func scoped<Root: Sendable>(
    to part: any WritableKeyPath<Root, Options> & Sendable
  ) -> Command<Root> {
    Command<Root>(
      name: name, abstract: abstract, discussion: discussion, positionals: positionals,
      options: options.map { $0.scoped(to: part) },
      subcommands: subcommands.map { $0.scoped(to: part) }, examples: examples,
      exitStatuses: exitStatuses
    ) { [applyPositionals] root, arguments throws(UsageError) in
      try applyPositionals(&root[keyPath: part], arguments)
    }
  }
}

/// An argument known by its place.
package struct Positional: Sendable {
  package var name: String
  package var help: String
  package var isRequired: Bool
  /// Takes all the arguments that are left; only the last one can.
  package var isRepeated: Bool
  /// The only values accepted; empty accepts every value.
  package var choices: [String]
  /// Whether shells complete it as the name of a file.
  package var isPath: Bool

  package init(
    name: String, help: String, isRequired: Bool = true, isRepeated: Bool = false,
    choices: [String] = [], isPath: Bool = false
  ) {
    self.name = name
    self.help = help
    self.isRequired = isRequired
    self.isRepeated = isRepeated
    self.choices = choices
    self.isPath = isPath
  }

  /// As usage lines show it: `<sql>`, `[<bucket> ...]`.
  var usage: String {
    let name = isRepeated ? "<\(name)> ..." : "<\(name)>"
    return isRequired ? name : "[\(name)]"
  }
}

/// A command line worth copying, and what it is for.
package struct Example: Sendable {
  package var comment: String
  package var command: String

  package init(_ comment: String, _ command: String) {
    self.comment = comment
    self.command = command
  }
}

/// One line of EXIT STATUS.
package struct ExitStatusRow: Sendable {
  package var code: Int32
  package var meaning: String

  package init(_ code: Int32, _ meaning: String) {
    self.code = code
    self.meaning = meaning
  }
}

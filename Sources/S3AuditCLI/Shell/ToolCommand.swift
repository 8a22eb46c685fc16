internal import Arguments

/// A command of s3audit as one value: its words, its arguments, and what runs it.
///
/// A command stands in one file of its own and in one list, `commands`. Its rows are written against
/// arguments of its own type, which nothing else sees:
///
///     let touchCommand = ToolCommand(
///       Command<TouchArguments>(
///         name: "touch", abstract: "Try whether the index can be written.", options: [forceRow])
///     ) { arguments, context in
///       try Touch(context).run(force: arguments.isForced)
///       return .done
///     }
///
///     struct TouchArguments: CommandArguments { var isForced = false }
///
/// A question about the index is none of these but an `Answer`, in the module of that name.
struct ToolCommand: Sendable {
  /// Begins on the main thread: a query blocks it while SQLite works; a sync leaves it at once.
  typealias Run = @MainActor @Sendable (Context) async throws -> ExitStatus

  /// The command as parser, help, completions and manual see it.
  let words: Command<ToolOptions>
  fileprivate let run: Run?
  fileprivate let subcommands: [ToolCommand]

  /// A command that is run with its arguments and the process around it.
  init<Arguments: CommandArguments>(
    _ words: Command<Arguments>,
    run: @escaping @MainActor @Sendable (Arguments, Context) async throws -> ExitStatus
  ) {
    let key = ParsedArguments.Key<Arguments>()
    self.words = words.scoped(to: \ToolOptions.arguments[key])
    self.run = { context in try await run(context.options.arguments[key], context) }
    subcommands = []
  }

  /// A group of commands, with options that all of them take.
  init<Arguments: CommandArguments>(group words: Command<Arguments>, _ subcommands: [ToolCommand]) {
    var words = words.scoped(to: \ToolOptions.arguments[ParsedArguments.Key<Arguments>()])
    words.subcommands = subcommands.map(\.words)
    self.words = words
    self.subcommands = subcommands
    run = nil
  }
}

extension [ToolCommand] {
  /// What runs the command at a path, such as `["query", "du"]`; nil where the path leads to none.
  func run(at path: some Collection<String>) -> ToolCommand.Run? {
    guard let name = path.first, let command = first(where: { $0.words.name == name }) else {
      return nil
    }
    let rest = path.dropFirst()
    return rest.isEmpty ? command.run : command.subcommands.run(at: rest)
  }
}

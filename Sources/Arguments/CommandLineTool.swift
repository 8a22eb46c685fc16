/// A program's whole command line as one table.
///
/// Parsing, help, shell completions, the man page and the table's own check are functions of it, so
/// none of them can disagree. Nothing here reads the environment, the terminal or the clock.
package struct CommandLineTool<Options: Sendable>: Sendable {
  package var version: String
  /// The program itself: its name, its commands, and the options accepted everywhere.
  package var root: Command<Options>
  /// The options before anything is typed: every default.
  package var defaults: Options

  package init(version: String, root: Command<Options>, defaults: Options) {
    self.version = version
    self.root = root
    self.defaults = defaults
  }

  /// The paths of every command that can be run, in table order; a group is not among them.
  ///
  /// Meant for the test that each has its own case where commands are carried out.
  package var runnablePaths: [[String]] {
    nodes.filter { $0.command.subcommands.isEmpty }.map(\.path)
  }
}

/// A command with its place in the tree.
struct CommandNode<Options: Sendable> {
  /// The names below the root; empty for the root itself.
  var path: [String]
  /// From the root down to the command itself.
  var chain: [Command<Options>]

  init(root: Command<Options>) {
    path = []
    chain = [root]
  }

  private init(path: [String], chain: [Command<Options>]) {
    self.path = path
    self.chain = chain
  }

  var command: Command<Options> { chain[chain.count - 1] }

  /// `s3audit query top`.
  var title: String { chain.map(\.name).joined(separator: " ") }

  /// The options accepted here, the command's own first and the global ones last.
  ///
  /// One that a command has of its own stands for that of the same name further out.
  var options: [Option<Options>] { Self.options(of: chain) }

  /// Those of the command and of the groups it is in; without the global ones in a tree of commands.
  var ownOptions: [Option<Options>] { Self.options(of: chain.dropFirst()) }

  /// The root's, without those that others stand for.
  var globalOptions: [Option<Options>] { Array(options.dropFirst(ownOptions.count)) }

  private static func options(
    of chain: some BidirectionalCollection<Command<Options>>
  ) -> [Option<Options>] {
    chain.reversed().reduce(into: []) { options, command in
      let nearer = Set(options.map(\.long))
      options += command.options.filter { !nearer.contains($0.long) }
    }
  }

  func child(_ command: Command<Options>) -> CommandNode {
    CommandNode(path: path + [command.name], chain: chain + [command])
  }

  func child(named name: String) -> CommandNode? {
    command.subcommand(named: name).map(child)
  }

  func option(long name: some StringProtocol) -> Option<Options>? {
    options.first { $0.long == name }
  }

  func option(short name: Unicode.Scalar) -> Option<Options>? {
    options.first { $0.short == Character(name) }
  }
}

extension CommandLineTool {
  /// Every command in table order, a group before its members.
  var nodes: [CommandNode<Options>] {
    func below(_ node: CommandNode<Options>) -> [CommandNode<Options>] {
      [node] + node.command.subcommands.flatMap { below(node.child($0)) }
    }
    return below(CommandNode(root: root))
  }

  /// The command at `path`, or the nearest group above it that exists.
  func node(at path: [String]) -> CommandNode<Options> {
    var node = CommandNode(root: root)
    for name in path {
      guard let child = node.child(named: name) else { break }
      node = child
    }
    return node
  }
}

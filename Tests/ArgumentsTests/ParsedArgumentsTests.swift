import Arguments
import Testing

private struct Depth: CommandArguments {
  var levels = 1
  var names: [String] = []
}

private struct Format: CommandArguments {
  var isRaw = false
}

private struct Everything: Sendable {
  var arguments = ParsedArguments()
}

@Suite struct ParsedArgumentsTests {
  private let depth = ParsedArguments.Key<Depth>()
  private let format = ParsedArguments.Key<Format>()

  @Test func holdsDefaultsUntilSomethingIsSet() {
    #expect(ParsedArguments()[depth].levels == 1)
  }

  @Test func keepsArgumentsOfEachTypeApart() {
    var arguments = ParsedArguments()
    arguments[depth].levels = 3
    arguments[format].isRaw = true
    #expect(arguments[depth].levels == 3)
    #expect(arguments[format].isRaw)
  }

  /// `tool du --levels 2 a b` and its group's `--raw`, each against a structure of its own.
  private var tool: CommandLineTool<Everything> {
    let du = Command<Depth>(
      name: "du", abstract: "Sum.",
      positionals: [Positional(name: "name", help: "A name.", isRepeated: true)],
      options: [.count("levels", in: 0...9, help: "Levels.", sets: \.levels)],
      applyPositionals: { depth, names in depth.names = names })
    var query = Command<Format>(
      name: "query", abstract: "Ask.", options: [.flag("raw", help: "Raw.", sets: \.isRaw)]
    ).scoped(to: \Everything.arguments[format])
    query.subcommands = [du.scoped(to: \Everything.arguments[depth])]
    return CommandLineTool(
      version: "1", root: Command(name: "tool", abstract: "A tool.", subcommands: [query]),
      defaults: Everything())
  }

  @Test func commandsSetTheirOwnPart() throws {
    guard
      case .run(let path, let found) = try tool.parse(
        ["query", "du", "--raw", "--levels", "2", "a", "b"])
    else { throw UsageError("The arguments ask for help.") }
    #expect(path == ["query", "du"])
    #expect(found.arguments[depth].levels == 2)
    #expect(found.arguments[depth].names == ["a", "b"])
    #expect(found.arguments[format].isRaw)
  }

  @Test func refusesAValueAsIfItWereNotScoped() {
    #expect(
      throws: UsageError(
        "The value '10' is invalid for '--levels <count>': use a whole number, 0 to 9.",
        path: ["query", "du"])
    ) { try tool.parse(["query", "du", "--levels", "10", "a"]) }
  }
}

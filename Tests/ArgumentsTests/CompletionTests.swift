import Testing

@testable import Arguments

@Suite struct CompletionTests {
  @Test(arguments: Shell.allCases) func namesEveryCommandAndOption(shell: Shell) {
    let script = sample.completionScript(shell: shell)
    for word in ["sync", "query", "top", "sql", "completions", "help"] {
      #expect(script.contains(word))
    }
    for name in ["profile", "format", "quiet", "concurrency", "exclude", "by", "version"] {
      #expect(script.contains(shell == .fish ? "-l \(name)" : "--\(name)"))
    }
  }

  @Test(
    .enabled(if: ShellProgram.isInstalled("bash"), "bash is not installed"),
    arguments: [
      ("sample s", "sync"), ("sample query ", "top sql help"),
      ("sample --format ", "table json csv"),
      ("sample --format = j", "json"), ("sample --format = ", "table json csv"),
      ("sample --profile query sync --f", "--full --format"), ("sample --profile ", ""),
      ("sample query top --by s", "size"), ("sample query sql --by s", ""),
      ("sample -q query --format json top --b", "--by"), ("sample completions z", "zsh"),
      ("sample help q", "query"), ("sample --v", "--version"), ("sample sync --v", ""),
    ])
  func completesInBash(line: String, expected: String) throws {
    #expect(try completedByBash(line, sample) == expected + "\n")
  }

  private func completedByBash(
    _ line: String, _ tool: CommandLineTool<SampleOptions>
  ) throws -> String {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    let program = try #require(ShellProgram("bash"))
    let script =
      tool.completionScript(shell: .bash)
        + """
        COMP_WORDS=(\(words.map { singleQuoted(String($0)) }.joined(separator: " ")))
        COMP_CWORD=\(words.count - 1)
        cd / && _sample
        echo "${COMPREPLY[*]}"
        """
    return try program.run([], on: script).output
  }

  /// A command whose option hides the global one of its name.
  private static let hiding = CommandLineTool<SampleOptions>(
    version: "1",
    root: Command(
      name: "sample", abstract: "Outer.",
      options: [.choice("format", value: "format", help: "Outer.", sets: \.shape)],
      subcommands: [
        Command(
          name: "write", abstract: "Inner.",
          positionals: [Positional(name: "target", help: "A place.", isPath: true)],
          options: [
            Option(long: "format", value: "format", help: "Inner.", choices: ["plain", "full"]) {
              _, _ in
            },
            Option(long: "into", value: "folder", help: "A folder.") { _, _ in },
          ])
      ]), defaults: SampleOptions())

  @Test(
    .enabled(if: ShellProgram.isInstalled("bash"), "bash is not installed"),
    arguments: [
      ("sample --format ", "table json csv"), ("sample write --format ", "plain full"),
      ("sample write /et", "/etc"), ("sample write --into /et", "/etc"),
    ])
  func anOptionOfACommandHidesTheOuterOneInBash(line: String, expected: String) throws {
    #expect(try completedByBash(line, Self.hiding) == expected + "\n")
  }

  @Test func anOptionOfACommandHidesTheOuterOneInFish() {
    let rows = Self.hiding.completionScript(shell: .fish).split(separator: "\n")
      .filter { $0.contains("-l format") }
    #expect(
      rows.first?.contains("'__sample_within sample; and not __sample_at sample write'") == true)
    #expect(rows.last?.contains("'__sample_at sample write'") == true)
  }

  @Test(
    .enabled(if: ShellProgram.isInstalled("zsh"), "zsh is not installed"))
  func isValidZsh() throws {
    let program = try #require(ShellProgram("zsh"))
    let result = try program.run(["-n"], on: sample.completionScript(shell: .zsh))
    #expect(result.output == "")
    #expect(result.status == 0)
  }

  @Test(.enabled(if: ShellProgram.isInstalled("fish"), "fish is not installed"))
  func isValidFish() throws {
    let program = try #require(ShellProgram("fish"))
    let result = try program.run(["-n"], on: sample.completionScript(shell: .fish))
    #expect(result.output == "")
    #expect(result.status == 0)
  }

  @Test(
    .enabled(if: ShellProgram.isInstalled("fish"), "fish is not installed"),
    arguments: [
      ("sample s", "sync"), ("sample query ", "help sql top"),
      ("sample --format ", "csv json table"),
      ("sample --format=j", "--format=json"), ("sample --profile query sync --fu", "--full"),
      ("sample query top --by s", "size"), ("sample completions z", "zsh"),
      ("sample sync --v", ""),
    ])
  func completesInFish(line: String, expected: String) throws {
    let program = try #require(ShellProgram("fish"))
    let script =
      sample.completionScript(shell: .fish) + "\ncomplete -C \(singleQuoted(line))\n"
    let result = try program.run(["--no-config"], on: script)
    let names = result.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
    #expect(names.sorted().joined(separator: " ") == expected)
  }
}

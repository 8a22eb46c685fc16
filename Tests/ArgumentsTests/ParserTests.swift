import Arguments
import Testing

@Suite struct ParserTests {
  struct Reading: Sendable, CustomTestStringConvertible {
    var line: String
    var path: [String]
    var expected: SampleOptions

    var testDescription: String { line }

    init(_ line: String, _ path: [String], _ change: (inout SampleOptions) -> Void = { _ in }) {
      self.line = line
      self.path = path
      expected = SampleOptions()
      change(&expected)
    }
  }

  /// Words are separated by spaces; `␠` stands for a space inside one.
  private func words(_ line: String) -> [String] {
    line.split(separator: " ").map { String($0.map { $0 == "␠" ? " " : $0 }) }
  }

  @Test(arguments: [
    Reading("sync", ["sync"]),
    Reading("sync --concurrency 3", ["sync"]) { $0.crawl.concurrency = 3 },
    Reading("sync --concurrency=3", ["sync"]) { $0.crawl.concurrency = 3 },
    Reading("sync -c 3", ["sync"]) { $0.crawl.concurrency = 3 },
    Reading("sync -c3", ["sync"]) { $0.crawl.concurrency = 3 },
    Reading("sync -c=3", ["sync"]) { $0.crawl.concurrency = 3 },
    Reading("sync -fqc3", ["sync"]) {
      $0.crawl = .init(concurrency: 3, isFull: true)
      $0.isQuiet = true
    },
    Reading("sync -fc 3 -q", ["sync"]) {
      $0.crawl = .init(concurrency: 3, isFull: true)
      $0.isQuiet = true
    },
    Reading("sync --concurrency 3 --concurrency 4", ["sync"]) { $0.crawl.concurrency = 4 },
    Reading("sync --exclude a --exclude=b", ["sync"]) { $0.crawl.excluded = ["a", "b"] },
    Reading("sync --exclude=", ["sync"]) { $0.crawl.excluded = [""] },
    Reading("sync --exclude=--full", ["sync"]) { $0.crawl.excluded = ["--full"] },
    Reading("sync --exclude=a=b", ["sync"]) { $0.crawl.excluded = ["a=b"] },
    Reading("sync --exclude - --exclude -5 --exclude -.5", ["sync"]) {
      $0.crawl.excluded = ["-", "-5", "-.5"]
    },
    Reading("--profile p sync -q", ["sync"]) {
      $0.profile = "p"
      $0.isQuiet = true
    },
    Reading("sync a --profile sync -f b", ["sync"]) {
      $0.profile = "sync"
      $0.crawl.isFull = true
      $0.words = ["a", "b"]
    },
    Reading("--profile sync query --no-color top b", ["query", "top"]) {
      $0.profile = "sync"
      $0.usesColor = false
      $0.words = ["b"]
    },
    Reading("sync a -- -f --help -- b", ["sync"]) { $0.words = ["a", "-f", "--help", "--", "b"] },
    Reading("sync - -7 -1.5", ["sync"]) { $0.words = ["-", "-7", "-1.5"] },
    Reading("query sql select␠1", ["query", "sql"]) { $0.words = ["select 1"] },
    Reading("query top --order -size", ["query", "top"]) { $0.order = "-size" },
    Reading("query top --order=-size", ["query", "top"]) { $0.order = "-size" },
    Reading("query top --order -quiet -q", ["query", "top"]) {
      $0.order = "-quiet"
      $0.isQuiet = true
    },
    Reading("query top --format json", ["query", "top"]) { $0.shape = .json },
    Reading("completions zsh", ["completions"]) { $0.words = ["zsh"] },
  ])
  func reads(_ reading: Reading) throws {
    guard case .run(let path, let options) = try sample.parse(words(reading.line)) else {
      Issue.record("no command was run by: \(reading.line)")
      return
    }
    #expect(path == reading.path)
    #expect(options == reading.expected)
  }

  @Test(arguments: [
    ("", []), ("--quiet", []), ("query", ["query"]), ("--help", []), ("-h", []), ("help", []),
    ("sync --help", ["sync"]), ("--help sync", ["sync"]), ("sync -fh", ["sync"]),
    ("help query top", ["query", "top"]), ("query help sql", ["query", "sql"]),
    ("--profile sync query -h", ["query"]), ("sync --bogus --help", ["sync"]),
    ("sync --concurrency zero -h", ["sync"]), ("--version sync --help", ["sync"]),
    ("query sql --help", ["query", "sql"]), ("sync nonsense --help", ["sync"]),
    ("help sync --format", ["sync"]), ("--bogus nonsense --help", []),
    ("--bogus sync --help", ["sync"]), ("--format=json sync --help", ["sync"]),
    ("query top --order -h", ["query", "top"]),
  ])
  func asksForHelp(line: String, expected: [String]) throws {
    guard case .help(let path) = try sample.parse(words(line)) else {
      Issue.record("no help was asked for by: \(line)")
      return
    }
    #expect(path == expected)
  }

  @Test(arguments: ["--version", "sync --version", "--bogus --version", "sync -c 0 --version"])
  func asksForVersion(line: String) throws {
    guard case .version = try sample.parse(words(line)) else {
      Issue.record("the version was not asked for by: \(line)")
      return
    }
  }

  @Test func parsesRootWithoutSubcommands() throws {
    let tool = CommandLineTool<SampleOptions>(
      version: "1",
      root: Command(name: "tiny", abstract: "Do one thing.", options: sample.root.options),
      defaults: SampleOptions())
    guard case .run(let path, let options) = try tool.parse(["-q"]) else {
      Issue.record("the tool was not run")
      return
    }
    #expect(path.isEmpty)
    #expect(options.isQuiet)
    #expect(
      tool.usage(for: []) == "tiny [--profile <name>] [--format <format>] [--quiet] [--no-color]")
  }

  /// Values that a parser working on Characters, or trimming, would change.
  static let nastyValues =
    [
      "", " ", "=", "==a", "\u{301}x", "\r\n", "'", "'\u{301}", "\"\\$`", "-", "--", "é",
      "e\u{301}",
    ]
    + ["--help", "a b\tc", "💥", "\u{202E}", "*?[", "#", "a;b|c&d", "\\", "\\\n"]

  @Test(arguments: nastyValues) func givesBackEveryAttachedValue(value: String) throws {
    let parsed = try sample.parse(["sync", "--exclude=" + value, "--", value])
    guard case .run(_, let options) = parsed else {
      Issue.record("no command was run")
      return
    }
    #expect(options.crawl.excluded.map { Array($0.utf8) } == [Array(value.utf8)])
    #expect(options.words.map { Array($0.utf8) } == [Array(value.utf8)])
  }

  @Test func listsRunnableCommands() {
    #expect(
      sample.runnablePaths == [["sync"], ["query", "top"], ["query", "sql"], ["completions"]])
  }

  /// As `--format` of a command whose formats are its own.
  @Test func aCommandsOwnOptionHidesTheGlobalOneOfItsName() throws {
    var tool = sample
    tool.root.subcommands[0].options.append(
      Option(long: "profile", value: "name", help: "Another profile.") { $0.order = $1 })
    #expect(tool.tableFindings() == [])
    guard case .run(_, let options) = try tool.parse(["sync", "--profile", "own"]) else {
      Issue.record("it is no command")
      return
    }
    #expect(options.order == "own" && options.profile == nil)
    guard case .run(_, let global) = try tool.parse(["--profile", "global", "sync"]) else {
      Issue.record("it is no command")
      return
    }
    #expect(global.order == nil && global.profile == "global")
    #expect(tool.help(for: ["sync"], columns: 80).contains("Another profile."))
    #expect(!tool.help(for: ["sync"], columns: 80).contains(sample.root.options[0].help))
    #expect(tool.help(for: [], columns: 80).contains(sample.root.options[0].help))
  }
}

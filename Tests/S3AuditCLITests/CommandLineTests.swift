import AWS
import Arguments
import Sync
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct CommandLineTests {
  @Test func tableHasNoFindings() {
    #expect(tool.tableFindings() == [])
  }

  @Test func everyCommandOfTheTableCanBeCarriedOut() {
    #expect(!tool.runnablePaths.isEmpty)
    for path in tool.runnablePaths { #expect(commands.run(at: path) != nil, "\(path)") }
  }

  @Test(arguments: [[], ["query"], ["query", "nothing"], ["sync", "now"], ["find"]])
  func carriesOutNothingElse(path: [String]) {
    #expect(commands.run(at: path) == nil)
  }

  /// The options that a command line comes to.
  private func options(_ arguments: String...) throws -> ToolOptions {
    guard case .run(_, let options) = try tool.parse(arguments) else {
      throw UsageError("The arguments ask for help.")
    }
    return options
  }

  /// The arguments of one command of it.
  private func parsed<A: CommandArguments>(_ type: A.Type, _ arguments: String...) throws -> A {
    guard case .run(_, let options) = try tool.parse(arguments) else {
      throw UsageError("The arguments ask for help.")
    }
    return options.arguments[ParsedArguments.Key<A>()]
  }

  @Test func readsASync() throws {
    let sync = try parsed(
      SyncArguments.self, "sync", "-c", "8", "--max-requests-per-second", "2.5", "--include", "a*",
      "--include", "b*",
      "--exclude", "ab", "--full",
      "--prune", "-n", "--profile", "audit", "--region", "eu-west-1", "--addressing-style", "path",
      "--progress", "plain", "-qv", "logs", "s3://media/2026/", "web-*")
    #expect(sync.options.concurrency == 8)
    #expect(sync.requestsPerSecondMax == 2.5)
    #expect(sync.options.includes == ["a*", "b*"])
    #expect(sync.options.excludes == ["ab"])
    #expect(sync.options.restarts && sync.options.prunes && sync.isDryRun)
    #expect(sync.connection.profile == "audit")
    #expect(sync.connection.region == "eu-west-1")
    #expect(sync.connection.addressingStyle == .path)
    #expect(sync.progress == .plain)
    #expect(
      sync.options.targets == [
        .bucket("logs", prefix: .start), .bucket("media", prefix: Key("2026/")), .pattern("web-*"),
      ])
  }

  @Test func readsAProbe() throws {
    let sync = try parsed(SyncArguments.self, "sync", "--probe", "--dry-run")
    #expect(sync.isDryRun && sync.probes)
    let error = #expect(throws: UsageError.self) { try tool.parse(["sync", "--probe"]) }
    #expect(error?.hint == "add --dry-run, or leave out --probe")
  }

  @Test func refusesWishesThatExcludeEachOther() throws {
    for options in [["--versions", "--no-versions"], ["--no-versions", "--versions"]] {
      let error = #expect(throws: UsageError.self) { try tool.parse(["sync"] + options) }
      #expect(options.allSatisfy { error?.message.contains("'\($0)'") == true })
    }
    let sync = try parsed(SyncArguments.self, "sync", "--versions", "--versions")
    #expect(sync.options.listsVersions == true)
  }

  @Test func readsWhatEveryCommandTakes() throws {
    let options = try options("sync", "-qv", "--index", "a.sqlite3", "--unit", "KiB")
    #expect(options.output.isQuiet && options.output.isVerbose)
    #expect(options.output.unit == .KiB)
    #expect(options.indexPath == "a.sqlite3")
  }

  @Test func readsEachProfileOnce() throws {
    let sync = try parsed(
      SyncArguments.self, "sync", "--profile", "b", "--region", "r", "--profile=a", "--profile", "b"
    )
    #expect(sync.connection.perProfile.map(\.profiles) == [["b"], ["a"]])
    #expect(sync.connection.perProfile.map(\.region) == ["r", "r"])
    #expect(try parsed(SyncArguments.self, "sync").connection.perProfile.map(\.profile) == [nil])
  }

  @Test func readsAList() throws {
    let list = try parsed(
      ListArguments.self, "list", "--sorted", "-0", "-c", "8", "--max-requests-per-second", "2.5",
      "s3://logs/2026/")
    #expect(list.bucket == "logs")
    #expect(list.prefix == Key("2026/"))
    #expect(list.isSorted && list.endsKeysWithZeros)
    #expect(list.concurrency == 8)
    #expect(list.requestsPerSecondMax == 2.5)
  }

  @Test(
    arguments: [
      (
        ["query", "find", "--min-size", "1XB"],
        "The value '1XB' is invalid for '--min-size <size>': use bytes or a unit, like 1048576, "
          + "1MiB or 1.5GB."
      ),
      (
        ["query", "top", "--older-than", "soon"],
        "The value 'soon' is invalid for '--older-than <age>': use a number and a unit, like 90s, "
          + "45m, 12h, 30d, 2w or 1y."
      ),
      (
        ["query", "totals", "--since", "2026-02-30"],
        "The value '2026-02-30' is invalid for '--since <date>': use a date in UTC, like "
          + "2026-11-20 or 2026-11-20T12:00:00Z."
      ),
      (
        ["query", "find", "--regex", "("],
        "The value '(' is invalid for '--regex <regex>': it is not a regular expression."
      ),
      (
        ["query", "find", "--limit", "0"],
        "The value '0' is invalid for '--limit <count>': use a whole number, 1 or more."
      ),
      (
        ["sync", "--max-requests-per-second", "0.5"],
        "The value '0.5' is invalid for '--max-requests-per-second <rate>': use a number, 1 or "
          + "more."
      ),
      (
        ["sync", "--probe", "logs"],
        "The option '--probe' is only for '--dry-run': a sync lists everything anyway."
      ),
      (["sync", "a/b"], "The argument 'a/b' is neither a bucket nor a bucket pattern."),
      (["sync", "s3:///x"], "The argument 's3:///x' names no bucket."),
      (["sync", "s3://a*/x"], "The argument 's3://a*/x' has both a bucket pattern and a prefix."),
      (["list", "logs-*"], "The argument 'logs-*' is a pattern of buckets."),
      (["list"], "Missing expected argument '<target>'."),
      (["top"], "Unknown subcommand 'top'. Did you mean 'query top'?"),
      (["sync", "--dryrun"], "Unknown option '--dryrun'. Did you mean '--dry-run'?"),
    ])
  func refusesInOneSentence(arguments: [String], message: String) {
    let error = #expect(throws: UsageError.self) { try tool.parse(arguments) }
    #expect(error?.message == message)
  }
}

import AWS
import Arguments
import Crawl
import Index
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct CommandLineTests {
  @Test func tableHasNoFindings() {
    #expect(tool.tableFindings() == [])
  }

  @Test func everyCommandOfTheTableCanBeCarriedOut() {
    #expect(tool.runnablePaths.count == 12)
    for path in tool.runnablePaths {
      #expect(S3Audit.command(at: path) != nil, "\(path)")
    }
  }

  @Test(arguments: [[], ["query"], ["query", "nothing"], ["sync", "now"], ["find"]])
  func carriesOutNothingElse(path: [String]) {
    #expect(S3Audit.command(at: path) == nil)
  }

  /// The options that a command line comes to.
  private func options(_ arguments: String...) throws -> ToolOptions {
    guard case .run(_, let options) = try tool.parse(arguments) else {
      throw UsageError("The arguments ask for help.")
    }
    return options
  }

  @Test func readsASync() throws {
    let options = try options(
      "sync", "-c", "8", "--max-requests-per-second", "2.5", "--include", "a*", "--include", "b*",
      "--exclude", "ab", "--full",
      "--prune", "-n", "--profile", "audit", "--region", "eu-west-1", "--addressing-style", "path",
      "--progress", "plain", "-qv", "logs", "s3://media/2026/", "web-*")
    #expect(options.sync.concurrency == 8)
    #expect(options.sync.requestsPerSecondMax == 2.5)
    #expect(options.sync.includes == ["a*", "b*"])
    #expect(options.sync.excludes == ["ab"])
    #expect(options.sync.restarts && options.sync.prunes && options.sync.isDryRun)
    #expect(options.connection.profile == "audit")
    #expect(options.connection.region == "eu-west-1")
    #expect(options.connection.addressingStyle == .path)
    #expect(options.output.progress == .plain)
    #expect(options.output.isQuiet && options.output.isVerbose)
    #expect(
      options.sync.targets == [
        .bucket("logs", prefix: .start), .bucket("media", prefix: Key("2026/")), .pattern("web-*"),
      ])
  }

  @Test func readsEachProfileOnce() throws {
    let options = try options(
      "sync", "--profile", "b", "--region", "r", "--profile=a", "--profile", "b")
    #expect(options.connection.perProfile.map(\.profiles) == [["b"], ["a"]])
    #expect(options.connection.perProfile.map(\.region) == ["r", "r"])
    #expect(try self.options("sync").connection.perProfile.map(\.profile) == [nil])
  }

  @Test func readsAccountPatterns() throws {
    let options = try options(
      "query", "totals", "--by", "account", "--account", "prod", "--account", "1*")
    #expect(options.query.filter.filter.accounts == ["prod", "1*"])
    #expect(options.query.grouping == .account)
  }

  @Test func readsAList() throws {
    let options = try options(
      "list", "--sorted", "-0", "-c", "8", "--max-requests-per-second", "2.5", "s3://logs/2026/")
    #expect(options.list.bucket == "logs")
    #expect(options.list.prefix == Key("2026/"))
    #expect(options.list.isSorted && options.list.endsKeysWithZeros)
    #expect(options.list.concurrency == 8)
    #expect(options.list.requestsPerSecondMax == 2.5)
  }

  @Test func readsAFilter() throws {
    let arguments = try options(
      "query", "find", "logs-*", "s3://media/a/", "-k", "*.gz", "-p", "x/", "--min-size", "1KiB",
      "--max-size", "2KB", "--since", "2026-01-02", "--older-than", "2d", "--class", "glacier",
      "-n", "5", "--require-complete"
    ).query
    let filter = arguments.filter.filter
    #expect(
      filter.scopes == [
        .init(bucketPattern: "logs-*"), .init(bucketPattern: "media", prefix: Key("a/")),
      ])
    #expect(filter.keyGlob == "*.gz")
    #expect(filter.prefix == Key("x/"))
    #expect(filter.sizeMin == 1_024)
    #expect(filter.sizeMax == 2_000)
    #expect(filter.storageClasses == ["glacier"])
    #expect(arguments.filter.since == [.at(.init(year: 2026, month: 1, day: 2))])
    #expect(arguments.filter.before == [.ago(milliseconds: 172_800_000)])
    #expect(arguments.limit == 5)
    #expect(arguments.requiresComplete)
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

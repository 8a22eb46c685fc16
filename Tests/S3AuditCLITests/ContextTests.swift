import S3
import Testing
import Vocabulary

@testable import Crawl
@testable import Index
@testable import S3AuditCLI
@testable import Sync

/// The process's one handler of signals: making it has effects on the process.
private let interrupt = Interrupt()

@Suite struct ContextTests {
  private func context(
    _ variables: [String: String], indexPath: String? = nil
  ) -> Context {
    var options = ToolOptions()
    options.indexPath = indexPath
    return Context(tool: tool, options: options, interrupt: interrupt, variables: variables)
  }

  private static let all = [
    "S3AUDIT_INDEX": "var.sqlite3", "XDG_DATA_HOME": "/data", "HOME": "/home/u",
  ]

  @Test func optionNamesTheIndexBeforeAllElse() throws {
    #expect(try context(Self.all, indexPath: "opt.sqlite3").indexPath() == "opt.sqlite3")
  }

  @Test func variableComesBeforeTheDataFolder() throws {
    #expect(try context(Self.all).indexPath() == "var.sqlite3")
  }

  @Test(arguments: [nil, ""])
  func dataFolderComesBeforeTheHome(variable: String?) throws {
    var variables = Self.all
    variables["S3AUDIT_INDEX"] = variable
    #expect(try context(variables).indexPath() == "/data/s3audit/index.sqlite3")
  }

  @Test(arguments: [nil, "", "relative/data"])
  func dataFolderThatIsNotAbsoluteIsIgnored(folder: String?) throws {
    var variables = ["HOME": "/home/u"]
    variables["XDG_DATA_HOME"] = folder
    #expect(
      try context(variables).indexPath() == "/home/u/.local/share/s3audit/index.sqlite3")
  }

  @Test(arguments: [nil, ""])
  func withoutAHomeTheUserIsAsked(home: String?) {
    var variables: [String: String] = [:]
    variables["HOME"] = home
    let error = #expect(throws: CommandFailure.self) { try context(variables).indexPath() }
    #expect(error?.message == "there is no HOME to keep the index in")
    #expect(error?.hint == "name a file with --index")
  }

  // MARK: - The end of a sync

  private func refusalText(_ buckets: [SyncSummary.Bucket], missing: [String] = []) -> String {
    var summary = SyncSummary()
    summary.buckets = buckets
    summary.missing = missing
    return SyncReport(context([:]), summary: summary, indexPath: "/x").refusalText
  }

  private func bucket(_ name: String, _ outcome: CrawlOutcome) -> SyncSummary.Bucket {
    SyncSummary.Bucket(name: name, counts: ChangeCounts(), isResumed: false, outcome: outcome)
  }

  @Test func saysNothingWhenNothingWasRefused() {
    #expect(refusalText([bucket("a", .complete)]) == "")
  }

  @Test func namesEachAccountThatRefusedItsList() {
    var summary = SyncSummary()
    let refusal = S3Error(
      operation: "list", resource: S3Client.bucketListResource, statusCode: 403,
      code: "AccessDenied")
    summary.refusedAccounts = [RefusedAccount(profile: "dev", error: refusal)]
    let text = SyncReport(context([:]), summary: summary, indexPath: "/x").refusalText
    #expect(
      text == """
        Error: profile 'dev': cannot list the buckets: access denied (AccessDenied)
        Help:  name the buckets that you may list: s3audit sync s3://BUCKET …

        """)
  }

  @Test func namesEachBucketThatWasRefusedAndWhatToDo() {
    let denial = S3Error(operation: "list", resource: "s3://b", code: "AccessDenied", hint: "ask")
    let text = refusalText(
      [
        bucket("a", .complete),
        bucket("b", .denied(CrawlFailure(denial))),
        bucket("c", .failed(CrawlFailure(BucketTooLarge()))),
      ], missing: ["d"])
    #expect(
      text == """
        Error: cannot list s3://b: access denied (AccessDenied)
        Error: cannot list s3://c: its objects would have more than 1152921504606846976 bytes \
        together, which cannot be
        Error: s3://d no longer exists; the index keeps what it held
        Help:  run 's3audit sync --prune' to remove such buckets from the index
        Help:  ask
        Help:  s3audit needs s3:ListBucket on a bucket; leave others out with --exclude

        """)
  }

  @Test func namesFromAServerCannotSteerTheTerminal() {
    let text = refusalText(
      [bucket("a\u{1B}[2J", .failed(CrawlFailure(BucketTooLarge())))], missing: ["b\nError: c"])
    #expect(!text.contains("\u{1B}"))
    #expect(text.split(separator: "\n").count == 3)
  }
}

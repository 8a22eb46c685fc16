import S3
import Testing
import Vocabulary

@testable import Crawl
@testable import Index
@testable import S3AuditCLI
@testable import Sync

/// The way out of what went wrong below the command line.
@Suite struct AdviceTests {
  @Test(
    arguments: [
      (.missing(path: "f"), "run 's3audit sync' to make one, or name another with --index"),
      (
        .notAnIndex(path: "f"),
        "name another file with --index; this one is left as it is. If it was one, 's3audit check' says so"
      ),
      (
        .newer(path: "f", writtenBy: "2", version: 3, known: 2),
        "use that version, or name another file with --index"
      ),
      (
        .older(path: "f", version: 1, known: 2),
        "run 's3audit sync' once as a user who may write it"
      ),
      (
        .otherViews(path: "f", madeBy: "1"),
        "run 's3audit sync' once as a user who may write it"
      ),
      (
        .changedMigration(path: "f", name: "v1"),
        "the program or the file was altered; sync into a new file with --index"
      ),
      (
        .notWritable(path: "f"),
        "run it as the user whose index it is, or name one of your own with --index"
      ),
      (
        .cannotCreate(path: "f", reason: "r"),
        "name a file in a folder that you may write with --index"
      ),
      (.busy(path: "f", pid: 7), "wait for it, or name another file with --index"),
      (
        .damaged(path: "f", reason: "r"),
        "restore a backup, or let 's3audit check --repair' save what can be read"
      ),
    ] as [(IndexError, String)])
  func anIndexThatCannotBeUsedHasAWayOut(error: IndexError, text: String) {
    #expect(hint(for: error) == text)
  }

  @Test(
    arguments: [
      (
        .noBucket(pattern: "x", known: ["a", "b", "c", "d", "e", "f"]),
        "the index holds: a, b, c, d, e …"
      ),
      (.noBucket(pattern: "x", known: ["a"]), "the index holds: a"),
      (.noBucket(pattern: "x", known: []), "the index holds no buckets yet; run 's3audit sync'"),
      (.noBucket(pattern: "x", known: ["a"], ofAccounts: true), "they have: a"),
      (.noBucket(pattern: "x", known: ["a"], inRegions: true), "there are: a"),
      (.noRegion(pattern: "x", known: ["eu", "us"]), "the regions are: eu, us"),
      (.noRegion(pattern: "x", known: ["eu"], ofAccounts: true), "theirs are: eu"),
      (
        .noRegion(pattern: "x", known: []),
        "no region of any bucket is known; 's3audit sync' finds out those that the server tells"
      ),
      (.noAccount(pattern: "x", known: ["a (p)", "b"]), "the index holds: a (p), b"),
      (
        .noAccount(pattern: "x", known: []),
        "the index knows no accounts; 's3audit sync' finds them out"
      ),
      (.noStorageClass(name: "x", known: ["A", "b"]), "the index holds: A, b"),
      (
        .noStorageClass(name: "x", known: []),
        "the index holds no objects yet; run 's3audit sync'"
      ),
    ] as [(IndexError, String)])
  func anIndexWithoutAMatchSaysWhatItHas(error: IndexError, text: String) {
    #expect(hint(for: error) == text)
  }

  @Test(
    arguments: [
      (.init(pattern: "x", bucketNames: ["a", "b"]), "it has: a, b"),
      (
        .init(pattern: "x", bucketNames: ["1", "2", "3", "4", "5", "6"]),
        "it has: 1, 2, 3, 4, 5 …"
      ),
      (.init(pattern: "x", bucketNames: []), "the account has no buckets"),
      (.init(pattern: "x", bucketNames: ["a"], accounts: 2), "they have: a"),
      (.init(pattern: nil, bucketNames: nil), "they leave out every bucket that was named"),
    ] as [(BucketSelection.NoMatch, String)])
  func aSelectionWithoutAMatchSaysWhatThereIs(error: BucketSelection.NoMatch, text: String) {
    #expect(hint(for: error) == text)
  }

  @Test(
    arguments: [
      (.useEndpoint("https://h:1"), "give that URL with --endpoint-url https://h:1"),
      (.tryHTTPS, "if the server speaks TLS, begin the URL of --endpoint-url with https://"),
      (.signFor(region: "eu-1"), "sign for its region with --region eu-1"),
      (.leaveBucketOutOfEndpoint, "leave the bucket out of the URL of --endpoint-url"),
      (.addressVirtually, "use --addressing-style virtual"),
      (.addressByPath, "use --addressing-style path"),
      (
        .checkPort,
        "is this the port of the S3 API? check --endpoint-url; web consoles have a port of their own"
      ),
      (
        .askWhoIsOnTheWay(proxy: "http://p:1"),
        "requests go through the proxy http://p:1, which may be what answers; NO_PROXY names hosts "
          + "that need none"
      ),
      (
        .askWhoIsOnTheWay(proxy: nil),
        "a firewall on the way or another web server may be what answers; check --endpoint-url"
      ),
    ] as [(S3Error.Hint, String)])
  func anAnswerOfAnotherServerHasAWayOut(hint: S3Error.Hint, text: String) {
    let error = S3Error(operation: "list", resource: "s3://b", hint: hint)
    #expect(S3AuditCLI.hint(for: error) == text)
  }

  @Test func aDenialOnTheWayIsNotAboutPermissions() {
    let page = S3Error(
      operation: "list", resource: "s3://b", statusCode: 403, hint: .askWhoIsOnTheWay(proxy: nil))
    #expect(!CrawlFailure(page).isAboutPermissions)
    let denial = S3Error(operation: "list", resource: "s3://b", code: "AccessDenied")
    #expect(CrawlFailure(denial).isAboutPermissions)
  }

  @Test(arguments: [
    ("k*", "s3://b/k", "*"), ("2026/??/", "s3://b/2026/", "?"), ("[ab]/x", "s3://b/", "["),
  ])
  func aPrefixThatLooksLikeAPatternIsTold(prefix: String, scope: String, mark: String) {
    #expect(
      literalPrefixText(Key(prefix), in: "b") == """
        Warning: no key in b begins with '\(prefix)': in a prefix \(mark) is not a pattern but itself
        Help:  keys are chosen by pattern with --key, from the index: s3audit query find \
        '\(scope)' --key '\(prefix)'

        """)
  }

  @Test(arguments: ["", "k", "a b/é", "k]"]) func otherPrefixesAreNot(prefix: String) {
    #expect(literalPrefixText(Key(prefix), in: "b") == nil)
  }

  @Test func aSelectionThatLeavesNothingNamesItsOptions() {
    let error = BucketSelection.NoMatch(pattern: nil, bucketNames: nil)
    #expect(
      errorText(error) == """
        Error: --include and --exclude leave no bucket to list
        Help:  they leave out every bucket that was named

        """)
    #expect(!error.description.contains("--"))
  }

  @Test func aFailedCrawlNamesItsBucketOnce() {
    let own = CrawlFailure(S3Error(operation: "list", resource: "s3://b", code: "NoSuchBucket"))
    #expect(
      crawlErrorText(own, of: "b") == "Error: cannot list s3://b: no such bucket (NoSuchBucket)\n")
    let other = CrawlFailure(SelfCheckFailure(difference: "d"))
    #expect(
      crawlErrorText(other, of: "b\u{1B}")
        == "Error: cannot list s3://b\\e: the self-check failed: d\n")
  }

  @Test func aFailedCrawlHasTheWayOutOfItsError() {
    let refusal = S3Error(operation: "list", resource: "s3://b", code: "X", hint: "ask")
    #expect(hint(for: CrawlFailure(refusal)) == "ask")
    #expect(hint(for: CrawlFailure(BucketTooLarge())) == nil)
  }
}

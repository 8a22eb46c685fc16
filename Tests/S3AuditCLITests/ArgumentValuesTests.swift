import Arguments
import Crawl
import Index
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct ArgumentValuesTests {
  @Test(
    arguments: [
      ("0", 0), ("1048576", 1 << 20), ("12B", 12), ("1k", 1_024), ("1K", 1_024), ("1KiB", 1_024),
      ("1KB", 1_000), ("1 MiB", 1 << 20), ("2mb", 2_000_000), ("1.5GB", 1_500_000_000),
      ("1.5 GiB", 3 << 29), ("0.001MB", 1_000), ("0.57MB", 570_000), ("1T", 1 << 40),
      ("3tb", 3_000_000_000_000), ("9223372036854775807", .max), ("8388607TiB", 8_388_607 << 40),
      ("0.1KiB", 102), ("1.9", 1), ("2.", 2), ("0.999999999999999999999B", 0),
      ("8388607.999999999999TiB", 9_223_372_036_854_775_806),
    ] as [(String, Int64)])
  func readsASize(text: String, bytes: Int64) throws {
    #expect(try ArgumentValues.size(text) == bytes)
  }

  @Test(
    arguments: [
      "", "KB", "-1", "+1", "1e3", "1.2.3", ".5GB", "1XB", "1GB ", "½", "1.½", "٣",
      "9223372036854775808", "8388608TiB", "1_000", "0x10", "1,5GB",
    ])
  func refusesWhatIsNoSize(text: String) {
    #expect(
      throws: UsageError.invalidValue("use bytes or a unit, like 1048576, 1MiB or 1.5GB")
    ) { try ArgumentValues.size(text) }
  }

  @Test(
    arguments: [
      ("0s", 0), ("90s", 90_000), ("45m", 2_700_000), ("12h", 43_200_000), ("30d", 2_592_000_000),
      ("2w", 1_209_600_000), ("1y", 31_536_000_000), ("1.5h", 5_400_000), ("0.35d", 30_240_000),
      ("0.57d", 49_248_000), ("292471208y", 9_223_372_015_488_000_000),
    ] as [(String, Int64)])
  func readsAnAge(text: String, milliseconds: Int64) throws {
    #expect(try ArgumentValues.age(text) == milliseconds)
  }

  @Test(arguments: ["", "d", "30", "-1d", "30 d", "30D", "30days", "1.d.", "300000000y", "½d"])
  func refusesWhatIsNoAge(text: String) {
    #expect(
      throws: UsageError.invalidValue(
        "use a number and a unit, like 90s, 45m, 12h, 30d, 2w or 1y")
    ) { try ArgumentValues.age(text) }
  }

  @Test(arguments: [("1", 1), ("20", 20), ("1.5", 1.5), ("3500", 3_500), ("1.0", 1)])
  func readsARate(text: String, rate: Double) throws {
    #expect(try ArgumentValues.rate(text) == rate)
  }

  @Test(
    arguments: [
      "", "0", "0.99", "-1", "+2", "1e3", "0x10", "nan", "inf", "many", "1.2.3", "1,5", " 2", "2/s",
      String(repeating: "9", count: 400),
    ])
  func refusesWhatIsNoRate(text: String) {
    #expect(throws: UsageError.invalidValue("use a number, 1 or more")) {
      try ArgumentValues.rate(text)
    }
  }

  @Test func readsADate() throws {
    #expect(try ArgumentValues.date("2026-11-20") == Timestamp(year: 2026, month: 11, day: 20))
    #expect(
      try ArgumentValues.date("2024-02-29T23:59:58Z")
        == Timestamp(year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 58))
  }

  @Test(
    arguments: [
      "", "2026", "2026-11", "20-11-2026", "2026-02-29", "2026-13-01", "2026-11-20 12:00:00",
      "2026-11-20T12:00:00", "2026-11-20T12:00:00+01:00", "yesterday",
    ])
  func refusesWhatIsNoDate(text: String) {
    #expect(
      throws: UsageError.invalidValue(
        "use a date in UTC, like 2026-11-20 or 2026-11-20T12:00:00Z")
    ) { try ArgumentValues.date(text) }
  }

  @Test(
    arguments: [
      ("logs", .bucket("logs", prefix: .start)), ("s3://logs", .bucket("logs", prefix: .start)),
      ("s3://logs/", .bucket("logs", prefix: .start)),
      ("s3://logs/2026/", .bucket("logs", prefix: Key("2026/"))),
      ("s3://logs//x", .bucket("logs", prefix: Key("/x"))),
      ("s3://logs/a b*?", .bucket("logs", prefix: Key("a b*?"))),
      // A mark that combines with the slash before it.
      ("s3://logs/\u{301}x", .bucket("logs", prefix: Key("\u{301}x"))),
      ("logs-*", .pattern("logs-*")), ("s3://log?", .pattern("log?")),
      ("log[0-9]", .pattern("log[0-9]")), ("s3://logs-*/", .pattern("logs-*")),
      (
        "arn:aws:s3:us-east-1:123456789012:accesspoint/ap",
        .bucket("arn:aws:s3:us-east-1:123456789012:accesspoint/ap", prefix: .start)
      ),
      (
        "s3://arn:aws:s3:us-east-1:123456789012:accesspoint/ap/a/b",
        .bucket("arn:aws:s3:us-east-1:123456789012:accesspoint/ap", prefix: Key("a/b"))
      ),
    ] as [(String, SyncTarget)])
  func readsWhatASyncIsToList(text: String, target: SyncTarget) throws {
    #expect(try ArgumentValues.syncTarget(text) == target)
  }

  @Test(
    arguments: [
      (
        "", "The argument '' is neither a bucket nor a bucket pattern.",
        "name a prefix as s3://BUCKET/PREFIX"
      ),
      (
        "logs/2026", "The argument 'logs/2026' is neither a bucket nor a bucket pattern.",
        "name a prefix as s3://BUCKET/PREFIX"
      ),
      (
        "S3://logs", "The argument 'S3://logs' is neither a bucket nor a bucket pattern.",
        "name a prefix as s3://BUCKET/PREFIX"
      ),
      (
        "logs/\u{301}", "The argument 'logs/\u{301}' is neither a bucket nor a bucket pattern.",
        "name a prefix as s3://BUCKET/PREFIX"
      ),
      ("s3://", "The argument 's3://' names no bucket.", "use s3://BUCKET/PREFIX"),
      ("s3:///a", "The argument 's3:///a' names no bucket.", "use s3://BUCKET/PREFIX"),
      (
        "s3://logs-*/a", "The argument 's3://logs-*/a' has both a bucket pattern and a prefix.",
        "name one bucket in front of a prefix, or whole buckets by pattern"
      ),
    ])
  func refusesWhatASyncCannotList(text: String, message: String, hint: String) {
    #expect(throws: UsageError(message, hint: hint)) { try ArgumentValues.syncTarget(text) }
  }

  @Test func scopeMayHavePatternAndPrefix() throws {
    #expect(
      try ArgumentValues.scope("s3://logs-*/a/")
        == ObjectFilter.Scope(bucketPattern: "logs-*", prefix: Key("a/")))
    #expect(try ArgumentValues.scope("*") == ObjectFilter.Scope(bucketPattern: "*"))
  }

  @Test func regularExpressionIsFoundAnywhereInAKey() throws {
    let pattern = try ArgumentValues.keyPattern(#"\.(gz|zst)$"#)
    func matches(_ key: String) -> Bool { pattern.matches(Array(key.utf8).span) }
    #expect(matches("a/b.gz"))
    #expect(matches("é.zst"))
    #expect(!matches("a.gz/b"))
    #expect(pattern.text == #"\.(gz|zst)$"#)
    #expect(throws: UsageError.invalidValue("it is not a regular expression")) {
      try ArgumentValues.keyPattern("(")
    }
  }

  @Test func boundInThePastIsCountedFromNow() {
    let now = Timestamp(millisecondsSinceEpoch: 10_000)
    #expect(TimeBound.ago(milliseconds: 4_000).timestamp(now: now).millisecondsSinceEpoch == 6_000)
    #expect(TimeBound.at(Timestamp(millisecondsSinceEpoch: 7)).timestamp(now: now) != now)
  }

  @Test func readsAccounts() throws {
    #expect(try ArgumentValues.account("012345678901") == "012345678901")
  }

  @Test(arguments: ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"])
  func refusesWhatIsNoAccount(text: String) {
    #expect(throws: UsageError.self) { try ArgumentValues.account(text) }
  }
}

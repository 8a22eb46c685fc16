import Arguments
import Sync
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct ArgumentValuesTests {
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

  @Test func readsAccounts() throws {
    #expect(try ArgumentValues.account("012345678901") == "012345678901")
  }

  @Test(arguments: ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"])
  func refusesWhatIsNoAccount(text: String) {
    #expect(throws: UsageError.self) { try ArgumentValues.account(text) }
  }
}

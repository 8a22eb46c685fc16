import Arguments
import Index
import Testing
import Vocabulary

@testable import Answers

@Suite struct FilterValuesTests {
  @Test(
    arguments: [
      ("0", 0), ("1048576", 1 << 20), ("12B", 12), ("1k", 1_024), ("1K", 1_024), ("1KiB", 1_024),
      ("1KB", 1_000), ("1 MiB", 1 << 20), ("2mb", 2_000_000), ("1.5GB", 1_500_000_000),
      ("1.5 GiB", 3 << 29), ("0.001MB", 1_000), ("0.57MB", 570_000), ("1T", 1 << 40),
      ("3tb", 3_000_000_000_000), ("2PiB", 2 << 50), ("1.5p", 3 << 49),
      ("7 PB", 7_000_000_000_000_000), ("9223372036854775807", .max),
      ("8388607TiB", 8_388_607 << 40),
      ("0.1KiB", 102), ("1.9", 1), ("2.", 2), ("0.999999999999999999999B", 0),
      ("8388607.999999999999TiB", 9_223_372_036_854_775_806),
    ] as [(String, Int64)])
  func readsASize(text: String, bytes: Int64) throws {
    #expect(try FilterValues.size(text) == bytes)
  }

  @Test(
    arguments: [
      "", "KB", "-1", "+1", "1e3", "1.2.3", ".5GB", "1XB", "1GB ", "½", "1.½", "٣",
      "9223372036854775808", "8388608TiB", "1_000", "0x10", "1,5GB",
    ])
  func refusesWhatIsNoSize(text: String) {
    #expect(
      throws: UsageError.invalidValue("use bytes or a unit, like 1048576, 1MiB or 1.5GB")
    ) { try FilterValues.size(text) }
  }

  @Test(
    arguments: [
      ("0s", 0), ("90s", 90_000), ("45m", 2_700_000), ("12h", 43_200_000), ("30d", 2_592_000_000),
      ("2w", 1_209_600_000), ("1y", 31_536_000_000), ("1.5h", 5_400_000), ("0.35d", 30_240_000),
      ("0.57d", 49_248_000), ("292471208y", 9_223_372_015_488_000_000),
    ] as [(String, Int64)])
  func readsAnAge(text: String, milliseconds: Int64) throws {
    #expect(try FilterValues.age(text) == milliseconds)
  }

  @Test(arguments: ["", "d", "30", "-1d", "30 d", "30D", "30days", "1.d.", "300000000y", "½d"])
  func refusesWhatIsNoAge(text: String) {
    #expect(
      throws: UsageError.invalidValue(
        "use a number and a unit, like 90s, 45m, 12h, 30d, 2w or 1y")
    ) { try FilterValues.age(text) }
  }

  @Test func readsADate() throws {
    #expect(try FilterValues.date("2026-11-20") == Timestamp(year: 2026, month: 11, day: 20))
    #expect(
      try FilterValues.date("2024-02-29T23:59:58Z")
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
    ) { try FilterValues.date(text) }
  }

  @Test func scopeMayHavePatternAndPrefix() throws {
    #expect(
      try FilterValues.scope("s3://logs-*/a/")
        == ObjectFilter.Scope(bucketPattern: "logs-*", prefix: Key("a/")))
    #expect(try FilterValues.scope("*") == ObjectFilter.Scope(bucketPattern: "*"))
  }

  @Test func regularExpressionIsFoundAnywhereInAKey() throws {
    let pattern = try FilterValues.keyPattern(#"\.(gz|zst)$"#)
    func matches(_ key: String) -> Bool { pattern.matches(Array(key.utf8).span) }
    #expect(matches("a/b.gz"))
    #expect(matches("é.zst"))
    #expect(!matches("a.gz/b"))
    #expect(pattern.text == #"\.(gz|zst)$"#)
    #expect(throws: UsageError.invalidValue("it is not a regular expression")) {
      try FilterValues.keyPattern("(")
    }
  }

  @Test func boundInThePastIsCountedFromNow() {
    let now = Timestamp(millisecondsSinceEpoch: 10_000)
    #expect(TimeBound.ago(milliseconds: 4_000).timestamp(now: now).millisecondsSinceEpoch == 6_000)
    #expect(TimeBound.at(Timestamp(millisecondsSinceEpoch: 7)).timestamp(now: now) != now)
  }
}

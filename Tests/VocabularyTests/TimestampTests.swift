import Foundation
import TestSupport
import Testing
import Vocabulary

@Suite struct TimestampTests {
  private static let from1900To2200: Range<Int64> = -2_208_988_800_000..<7_258_118_400_000

  @Test(arguments: 0..<8 as Range<UInt64>)
  func comesBackFromItsFieldsAndItsText(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<2_000 {
      let count = Int64.random(in: Self.from1900To2200, using: &random)
      let moment = Timestamp(millisecondsSinceEpoch: count)
      let fields = moment.fields
      let rebuilt = Timestamp(
        year: fields.year, month: fields.month, day: fields.day, hour: fields.hour,
        minute: fields.minute, second: fields.second, millisecond: fields.millisecond)
      #expect(rebuilt == moment, "seed \(seed): \(count)")
      #expect(Timestamp(iso8601: moment.iso8601) == moment, "seed \(seed): \(moment.iso8601)")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func agreesWithFoundationsCalendar(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    for _ in 0..<500 {
      let seconds = Int64.random(in: Self.from1900To2200, using: &random) / 1_000
      let fields = Timestamp(millisecondsSinceEpoch: seconds * 1_000).fields
      let parts = calendar.dateComponents(
        [.year, .month, .day, .hour, .minute, .second],
        from: Date(timeIntervalSince1970: TimeInterval(seconds)))
      #expect(
        [fields.year, fields.month, fields.day, fields.hour, fields.minute, fields.second]
          == [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second],
        "seed \(seed): \(seconds)")
    }
  }

  @Test func countsEveryDayOfFourCenturies() {
    var day = Timestamp(year: 1_900, month: 1, day: 1)
    for year in 1_900..<2_300 {
      for month in 1...12 {
        for number in 1...Timestamp.days(inMonth: month, year: year) {
          #expect(day == Timestamp(year: year, month: month, day: number))
          day.millisecondsSinceEpoch += 86_400_000
        }
      }
    }
  }

  @Test(arguments: [
    (1_900, 28), (1_999, 28), (2_000, 29), (2_004, 29), (2_023, 28), (2_024, 29), (2_100, 28),
  ])
  func knowsLeapYears(year: Int, days: Int) {
    #expect(Timestamp.days(inMonth: 2, year: year) == days)
    let last = "\(year)-02-\(days)T00:00:00Z"
    #expect(Timestamp(iso8601: last)?.iso8601 == last)
    #expect(Timestamp(iso8601: "\(year)-02-\(days + 1)T00:00:00Z") == nil)
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1),
      ("2026-11-20T01:02:03Z", 1_795_136_523_000), ("2026-11-20T01:02:03.4Z", 1_795_136_523_400),
      ("2026-11-20T01:02:03.45Z", 1_795_136_523_450),
      ("2026-11-20T01:02:03.456Z", 1_795_136_523_456),
      ("2026-11-20T01:02:03.4569Z", 1_795_136_523_456),
      ("2026-11-20T01:02:03.45699Z", 1_795_136_523_456),
      ("2026-11-20T01:02:03.456999Z", 1_795_136_523_456),
      ("2026-11-20T01:02:03.4569999Z", 1_795_136_523_456),
      ("2026-11-20T01:02:03.45699999Z", 1_795_136_523_456),
      ("2026-11-20T01:02:03.000000001Z", 1_795_136_523_000),
    ] as [(String, Int64)])
  func readsFractionsOfOneToNineDigits(text: String, milliseconds: Int64) {
    #expect(Timestamp(iso8601: text)?.millisecondsSinceEpoch == milliseconds)
  }

  @Test(arguments: [
    "", "Z", "2026-11-20", "2026-11-20T01:02:03", "2026-11-20 01:02:03Z", "2026-11-20T01:02:03z",
    "2026-11-20T01:02:03.Z", "2026-11-20T01:02:03.1234567890Z", "2026-11-20T01:02:03,5Z",
    "2026-11-20T01:02:03+00:00", "2026-11-20T24:00:00Z", "2026-11-20T01:60:00Z",
    "2026-11-20T01:02:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-20T01:02:03ZZ",
    " 2026-11-20T01:02:03Z", "26-11-20T01:02:03Z", "-026-11-20T01:02:03Z",
    "2026-1-20T01:02:03Z", "２026-11-20T01:02:03Z", "2026-11-20T01:02:03.-5Z",
  ])
  func refusesEverythingElse(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
  }

  @Test(
    arguments: [
      (1_500, 1_500_000_000), (-1, -1_000_000), (9_223_372_036_854, 9_223_372_036_854_000_000),
      (9_223_372_036_855, .max), (-9_223_372_036_855, .min), (.max, .max), (.min, .min),
    ] as [(Int64, Int64)])
  func holdsInNanosecondsWhatItCan(milliseconds: Int64, nanoseconds: Int64) {
    let time = Timestamp(millisecondsSinceEpoch: milliseconds)
    #expect(time.nanosecondsSinceEpoch == nanoseconds)
  }

  @Test func writesMillisecondsOnlyWhenThereAreSome() {
    #expect(Timestamp(millisecondsSinceEpoch: 0).iso8601 == "1970-01-01T00:00:00Z")
    #expect(Timestamp(millisecondsSinceEpoch: 7).iso8601 == "1970-01-01T00:00:00.007Z")
  }

  @Test func padsNumbersToTheirWidth() {
    #expect(padded(7, to: 3) == "007")
    #expect(padded(1_234, to: 3) == "1234")
  }
}

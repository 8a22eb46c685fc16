import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct BilledMonthsTests {
  private static func months(_ closed: Int, year: Int, month: Int, day: Int) -> [String] {
    let now = Timestamp(year: year, month: month, day: day, hour: 23)
    return BilledMonths(closed: closed, now: now).all.map {
      "\($0.start) \($0.end)\($0.isOpen ? " open" : "")"
    }
  }

  @Test func endsWithTheOpenMonth() {
    #expect(
      Self.months(2, year: 2026, month: 11, day: 29) == [
        "2026-09-01 2026-10-01", "2026-10-01 2026-11-01", "2026-11-01 2026-11-30 open",
      ])
  }

  @Test func goesOverTheYear() {
    #expect(
      Self.months(2, year: 2027, month: 1, day: 1) == [
        "2026-11-01 2026-12-01", "2026-12-01 2027-01-01", "2027-01-01 2027-01-02 open",
      ])
    #expect(Self.months(14, year: 2027, month: 1, day: 5).first == "2025-11-01 2025-12-01")
  }

  @Test func theLastDayOfAMonthIsAskedAbout() {
    #expect(
      Self.months(0, year: 2026, month: 12, day: 31) == ["2026-12-01 2027-01-01 open"])
  }
}

import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct PlainTextTests {
  @Test(
    arguments: [
      (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
      (Int64.max, "9,223,372,036,854,775,807"), (.min, "-9,223,372,036,854,775,808"),
    ] as [(Int64, String)])
  func groupsDigitsByThree(number: Int64, text: String) {
    #expect(groupedDecimal(number) == text)
  }

  @Test func countsInSingularOnlyForOne() {
    #expect(counted(0, "object") == "0 objects")
    #expect(counted(1, "object") == "1 object")
    #expect(counted(12_345, "object") == "12,345 objects")
    #expect(counted(1, "retry", plural: "retries") == "1 retry")
    #expect(counted(2, "retry", plural: "retries") == "2 retries")
  }

  @Test(
    arguments: [
      (-5_000, "0 s"), (0, "0 s"), (999, "0 s"), (119_999, "119 s"), (120_000, "2 min"),
      (7_199_000, "119 min"), (7_200_000, "2 h"), (172_799_000, "47 h"), (172_800_000, "2 days"),
      (86_400_000 * 400, "400 days"),
    ] as [(Int64, String)])
  func saysAnAgeInItsLargestUnit(milliseconds: Int64, text: String) {
    #expect(ageText(milliseconds) == text)
  }

  @Test(
    arguments: [
      (-1, "0.00 s"), (0, "0.00 s"), (9, "0.00 s"), (420, "0.42 s"), (1_050, "1.05 s"),
      (9_999, "9.99 s"), (10_000, "10.0 s"), (12_345, "12.3 s"), (59_999, "59.9 s"),
      (60_000, "1 min 00 s"), (245_000, "4 min 05 s"), (3_599_999, "59 min 59 s"),
      (3_600_000, "1 h 00 min"), (7_380_000, "2 h 03 min"), (360_000_000, "100 h 00 min"),
    ] as [(Int64, String)])
  func saysHowLongSomethingTook(milliseconds: Int64, text: String) {
    #expect(durationText(milliseconds: milliseconds) == text)
  }
}

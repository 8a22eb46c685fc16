import Testing

@testable import Costs

/// Which day of CloudWatch's is shown, and what its values come to.
@Suite struct DailyFiguresTests {
  /// Days of each type, `S` for StandardStorage, `G` for GlacierStorage, `N` for the number of objects: the
  /// figure is the day.
  private static func points(_ days: [Int64: String]) -> [StorageType: [Int64: Figure]] {
    let types: [Character: StorageType] = [
      "S": StorageType("StandardStorage"), "G": StorageType("GlacierStorage"), "N": .all,
    ]
    var points: [StorageType: [Int64: Figure]] = [:]
    for (day, letters) in days {
      for letter in letters {
        guard let type = types[letter] else { continue }
        points[type, default: [:]][day] = .known(day)
      }
    }
    return points
  }

  /// A case: what each day has, and the day that is right.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var days: [Int64: String]
    var day: Int64?
    var isComplete = true
  }

  @Test(arguments: [
    Case(testDescription: "the newest day", days: [9: "SN", 10: "SN"], day: 10),
    Case(testDescription: "a type is still to come", days: [9: "SGN", 10: "SN"], day: 9),
    Case(
      testDescription: "the number is still to come", days: [8: "SN", 9: "SN", 10: "S"], day: 9),
    Case(
      testDescription: "a type was emptied a day ago", days: [8: "SGN", 9: "SN", 10: "SN"], day: 10),
    Case(testDescription: "a type is new", days: [9: "SN", 10: "SGN"], day: 10),
    Case(testDescription: "a bucket of one day", days: [10: "SN"], day: 10),
    Case(testDescription: "half a day behind a gap", days: [8: "SGN", 10: "SN"], day: 8),
    Case(testDescription: "a number without bytes", days: [10: "N"], day: 10, isComplete: false),
    Case(testDescription: "nothing of the last days", days: [7: "SN", 8: "SN"], day: 8),
    Case(testDescription: "nothing at all", days: [:], day: nil),
    Case(testDescription: "before the window alone", days: [5: "SN", 6: "SN"], day: nil),
    Case(
      testDescription: "no day has a number", days: [9: "S", 10: "SG"], day: 10, isComplete: false),
    Case(
      testDescription: "the day before the window counts", days: [6: "SGN", 7: "SN"], day: 7,
      isComplete: false),
    Case(
      testDescription: "each lacks what the one before has",
      days: [6: "SGN", 7: "SN", 8: "GN", 9: "SN", 10: "N"], day: 10, isComplete: false),
  ])
  func choosesADay(one: Case) {
    let daily = DailyFigures(Self.points(one.days), in: 7...10)
    #expect(daily?.day == one.day)
    guard let daily else { return }
    #expect(daily.isComplete == one.isComplete)
    // Never a figure of another day.
    #expect(daily.figures.values.allSatisfy { $0 == .known(daily.day) })
    #expect(daily.figures.count == one.days[daily.day]?.count)
  }

  @Test(
    arguments: [
      ("1000000000001.0", 1_000_000_000_001), ("1.5E12", 1_500_000_000_000), ("0.0", 0),
      ("-0.0", 0),
      ("2.5", 3), ("9007199254740992", 9_007_199_254_740_992), ("9007199254740994", nil),
      ("NaN", nil),
      ("-1.0", nil), ("inf", nil), ("0x1p4", nil), ("", nil), ("x", nil),
    ] as [(String, Int64?)])
  func readsValues(text: String, value: Int64?) {
    #expect(Figure(written: text).value == value)
  }

  @Test func knowsEveryStorageTypeAndKeepsOthers() {
    #expect(StorageType("GlacierStagingStorage").component == .staging)
    #expect(StorageType("IntDAAS3ObjectOverhead").storageClass == "INTELLIGENT_TIERING")
    #expect(StorageType("IntDAAS3ObjectOverhead").tier == .deepArchive)
    #expect(StorageType.all.component == .objects && StorageType.all.storageClass == nil)
    let new = StorageType("CrystalStorage")
    #expect(new.storageClass == nil && new.component == .storage)
    #expect(StorageType("CrystalOverhead").component == .overhead)
    #expect(StorageType("Crystal").component == nil)
  }
}

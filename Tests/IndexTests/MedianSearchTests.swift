import TestSupport
import Testing

@testable import Index

@Suite struct MedianSearchTests {
  private func median(_ numbers: [Int64]) -> (median: Double?, readings: Int) {
    var search = MedianSearch()
    var readings = 0
    repeat {
      readings += 1
      for number in numbers { search.add(number) }
    } while search.narrow()
    return (search.median, readings)
  }

  @Test func ofNothingThereIsNone() {
    #expect(median([]).median == nil)
  }

  @Test(
    arguments: [
      ([5], 5), ([5, 6], 5.5), ([0, 0, 9], 0), ([1, 2, 3, 1 << 50], 2.5), ([.max, .max], 0x1p63),
      ([0, 1 << 40], 0x1p39),
    ] as [([Int64], Double)])
  func isTheMiddle(numbers: [Int64], expected: Double) {
    #expect(median(numbers).median == expected)
  }

  /// Random numbers of all sizes, close to one another and far, in any order.
  @Test(arguments: 0..<400 as Range<UInt64>)
  func agreesWithSorting(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let base = Int64(random.next() >> random.pick([8, 20, 30, 40, 60]))
    let spread = random.pick([1, 2, 1_000, 1 << 20, 1 << 40, 1 << 52])
    let numbers = (0..<1 + random.below(300)).map { _ in base + Int64(random.below(spread)) }
    let sorted = numbers.sorted()
    let expected =
      Double(sorted[(sorted.count - 1) / 2]) / 2 + Double(sorted[sorted.count / 2]) / 2
    let found = median(numbers)
    #expect(found.median == expected, "seed \(seed)")
    // Each but the first divides what is left by 8,000 at least.
    #expect(found.readings <= 5, "seed \(seed)")
  }

  @Test func groupsAreApart() {
    var searches = MedianSearches<String>()
    repeat {
      searches.add([1, 2, 3], to: "few")
      searches.add((0..<9_999).map { 1_000_000_000 + $0 }, to: "many")
    } while searches.narrow()
    #expect(searches.median(of: "few") == 2)
    #expect(searches.median(of: "many") == 1_000_004_999)
    #expect(searches.median(of: "none") == nil)
  }
}

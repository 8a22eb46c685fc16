/// Finds the median of numbers that are too many to keep, by reading them two or three times.
///
/// Each reading divides the range that has the middle into parts, counts the numbers in each, and
/// goes on in the part that has it. So there is a count for each part, at most, however many the
/// numbers are, and the median is exact:
///
///     var search = MedianSearch()
///     repeat { for number in numbers { search.add(number) } } while search.narrow()
struct MedianSearch {
  /// The mean of the two in the middle where there is an even number of them; nil without any, and before
  /// it is found.
  private(set) var median: Double?

  /// What was counted of one part.
  private struct Part {
    var count: Int64 = 0
    var least = Int64.max
    var most = Int64.min

    mutating func add(_ number: Int64) {
      count += 1
      least = min(least, number)
      most = max(most, number)
    }

    /// The number that so many of the part are below, where that is known.
    func number(at rank: Int64) -> Int64? {
      if least == most || rank == 0 { return least }
      return rank == count - 1 ? most : nil
    }
  }

  private var parts: [Int64: Part] = [:]
  /// Where the middle is; nil while it may be anywhere.
  private var range: ClosedRange<Int64>?
  private var isDone = false
  /// How many numbers there are, and how many of them are below the range.
  private var count: Int64 = 0
  private var below: Int64 = 0

  /// - Parameter number: not negative.
  mutating func add(_ number: Int64) {
    guard !isDone else { return }
    guard let range else {
      count += 1
      return parts[Self.logarithmicPart(of: number), default: Part()].add(number)
    }
    guard range.contains(number) else { return }
    let place = number - range.lowerBound
    parts[place >> Self.shift(range.upperBound - range.lowerBound, bits: 14), default: Part()]
      .add(number)
  }

  mutating func add(_ numbers: [Int64]) {
    guard !isDone else { return }
    for number in numbers { add(number) }
  }

  /// Ends a reading.
  ///
  /// - Returns: whether the same numbers have to be added once more.
  mutating func narrow() -> Bool {
    guard !isDone else { return false }
    guard let (low, lowRank) = part(at: (count - 1) / 2), let (high, highRank) = part(at: count / 2)
    else {
      isDone = true
      return false
    }
    // Where the middle is between two parts, it is between the last of one and the first of the other.
    if let first = low.number(at: lowRank), let second = high.number(at: highRank) {
      median = Double(first) / 2 + Double(second) / 2
      isDone = true
    } else {
      below = (count - 1) / 2 - lowRank
      range = low.least...low.most
    }
    parts = [:]
    return !isDone
  }

  /// The part in which so many numbers of all are below, and how many of the part are.
  private func part(at rank: Int64) -> (part: Part, rank: Int64)? {
    guard count > 0 else { return nil }
    var rank = rank - below
    for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
      if rank < part.count { return (part, rank) }
      rank -= part.count
    }
    return nil
  }

  /// About 2,000 parts for each power of two: of numbers of all sizes, few share one.
  private static func logarithmicPart(of number: Int64) -> Int64 {
    let shift = shift(number, bits: 12)
    return Int64(shift) << 12 | number >> shift
  }

  /// What leaves so many bits of a number.
  private static func shift(_ number: Int64, bits: Int) -> Int {
    max(0, Int64.bitWidth - number.leadingZeroBitCount - bits)
  }
}

/// The medians of several groups of numbers, of which one may be in many.
struct MedianSearches<Group: Hashable> {
  private var searches: [Group: MedianSearch] = [:]

  mutating func add(_ numbers: [Int64], to group: Group) {
    guard !numbers.isEmpty else { return }
    searches[group, default: MedianSearch()].add(numbers)
  }

  /// As of each of them.
  mutating func narrow() -> Bool {
    var needsMore = false
    for group in Array(searches.keys) {
      if searches[group]?.narrow() == true { needsMore = true }
    }
    return needsMore
  }

  func median(of group: Group) -> Double? { searches[group]?.median }
}

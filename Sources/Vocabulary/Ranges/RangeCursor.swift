/// Goes through ranges as sorted pages come, each of which may be of several.
package struct RangeCursor {
  private var ranges: ArraySlice<KeyRange>
  private var after: Key

  package init(_ ranges: KeyRanges) {
    self.ranges = ranges.ranges[...]
    after = ranges.ranges.first?.lower ?? .start
  }

  /// What a page says of the ranges that it meets; the last page, without entries, ends all that are left.
  package mutating func steps(for page: ObjectPage) -> [CrawlStep] {
    let last = page.lastKey
    var steps: [CrawlStep] = []
    func step(_ range: KeyRange, through: Key?) {
      steps.append(
        .merge(
          PageCoverage(page: page, after: after, through: through),
          into: CrawlRange(lo: range.lower, hi: range.upper, cursor: range.lower)))
    }
    while let range = ranges.first, last.map({ range.ends(by: $0) }) ?? true {
      step(range, through: nil)
      ranges.removeFirst()
      after = ranges.first?.lower ?? after
    }
    if let range = ranges.first, let last, last > after {
      step(range, through: last)
      after = last
    }
    return steps
  }
}

extension KeyRange {
  /// Whether nothing of it comes after a key.
  fileprivate func ends(by key: Key) -> Bool { upper.map { $0 <= key } ?? false }
}

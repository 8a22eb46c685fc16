internal import Vocabulary

/// The marks of an earlier crawl: keys with about the same number of objects between them.
struct MarkedKeys: Sendable {
  private let keys: [Key]
  /// Pages from the beginning up to each of the keys.
  private let pages: [Double]

  private static let objectsPerPage = 1_000.0

  init(_ marks: [KeyMark]) {
    keys = marks.map(\.key)
    var sum = 0.0
    pages = marks.map { mark in
      sum += Double(mark.objects) / Self.objectsPerPage
      return sum
    }
  }

  /// Whether there are marks within what is left of a range, or beyond its end.
  func reach(_ range: CrawlRange) -> Bool {
    keys.last.map { $0 > range.cursor } ?? false
  }

  /// The marks at which what is left of a range can be cut.
  func between(_ range: CrawlRange) -> Range<Int> {
    let first = keys.firstIndex(past: { $0 > range.cursor })
    guard let hi = range.hi else { return first..<keys.count }
    return first..<max(first, keys.firstIndex(past: { $0 >= hi }))
  }

  /// How many pages are left of a range, if the bucket is as it was when the marks were made.
  ///
  /// Counted up to the first mark at the range's end or beyond it. Minus infinity for a range behind
  /// the last mark, of which the marks tell nothing.
  func pages(of range: CrawlRange) -> Double {
    let marks = between(range)
    let start = marks.lowerBound > 0 ? pages[marks.lowerBound - 1] : 0
    if pages.indices.contains(marks.upperBound) { return pages[marks.upperBound] - start }
    // Behind the last mark there is one page more, or the start of one.
    return marks.last.map { pages[$0] - start + 1 } ?? -.infinity
  }

  /// The mark that halves what is left; nil when there is none.
  func middle(of range: CrawlRange) -> Key? {
    let marks = between(range)
    guard !marks.isEmpty else { return nil }
    let start = marks.lowerBound > 0 ? pages[marks.lowerBound - 1] : 0
    let half = start + self.pages(of: range) / 2
    let nearest = marks.min { (pages[$0] - half).magnitude < (pages[$1] - half).magnitude }
    return nearest.map { keys[$0] }
  }
}

import Crawl
import S3
import Testing
import Vocabulary

/// A sink that checks what it is told: ranges tile the key space, and each key comes once.
struct RangeTable {
  /// In order of `lo`.
  private(set) var ranges: [CrawlRange]
  private(set) var cuts: [Key] = []
  private var listed: [Key: [Key]] = [:]

  init(ranges: [CrawlRange] = [CrawlRange(lo: .start, hi: nil, cursor: .start)]) {
    self.ranges = ranges
  }

  /// Everything that was listed, in order.
  var keys: [Key] { ranges.flatMap { listed[$0.lo] ?? [] } }

  var isComplete: Bool { ranges.allSatisfy(\.isDone) }

  mutating func apply(_ steps: [CrawlStep]) throws {
    for step in steps {
      switch step {
      case .split(let lo, let cut): try split(lo, at: cut)
      case .merge(let coverage, let range): try merge(coverage, into: range)
      case .restart:
        ranges = [CrawlRange(lo: .start, hi: nil, cursor: .start)]
        listed = [:]
      }
    }
  }

  private mutating func split(_ lo: Key, at cut: Key) throws {
    let index = try #require(ranges.firstIndex { $0.lo == lo })
    let range = ranges[index]
    #expect(!range.isDone)
    #expect(cut > range.cursor)
    #expect(range.hi.map { cut < $0 } ?? true)
    #expect(cut.bytes.count <= 1_024)
    ranges[index].hi = cut
    ranges.insert(CrawlRange(lo: cut, hi: range.hi, cursor: cut), at: index + 1)
    cuts.append(cut)
  }

  private mutating func merge(_ coverage: PageCoverage, into range: CrawlRange) throws {
    let index = try #require(ranges.firstIndex { $0.lo == range.lo })
    #expect(ranges[index].hi == range.hi)
    #expect(ranges[index].cursor == coverage.after)
    #expect(!ranges[index].isDone)
    let end = coverage.through ?? range.hi
    let new = coverage.page.records.indices.map { coverage.page.key(at: $0) }
      .filter { key in key > coverage.after && end.map { key <= $0 } ?? true }
    listed[range.lo, default: []] += new
    ranges[index].isDone = coverage.through == nil
    ranges[index].cursor = coverage.through ?? new.last ?? coverage.after
  }

  /// The keys that a crawl lists of a server, which answers nil where it refuses; nil when the listing ends in a
  /// fault or a refusal.
  mutating func list(
    _ frontier: inout Frontier, width: Int, answer: (PagePosition) -> ListPage?
  ) throws -> [Key]? {
    for _ in 0..<400 {
      guard !frontier.isDone else { return keys }
      let (steps, requests) = frontier.next(upTo: width)
      try apply(steps)
      for request in requests {
        do {
          if let page = answer(request.position) {
            try apply(try frontier.accept(page, to: request))
          } else {
            guard let steps = try frontier.refused(request, .refused) else { return nil }
            try apply(steps)
          }
        } catch is ListingFault {
          return nil
        }
      }
    }
    Issue.record("the listing does not come to an end")
    return nil
  }
}

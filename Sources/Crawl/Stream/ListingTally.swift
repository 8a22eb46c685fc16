package import Vocabulary

/// A sink that counts what passes through it into another, for whoever has to vouch for it.
package actor ListingTally: ListingSink {
  /// What was listed, of which nothing may be missing and nothing twice.
  package struct Sums: Equatable, Sendable {
    package var objects: Int64 = 0
    package var bytes: Int64 = 0
    package var first: Key?
    package var last: Key?
    /// What an answer said of the keys behind the end.
    var behind = Behind.unknown
  }

  enum Behind: Equatable, Sendable {
    case unknown
    /// Nil where there is none.
    case key(Key?)
  }

  private let sink: any ListingSink
  private let end: Key?
  private let hasPassedOn: @Sendable () -> Bool
  private var current = Sums()

  /// Counts objects up to `end`; `hasPassedOn` says whether the sink has let anything out that it cannot take
  /// back.
  package init(
    into sink: any ListingSink, upTo end: Key?, hasPassedOn: @escaping @Sendable () -> Bool
  ) {
    self.sink = sink
    self.end = end
    self.hasPassedOn = hasPassedOn
  }

  package var sums: Sums { current }

  package func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts {
    for step in steps {
      switch step {
      case .split: continue
      case .merge(let coverage, let range): count(coverage, of: range)
      case .restart:
        // What was passed on may since be gone, or be another: nobody could vouch for it.
        guard current.objects == 0 || !hasPassedOn() else { throw LateRestart.vouchedFor }
        current = Sums()
      }
    }
    return try await sink.apply(steps)
  }

  package func finish() async throws { try await sink.finish() }

  private func count(_ coverage: PageCoverage, of range: CrawlRange) {
    let page = coverage.page
    let records = coverage.records(of: range)
    if coverage.through == nil, range.hi == end { lookBehind(page, range) }
    guard let first = records.first, let last = records.last else { return }
    current.objects = current.objects.plus(Int64(records.count))
    current.bytes = current.bytes.plus(page.records[records].lazy.map(\.size).saturatedSum())
    current.first = min(current.first ?? page.key(at: first), page.key(at: first))
    current.last = max(current.last ?? page.key(at: last), page.key(at: last))
  }

  /// The page that ends the last range shows what follows it, unless it ends with the range's last key.
  private func lookBehind(_ page: ObjectPage, _ range: CrawlRange) {
    guard let end else { return current.behind = .key(nil) }
    let index = page.firstIndex(after: end)
    if index < page.records.count {
      current.behind = .key(page.key(at: index))
    } else if range.cursor < end {
      current.behind = .key(nil)
    }
  }
}

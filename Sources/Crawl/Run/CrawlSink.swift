package import Index
internal import Vocabulary

/// Where what a crawl lists ends up: the index, or a stream.
package protocol CrawlSink: Sendable {
  /// Does what a crawl says, in its order.
  ///
  /// A crawl waits for one call to return before it makes the next. Returns what the pages found.
  func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts
}

/// The sink that stores a crawl in the index.
struct IndexSink: CrawlSink {
  let writer: IndexWriter
  let plan: CrawlPlan
  let syncID: Int64

  func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts {
    try await writer.apply(steps, of: plan, syncID: syncID)
  }
}

/// Steps on their way to a sink, in an order that it does fast.
struct StepQueue: Sendable {
  private var steps: [CrawlStep] = []
  /// Bytes of the pages in it.
  private(set) var bytes = 0

  var isEmpty: Bool { steps.isEmpty }

  mutating func append(_ new: [CrawlStep]) {
    steps += new
    bytes += new.reduce(0) { $0 + $1.bytes }
  }

  /// Empties the queue.
  ///
  /// Pages come sorted by key, so that neighbours in the tree of the index are written together.
  /// Splits come before pages: a page belongs to its range as it is after the split.
  mutating func take() -> [CrawlStep] {
    defer {
      steps = []
      bytes = 0
    }
    let restarts = steps.filter(\.isRestart)
    return steps.split(omittingEmptySubsequences: false) { $0.isRestart }
      .map(Self.sorted).enumerated()
      .flatMap { index, steps in index == 0 ? steps : [restarts[index - 1]] + steps }
  }

  private static func sorted(_ steps: ArraySlice<CrawlStep>) -> [CrawlStep] {
    let merges = steps.filter { $0.after != nil }
    let splits = steps.filter { $0.after == nil }
    // Pages of one range have different beginnings, so their order stays.
    return splits + merges.sorted { ($0.after ?? .start) < ($1.after ?? .start) }
  }
}

extension CrawlStep {
  fileprivate var isRestart: Bool {
    if case .restart = self { true } else { false }
  }

  fileprivate var after: Key? {
    if case .merge(let coverage, _) = self { coverage.after } else { nil }
  }

  /// How much memory the objects of its page take.
  fileprivate var bytes: Int {
    guard case .merge(let coverage, _) = self else { return 0 }
    let records = coverage.page.records.capacity * MemoryLayout<ObjectPage.Record>.stride
    return coverage.page.text.capacity + records
  }
}

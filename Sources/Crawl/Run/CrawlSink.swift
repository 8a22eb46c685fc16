package import Vocabulary

/// Where what a crawl lists ends up: the index, or a stream.
///
/// A crawl tells its sink what it lists in steps. Take a bucket of three keys that is listed in two
/// ranges side by side, until the server turns out not to know start-after. `("", b]` are the keys up
/// to `b`, `(b, …]` those after it:
///
///     split  lo "", at b                          two ranges: ("", b] and (b, …]
///     merge  page c,     after b,  into (b, …]    objects 1
///     merge  page a b c, after "", into ("", b]   objects 2: c belongs to the other range
///     restart                                     objects -3: one range again, from the beginning
///     merge  page a b c, after "", into ("", …]   objects 3, and no key is passed on twice
///
/// A sink owes the following, and `SinkTests` asks it of each:
///
/// - **Steps are done in their order**, within a call and from call to call. The split that makes a
///   range precedes the pages of it; pages of different ranges come in any order.
/// - **A page may hold keys of other ranges**, before its `after` and beyond the end of its range.
///   They are neither taken nor counted: the range that they belong to lists them itself.
/// - **`restart` gives up all ranges and counts, but nothing that was passed on**: it comes again. A
///   sink that cannot take a key back leaves it out the second time; where that is impossible it throws
///   `LateRestart`. A split before the restart is given up with the rest.
/// - **Counts may be negative.** A call with a restart returns what its pages found, less all that was
///   counted before. The sum over all calls is what the crawl found since it last began.
///
/// A crawl whose sink throws ends with that error.
package protocol CrawlSink: Sendable {
  /// Does what a crawl says, in its order, and returns what the pages found.
  ///
  /// A crawl waits for one call to return before it makes the next. A call may have no steps.
  func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts
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

internal import Crawl
internal import Index
internal import Report
internal import Sync
internal import Vocabulary

/// What a probe of a bucket says to people and programs: a count is a count, an estimate is rounded and
/// called one.
struct ProbedSize {
  private let result: BucketProbes.Result

  init(_ result: BucketProbes.Result) {
    self.result = result
  }

  /// The columns that a probe adds, in the order of `values`.
  static let columns = [
    Column("objects_counted", .count), Column("objects_estimated", .count, rank: .stays),
    Column("estimate_low", .count, rank: .aside), Column("estimate_high", .count, rank: .aside),
    Column("probe_requests", .count, rank: .aside),
  ]

  /// What stands in these columns for a bucket that was not probed.
  static let noValues: [Value] = [.null, .null, .null, .null, .integer(0)]

  /// The column with the sentence, which comes last.
  static let sentenceColumn = Column("probe", .text, rank: .prose)

  var values: [Value] {
    if let least {
      return [.null, .null, .integer(least), .null, .integer(result.requests)]
    }
    return [
      counted.map { .integer($0) } ?? .null, estimated.map { .integer($0) } ?? .null,
      range.map { .integer($0.lowerBound) } ?? .null,
      range.map { .integer($0.upperBound) } ?? .null, .integer(result.requests),
    ]
  }

  /// How many objects there are; nil where they were not all seen.
  var counted: Int64? {
    if case .found(.exact(let count)) = result.finding { count } else { nil }
  }

  /// About how many there are; nil where that is counted or not known.
  var estimated: Int64? { estimate.map { Self.rounded($0.objects) } }

  /// How many there are at least; nil where a count or an estimate says more, or nothing was seen.
  var least: Int64? {
    if case .found(.unknown) = result.finding, result.seen > 0 { result.seen } else { nil }
  }

  /// Objects in a page of the server; nil where no page was full.
  var keysPerPage: Double? { result.keysPerPage }

  var refusal: CrawlOutcome? {
    if case .refused(let outcome) = result.finding { outcome } else { nil }
  }

  var requests: Int64 { result.requests }
  var region: String? { result.region }

  private var estimate: SizeEstimate? {
    if case .found(.estimate(let estimate)) = result.finding { estimate } else { nil }
  }

  private var range: ClosedRange<Int64>? {
    guard let range = estimate?.range else { return nil }
    return Self.rounded(range.lowerBound, .down)...Self.rounded(range.upperBound, .up)
  }

  /// `12 objects`, or `about 3.5 million objects (estimated from 71 requests, from 3.1 million to 4 million)`.
  var sentence: String {
    switch result.finding {
    case .refused(.denied): "not known: access denied"
    case .refused: "not known: the bucket could not be listed"
    case .found(.exact(let count)): S3AuditCLI.counted(count, "object")
    case .found(.unknown(let obstacle)):
      (least.map { "at least \(S3AuditCLI.counted($0, "object"))" } ?? "not known")
        + ": \(obstacle.words)"
    case .found(.estimate):
      "about \(Self.words(estimated ?? 0)) objects (estimated from "
        + S3AuditCLI.counted(requests, "request")
        + (range.map { ", from \(Self.words($0.lowerBound)) to \(Self.words($0.upperBound))" } ?? "")
        + ")"
    }
  }

  private enum Direction {
    case up, down, nearest
  }

  /// To two digits: more are not known.
  private static func rounded(_ count: Int64, _ direction: Direction = .nearest) -> Int64 {
    var scale: Int64 = 1
    while count / scale >= 100 { scale *= 10 }
    let (whole, rest) = count.quotientAndRemainder(dividingBy: scale)
    let isUp =
      switch direction {
      case .up: rest > 0
      case .down: false
      case .nearest: rest * 2 >= scale
      }
    return (isUp ? whole + 1 : whole) * scale
  }

  /// `310,000`, `3.5 million`, `12 billion`.
  private static func words(_ count: Int64) -> String {
    for (scale, name) in [(1_000_000_000, "billion"), (1_000_000, "million")] as [(Int64, String)]
    where count >= scale {
      let (whole, rest) = count.quotientAndRemainder(dividingBy: scale)
      let tenths = rest / (scale / 10)
      return groupedDecimal(whole) + (tenths > 0 ? ".\(tenths)" : "") + " \(name)"
    }
    return groupedDecimal(count)
  }
}

extension SizeProbe.Obstacle {
  fileprivate var words: String {
    switch self {
    case .startAfter: "the server does not list from a key on"
    case .disorder: "the server lists keys out of order"
    case .extraneous: "the server's pages cannot be trusted"
    case .keysWithoutText: "keys are not UTF-8"
    case .tooFewRequests: "the keys begin in too many ways"
    case .contradiction: "the server's pages contradict each other"
    }
  }
}

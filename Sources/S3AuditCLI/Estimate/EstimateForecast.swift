internal import AWS
internal import Costs
internal import Report
internal import Vocabulary

/// What an estimate would ask for, and what CloudWatch would bill: `--dry-run`.
struct EstimateForecast: Sendable {
  private let context: Context

  init(_ context: Context) { self.context = context }

  /// CloudWatch's price list: GetMetricData, $0.01 for 1,000 metrics requested.
  static func usd(ofMetrics count: Int) -> String {
    (Rational(Int64(count)) / Rational(100_000)).decimal(places: 5)
  }

  func write(_ answers: [RegionEstimate], _ buckets: EstimatedBuckets) throws -> ExitStatus {
    var writer = ReportWriter(
      columns: [
        Column("region", .text, rank: .answer), Column("buckets", .count),
        Column("metrics", .count, rank: .stays), Column("requests", .count),
        Column("usd", .decimal, title: "USD", rank: .stays),
        Column("list_requests", .count, rank: .aside), Column("error", .text, rank: .prose),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    for answer in answers {
      let count = answer.metrics.count
      let isKnown = answer.error == nil
      func known(_ value: Value) -> Value { isKnown ? value : .null }
      try writer.append([
        .text(answer.region.name), .integer(Int64(buckets.byRegion[answer.region]?.count ?? 0)),
        known(.integer(Int64(count))), known(.integer(Int64(Self.requests(count)))),
        known(.decimal(Self.usd(ofMetrics: count))), .integer(answer.listRequests),
        answer.error.map { .text("\($0)") } ?? .null,
      ])
    }
    let known = answers.filter { $0.error == nil }
    let isWhole = known.count == answers.count
    let metrics = known.map(\.metrics.count).reduce(0, +)
    let lists = answers.map(\.listRequests).reduce(0, +)
    writer.totals = [
      .text("total"), .integer(Int64(buckets.byRegion.values.map(\.count).reduce(0, +))),
      isWhole ? .integer(Int64(metrics)) : .null,
      isWhole ? .integer(Int64(known.map { Self.requests($0.metrics.count) }.reduce(0, +))) : .null,
      isWhole ? .decimal(Self.usd(ofMetrics: metrics)) : .null, .integer(lists), .null,
    ]
    try writer.finish()
    if !context.options.output.isQuiet {
      Terminal.writeError(
        """
        Note: \(counted(Int64(metrics), "metric")) would be asked for: $\(Self.usd(ofMetrics: metrics)), at $0.01 for \
        1,000; no figure was
        Note: \(counted(lists, "request")) to ListMetrics found them: free up to a million a month, then $0.01 for 1,000
        \(buckets.unplacedText)
        """)
    }
    return isWhole && buckets.leftOut.isEmpty ? .done : .refused
  }

  private static func requests(_ metrics: Int) -> Int {
    (metrics + CloudWatchClient.metricsPerRequest - 1) / CloudWatchClient.metricsPerRequest
  }
}

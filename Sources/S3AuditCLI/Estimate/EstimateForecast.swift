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

  func write(_ asked: Asked) throws -> ExitStatus {
    let all = asked.accounts.flatMap { one in
      one.regions.map { region in
        (one.name, region, Int64(one.buckets.byRegion[region.region]?.count ?? 0))
      }
    }
    let answers = all.map(\.1)
    let areSeveral = asked.accounts.count > 1
    let leftOut = asked.accounts.flatMap(\.buckets.leftOut)
    var writer = ReportWriter(
      columns: (areSeveral ? [Column("account", .text, rank: .stays)] : []) + [
        Column("region", .text, rank: .answer), Column("buckets", .count),
        Column("metrics", .count, rank: .stays), Column("requests", .count),
        Column("usd", .decimal, title: "USD", rank: .stays),
        Column("list_requests", .count, rank: .aside), Column("error", .text, rank: .prose),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    for (account, answer, bucketCount) in all {
      let count = answer.metrics.count
      let isKnown = answer.error == nil
      func known(_ value: Value) -> Value { isKnown ? value : .null }
      let name: Value = account.map { .text($0) } ?? .null
      try writer.append(
        (areSeveral ? [name] : []) + [
          .text(answer.region.name), .integer(bucketCount),
          known(.integer(Int64(count))), known(.integer(Int64(Self.requests(count)))),
          known(.decimal(Self.usd(ofMetrics: count))), .integer(answer.listRequests),
          answer.error.map { .text("\($0)") } ?? .null,
        ])
    }
    let known = answers.filter { $0.error == nil }
    let isWhole = known.count == answers.count
    let metrics = known.map(\.metrics.count).reduce(0, +)
    let lists = answers.map(\.listRequests).reduce(0, +)
    writer.totals =
      [.text("total")] + (areSeveral ? [.null] : []) + [
        .integer(all.map(\.2).reduce(0, +)),
        isWhole ? .integer(Int64(metrics)) : .null,
        isWhole
          ? .integer(Int64(known.map { Self.requests($0.metrics.count) }.reduce(0, +))) : .null,
        isWhole ? .decimal(Self.usd(ofMetrics: metrics)) : .null, .integer(lists), .null,
      ]
    try writer.finish()
    if !context.options.output.isQuiet {
      Terminal.writeError(
        """
        Note: \(counted(Int64(metrics), "metric")) would be asked for: $\(Self.usd(ofMetrics: metrics)), at $0.01 for \
        1,000; no figure was
        Note: \(counted(lists, "request")) to ListMetrics found them: free up to a million a month, then $0.01 for 1,000
        \(EstimatedBuckets.unplacedText(leftOut))\(asked.all.text)
        """)
    }
    return isWhole && leftOut.isEmpty && asked.all.refused.isEmpty ? .done : .refused
  }

  private static func requests(_ metrics: Int) -> Int {
    (metrics + CloudWatchClient.metricsPerRequest - 1) / CloudWatchClient.metricsPerRequest
  }
}

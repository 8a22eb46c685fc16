package import Vocabulary

/// CloudWatch in one region, as far as it tells what buckets hold (API of 2010-08-01, Query protocol).
///
///     let cloudWatch = try CloudWatchClient(account: account, in: region)
///     let metrics = try await cloudWatch.metrics(named: "BucketSizeBytes")
///     var data = MetricData()
///     try await cloudWatch.daily(metrics, from: monday, until: friday, into: &data)
///
/// Each metric asked for is billed ($0.01 for 1,000), however many days are asked about.
package struct CloudWatchClient: Sendable {
  private let caller: ServiceCaller

  private static let version = "2010-08-01"
  private static let namespace = "AWS/S3"
  private static let answerBytesMax = 32 << 20
  private static let pointsMax = 100_800
  private static let secondsOfDay: Int64 = 86_400

  /// How many metrics a request may ask for.
  package static let metricsPerRequest = 500

  /// Throws `ConfigurationError` as `Account.caller(for:in:)`.
  package init(account: Account, in region: Region) throws(ConfigurationError) {
    // Each attempt may be billed.
    caller = try account.caller(
      for: .cloudwatch, in: region, patience: account.patience.forPaidCalls)
  }

  /// How many requests were sent so far.
  package var requestsSent: Int64 { caller.counts.sent }

  /// Every metric of S3 of that name; the region's own account's alone.
  ///
  /// Throws `QueryError` for what the service refuses, `EndlessPages`, and what `ServiceCaller.send` throws
  /// besides.
  package func metrics(named name: String) async throws -> [Metric] {
    var tokens = PageTokens(of: "ListMetrics")
    var metrics: [Metric] = []
    var hasMore = true
    while hasMore {
      var parameters = [("Namespace", Self.namespace), ("MetricName", name)]
      if let token = tokens.next { parameters.append(("NextToken", token)) }
      let page = try await ask("ListMetrics", parameters) { answer throws(QueryError) in
        try Self.metricPage(answer)
      }
      metrics += page.metrics
      hasMore = try tokens.accept(page.token)
    }
    return metrics
  }

  /// The days' averages of metrics, in their order, from a midnight (UTC) until before another one, into `data`.
  ///
  /// What the service answers in part, or not at all, is asked for again; what it never answers whole is
  /// incomplete. Throws as `metrics(named:)`; then `data` still has what was asked for, and is paid. One question
  /// of a client at a time.
  package func daily(
    _ metrics: [Metric], from start: Timestamp, until end: Timestamp, into data: inout MetricData
  ) async throws {
    let days = (end.millisecondsSinceEpoch - start.millisecondsSinceEpoch) / 86_400_000
    let perRequest = min(Self.metricsPerRequest, Self.pointsMax / Int(max(days, 1)))
    for first in stride(from: 0, to: metrics.count, by: perRequest) {
      let some = Array(metrics[first..<min(first + perRequest, metrics.count)])
      var question = MetricDataQuestion(of: some.count)
      while let request = question.next {
        let before = requestsSent
        // Also of an attempt whose answer cannot be read, or never comes.
        defer { data.metricsRequested += request.metrics.count * Int(requestsSent - before) }
        let page = try await ask(
          "GetMetricData", Self.form(request, some, start, end)
        ) { answer throws(QueryError) in try Self.dataPage(answer) }
        try question.accept(page)
      }
      data.answers += question.answers
      data.messages += question.messages.filter { !data.messages.contains($0) }
    }
  }

  private func ask<Page>(
    _ action: String, _ parameters: [(String, String)],
    _ read: (QueryElement) throws(QueryError) -> Page
  ) async throws -> Page {
    let request = QueryRequest(action, version: Self.version, parameters)
    let call = request.call(to: caller.address, bodyBytesMax: Self.answerBytesMax)
    return try await caller.send(call) { try read(try request.answer(in: $0)) }
  }

  // MARK: - The wire

  private static func form(
    _ request: MetricDataQuestion.Request, _ metrics: [Metric], _ start: Timestamp,
    _ end: Timestamp
  ) -> [(String, String)] {
    var form = [("StartTime", start.iso8601), ("EndTime", end.iso8601)]
    if let token = request.token { form.append(("NextToken", token)) }
    for (place, number) in request.metrics.enumerated() {
      let query = "MetricDataQueries.member.\(place + 1)"
      let stat = "\(query).MetricStat"
      form += [
        ("\(query).Id", MetricDataQuestion.id(of: number)),
        ("\(stat).Metric.Namespace", namespace),
        ("\(stat).Metric.MetricName", metrics[number].name),
        ("\(stat).Period", "\(secondsOfDay)"), ("\(stat).Stat", "Average"),
      ]
      for (index, dimension) in metrics[number].dimensions.enumerated() {
        let name = "\(stat).Metric.Dimensions.member.\(index + 1)"
        form += [("\(name).Name", dimension.name), ("\(name).Value", dimension.value)]
      }
    }
    return form
  }

  static func metricPage(
    _ answer: QueryElement
  ) throws(QueryError) -> (metrics: [Metric], token: String?) {
    guard let result = answer["ListMetricsResult"] else {
      throw QueryError("ListMetrics", unreadable: "it has no result")
    }
    let metrics = (result["Metrics"]?.members ?? []).map { metric in
      Metric(
        metric["MetricName"]?.text ?? "",
        (metric["Dimensions"]?.members ?? []).map { dimension in
          Metric.Dimension(dimension["Name"]?.text ?? "", dimension["Value"]?.text ?? "")
        })
    }
    return (metrics, result["NextToken"]?.text)
  }

  static func dataPage(_ answer: QueryElement) throws(QueryError) -> MetricDataPage {
    guard let result = answer["GetMetricDataResult"] else {
      throw QueryError("GetMetricData", unreadable: "it has no result")
    }
    var results: [MetricDataPage.Result] = []
    for member in result["MetricDataResults"]?.members ?? [] {
      results.append(
        MetricDataPage.Result(
          id: member["Id"]?.text ?? "", status: member["StatusCode"]?.text ?? "",
          points: try points(of: member), messages: messages(of: member)))
    }
    return MetricDataPage(
      results: results, token: result["NextToken"]?.text, messages: messages(of: result))
  }

  /// Two lists that run side by side.
  private static func points(
    of result: QueryElement
  ) throws(QueryError) -> [MetricAnswer.Point] {
    let times = result["Timestamps"]?.members ?? []
    let values = result["Values"]?.members ?? []
    guard times.count == values.count else {
      throw QueryError(
        "GetMetricData", unreadable: "it has \(values.count) values of \(times.count) moments")
    }
    var points: [MetricAnswer.Point] = []
    for (time, value) in zip(times, values) {
      guard let moment = Timestamp(written: time.text) else {
        throw QueryError("GetMetricData", unreadable: "a value has no moment that can be read")
      }
      points.append(MetricAnswer.Point(at: moment, value: value.text))
    }
    return points
  }

  private static func messages(of element: QueryElement) -> [String] {
    (element["Messages"]?.members ?? []).compactMap { message in
      let parts = [message["Code"]?.text, message["Value"]?.text].compactMap(\.self)
      let text = parts.filter { !$0.isEmpty }.joined(separator: ": ")
      return text.isEmpty ? nil : text.escapedForMessages(scalarsMax: 300)
    }
  }
}

/// What GetMetricData answered, by metric in the order in which they were asked for.
package struct MetricData: Equatable, Sendable {
  package var answers: [MetricAnswer] = []
  /// What is billed at most: metrics, as often as they were asked for, in vain too.
  package var metricsRequested = 0
  /// What the service said beside its answers: `MaxMetricsExceeded: …`.
  package var messages: [String] = []

  package init() {}
}

internal import AWS
internal import Costs
internal import Index
internal import Vocabulary

/// What CloudWatch of one region says of the buckets there.
struct RegionEstimate: Sendable {
  let region: Region
  /// The metrics of buckets that were asked for, and of those that are gone.
  private(set) var metrics: [Metric] = []
  private(set) var data: MetricData?
  /// How many metrics of buckets without a name there are; they are left out.
  private(set) var namelessCount = 0
  /// Requests to ListMetrics.
  private(set) var listRequests: Int64 = 0
  /// Metrics that were asked for, and are billed at most, also where there is no answer.
  private(set) var metricsRequested = 0
  /// Why nothing is known.
  private(set) var error: (any Error)?

  init(region: Region) { self.region = region }

  /// The days of which figures count, in days since 1970.
  ///
  /// The day before them is asked for, too: it tells what the first of them has to have.
  struct Window: Sendable {
    let days: ClosedRange<Int64>

    init(days count: Int, now: Timestamp) {
      let today = now.millisecondsSinceEpoch / 86_400_000
      days = (today - Int64(count) + 1)...today
    }

    /// Both are midnights, as unaligned ones would move the moments of points.
    var start: Timestamp { Timestamp(dayNumber: days.lowerBound - 1) }
    var end: Timestamp { Timestamp(dayNumber: days.upperBound + 1) }
  }

  /// The same with the metrics that there are.
  ///
  /// - Throws: only cancellation.
  func listed(_ account: Account, _ buckets: EstimatedBuckets) async throws -> RegionEstimate {
    var answer = self
    do {
      let client = try CloudWatchClient(account: account, in: region)
      // The number of objects has a type of its own: no other metric has both names.
      let listed =
        try await client.metrics(named: "BucketSizeBytes")
        + client.metrics(named: "NumberOfObjects")
      answer.listRequests = client.requestsSent
      var seen: Set<Metric> = []
      answer.metrics = listed.filter { metric in
        guard let storage = metric.storage,
          (storage.type == StorageType.all.name) == (metric.name == "NumberOfObjects")
        else { return false }
        guard !storage.bucket.isEmpty else {
          answer.namelessCount += 1
          return false
        }
        return buckets.standing(of: storage.bucket, in: region) != .other
          && seen.insert(metric).inserted
      }
    } catch {
      try Task.checkCancellation()
      answer.error = error
    }
    return answer
  }

  /// The same with the figures of its metrics: they cost money.
  ///
  /// - Throws: only cancellation.
  func asked(_ account: Account, _ window: Window) async throws -> RegionEstimate {
    guard error == nil else { return self }
    var answer = self
    var data = MetricData()
    do {
      let client = try CloudWatchClient(account: account, in: region)
      try await client.daily(metrics, from: window.start, until: window.end, into: &data)
      answer.data = data
    } catch {
      try Task.checkCancellation()
      answer.error = error
    }
    answer.metricsRequested = data.metricsRequested
    return answer
  }

  /// Buckets that only CloudWatch knows.
  func gone(_ buckets: EstimatedBuckets) -> Set<String> {
    Set(
      metrics.compactMap(\.storage?.bucket).filter { bucket in
        buckets.standing(of: bucket, in: region) == .gone
      })
  }

  // MARK: - Figures

  /// What one bucket's metrics came to.
  fileprivate struct Answered {
    var points: [StorageType: [Int64: Figure]] = [:]
    var outcomes: Set<Outcome> = []
    /// A moment that is no midnight of the days that were asked for, as it was written or would be.
    var oddMoment: Timestamp?

    enum Outcome { case complete, incomplete, forbidden }
  }

  /// The rows of every bucket that was asked for here, and of those that are gone.
  func estimates(
    _ buckets: EstimatedBuckets, _ window: Window, like row: StoredEstimate
  ) -> [StoredEstimate] {
    let wanted = buckets.byRegion[region] ?? []
    guard let data else { return wanted.sorted().map { refused($0, like: row) } }
    var answered: [String: Answered] = [:]
    for bucket in wanted { answered[bucket] = Answered() }
    for (metric, answer) in zip(metrics, data.answers) {
      guard let storage = metric.storage else { continue }
      answered[storage.bucket, default: Answered()].add(
        answer, of: StorageType(storage.type), window)
    }
    return answered.sorted { $0.key < $1.key }.flatMap { bucket, answer in
      var row = self.row(of: bucket, like: row)
      row.state = buckets.standing(of: bucket, in: region) == .gone ? .gone : .complete
      return Self.rows(of: answer, window, like: row)
    }
  }

  private func row(of bucket: String, like row: StoredEstimate) -> StoredEstimate {
    var row = row
    (row.bucket, row.region) = (bucket, region.name)
    return row
  }

  private func refused(_ bucket: String, like row: StoredEstimate) -> StoredEstimate {
    var row = self.row(of: bucket, like: row)
    row.state = (error as? QueryError)?.isDenied == true ? .denied : .failed
    row.error = error.map { "\($0)" }
    return row
  }

  private static func rows(
    of answer: Answered, _ window: Window, like row: StoredEstimate
  ) -> [StoredEstimate] {
    var row = row
    guard let daily = DailyFigures(answer.points, in: window.days) else {
      if row.state == .complete { (row.state, row.error) = answer.reasonForNothing(window) }
      return [row]
    }
    row.day = Timestamp(dayNumber: daily.day)
    if row.state == .complete {
      if answer.outcomes.contains(.forbidden) {
        (row.state, row.error) = (.denied, "\(StoredEstimate.wordsOfForbidding)some of its metrics")
      } else if answer.outcomes.contains(.incomplete) {
        (row.state, row.error) = (.incomplete, "CloudWatch did not answer all that was asked")
      } else if let moment = answer.oddMoment {
        (row.state, row.error) = (.failed, StoredEstimate.error(ofMoment: moment))
      } else if !daily.isComplete {
        row.state = .incomplete
      }
    }
    return daily.figures.sorted { $0.key.name < $1.key.name }.map { type, figure in
      var row = row
      row.storageType = type.name
      row.storageClass = type.storageClass
      row.component = type.component?.rawValue
      row.value = figure.value
      if case .unreadable(let text) = figure {
        row.state = .failed
        row.error = "CloudWatch says '\(text.escapingControls(scalarsMax: 40))', which is no size"
      }
      return row
    }
  }
}

extension RegionEstimate.Answered {
  fileprivate mutating func add(
    _ answer: MetricAnswer, of type: StorageType, _ window: RegionEstimate.Window
  ) {
    switch answer.outcome {
    case .complete: outcomes.insert(.complete)
    case .incomplete: outcomes.insert(.incomplete)
    case .forbidden: outcomes.insert(.forbidden)
    }
    for point in answer.points {
      let day = point.at.millisecondsSinceEpoch / 86_400_000
      // Of what day such a value is, nobody says.
      guard point.at == Timestamp(dayNumber: day), window.start <= point.at, point.at < window.end
      else {
        oddMoment = oddMoment ?? point.at
        continue
      }
      if points[type]?[day] == nil {
        points[type, default: [:]][day] = Figure(written: point.value)
      }
    }
  }

  fileprivate func reasonForNothing(
    _ window: RegionEstimate.Window
  ) -> (state: EstimateState, error: String?) {
    if outcomes.contains(.forbidden) {
      return (.denied, "\(StoredEstimate.wordsOfForbidding)its metrics")
    }
    if outcomes.contains(.incomplete) {
      return (.incomplete, "CloudWatch did not answer what was asked")
    }
    if let oddMoment { return (.failed, StoredEstimate.error(ofMoment: oddMoment)) }
    // Such a bucket was emptied, most likely: it keeps the points of before.
    return (
      .noFigure,
      outcomes.isEmpty ? nil : "CloudWatch has none of the last \(window.days.count) days"
    )
  }
}

extension StoredEstimate {
  private static let wordsOfMoment = "CloudWatch has a value of "
  fileprivate static let wordsOfForbidding = "CloudWatch forbids "

  fileprivate static func error(ofMoment moment: Timestamp) -> String {
    "\(wordsOfMoment)\(moment.iso8601), which is no midnight (UTC) of the days that were asked for"
  }

  /// Whether it is in doubt because of a value of another moment than a day's.
  var isMisdated: Bool { error?.hasPrefix(Self.wordsOfMoment) == true }

  /// Whether metrics of it are forbidden, in a region that was asked: an answer tells it of each metric.
  var isForbidden: Bool {
    state == .denied && error?.hasPrefix(Self.wordsOfForbidding) == true
  }
}

extension QueryError {
  /// Whether the account may not ask.
  var isDenied: Bool { statusCode == 403 || code?.hasPrefix("AccessDenied") == true }
}

extension Timestamp {
  /// The midnight (UTC) that a day begins with, counted from 1970.
  fileprivate init(dayNumber: Int64) {
    self.init(millisecondsSinceEpoch: dayNumber * 86_400_000)
  }

  /// `2026-11-28`: the day of a moment, UTC.
  var dayText: String { String(iso8601.prefix(10)) }
}

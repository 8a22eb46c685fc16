internal import Synchronization

/// Counts the requests that a server answers, by route and status; from any thread.
///
/// Routes are those that it was made for: whatever else clients ask for is `other`, so that they cannot make
/// series without end.
package final class RequestMetrics: Sendable {
  /// What Prometheus' own clients have by default, in seconds.
  private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  private static let otherRoute = "other"
  private static let statuses = 100...599

  private struct Counts {
    var byStatus: [Int: Int64] = [:]
    /// Those that took no longer than each bound and longer than the one before; the last are slower than all.
    var byBound = [Int64](repeating: 0, count: RequestMetrics.bounds.count + 1)
    var seconds = 0.0
  }

  /// In the order in which they are written.
  private let routes: [String]
  private let places: [String: Int]
  private let counts: Mutex<[Counts]>

  /// For routes as labels have them: `/api/v1/buckets`.
  package init(routes: [String]) {
    self.routes = Set(routes + [Self.otherRoute]).sorted()
    places = Dictionary(uniqueKeysWithValues: self.routes.enumerated().map { ($1, $0) })
    counts = Mutex(self.routes.map { _ in Counts() })
  }

  /// Counts one request that was answered, with the time from its arrival to the answer.
  package func record(route: String, status: Int, seconds: Double) {
    guard let place = places[route] ?? places[Self.otherRoute] else { return }
    let status = min(max(status, Self.statuses.lowerBound), Self.statuses.upperBound)
    let time = seconds.isFinite ? max(0, seconds) : 0
    let bound = Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count
    counts.withLock { counts in
      counts[place].byStatus[status, default: 0] += 1
      counts[place].byBound[bound] += 1
      counts[place].seconds += time
    }
  }

  /// The text of all of them, to be put behind that of the index.
  package func text() -> [UInt8] {
    let counts = counts.withLock { $0 }
    var text = Exposition()
    text.begin(Self.requests)
    for (route, counts) in zip(routes, counts) {
      for (status, count) in counts.byStatus.sorted(by: { $0.key < $1.key }) {
        text.add(count, Labels(["route": route, "code": String(status)]))
      }
    }
    text.begin(Self.durations)
    for (route, counts) in zip(routes, counts) { Self.write(counts, of: route, to: &text) }
    return text.bytes
  }

  private static func write(_ counts: Counts, of route: String, to text: inout Exposition) {
    let labels = Labels(["route": route])
    var sum: Int64 = 0
    for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], counts.byBound) {
      sum += count
      text.add(sum, labels.adding("le", bound), suffix: "_bucket")
    }
    text.add("\(counts.seconds)", labels, suffix: "_sum")
    text.add(sum, labels, suffix: "_count")
  }

  private static let requests = MetricFamily(
    "s3audit_http_requests_total", .counter, "Requests that were answered, by route and status.")
  private static let durations = MetricFamily(
    "s3audit_http_request_duration_seconds", .histogram,
    "How long requests took from their arrival to their answer.")
}

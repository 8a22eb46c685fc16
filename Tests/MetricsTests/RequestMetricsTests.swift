import System
import Testing

@testable import Metrics

/// What a server and its process tell of themselves.
@Suite struct RequestMetricsTests {
  private func lines(_ metrics: RequestMetrics) -> [String] {
    String(decoding: metrics.text(), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func countsByRouteAndStatus() {
    let metrics = RequestMetrics(routes: ["/metrics", "/healthz"])
    metrics.record(route: "/metrics", status: 200, seconds: 0.004)
    metrics.record(route: "/metrics", status: 200, seconds: 0.3)
    metrics.record(route: "/metrics", status: 401, seconds: 20)
    let text = lines(metrics)
    #expect(text.contains(#"s3audit_http_requests_total{route="/metrics",code="200"} 2"#))
    #expect(text.contains(#"s3audit_http_requests_total{route="/metrics",code="401"} 1"#))
    let name = "s3audit_http_request_duration_seconds"
    #expect(
      text.filter { $0.hasPrefix("\(name)_bucket{route=\"/metrics\"") }.map {
        String($0.split(separator: " ")[1])
      } == ["1", "1", "1", "1", "1", "1", "2", "2", "2", "2", "2", "3"])
    #expect(text.contains("\(name)_count{route=\"/metrics\"} 3"))
    #expect(text.contains("\(name)_sum{route=\"/metrics\"} 20.304"))
    // A route that nobody asked for yet begins at 0, so that its first request is an increase.
    #expect(text.contains("\(name)_count{route=\"/healthz\"} 0"))
  }

  @Test func clientsCannotMakeSeries() {
    let metrics = RequestMetrics(routes: ["/metrics"])
    let before = lines(metrics).count
    for number in 0..<1_000 {
      metrics.record(
        route: "/\(number)", status: number.isMultiple(of: 2) ? 404 : -number, seconds: .nan)
    }
    let text = lines(metrics)
    // Two statuses of one route, and the words of the family.
    #expect(text.count == before + 4)
    #expect(text.contains(#"s3audit_http_requests_total{route="other",code="404"} 500"#))
    #expect(text.contains(#"s3audit_http_requests_total{route="other",code="100"} 500"#))
  }

  @Test func countsFromManyThreads() async {
    let metrics = RequestMetrics(routes: ["/"])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1_000 { metrics.record(route: "/", status: 200, seconds: 0.001) }
        }
      }
    }
    #expect(lines(metrics).contains(#"s3audit_http_requests_total{route="/",code="200"} 8000"#))
  }

  @Test func tellsOfThisProcess() throws {
    let text = String(decoding: ProcessMetrics.text(), as: UTF8.self)
    func value(_ name: String) -> Double? {
      text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        .flatMap { Double($0.dropFirst(name.utf8.count + 1)) }
    }
    #expect(try #require(value("process_cpu_seconds_total")) >= 0)
    #if os(Linux)
      #expect(try #require(value("process_resident_memory_bytes")) > 1_000_000)
      #expect(try #require(value("process_open_fds")) >= 3)
      let now = Double(SystemClock.millisecondsSinceEpoch) / 1_000
      let started = try #require(value("process_start_time_seconds"))
      #expect(started > now - 86_400 && started <= now + 2)
    #endif
    #expect(text.contains("# TYPE process_cpu_seconds_total counter\n"))
  }

  @Test func whatTheSystemDoesNotTellHasNoSeries() {
    var figures = ProcessFigures()
    figures.cpuMilliseconds = 1_050
    let text = String(decoding: ProcessMetrics.text(of: figures), as: UTF8.self)
    #expect(text.hasSuffix("process_cpu_seconds_total 1.050\n"))
    #expect(text.split(separator: "\n").count == 3)
  }
}

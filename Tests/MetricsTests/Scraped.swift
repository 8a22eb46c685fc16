import Index
import IndexFixtures
import Vocabulary

@testable import Metrics

/// The samples of a text by their series: `s3audit_bucket_bytes{bucket="logs"}`.
struct Scraped {
  let text: String
  private let samples: [String: String]

  init(_ bytes: [UInt8]) {
    text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    let pairs = lines.map { line in
      let end = line.lastIndex(of: " ") ?? line.endIndex
      return (String(line[..<end]), String(line[end...].dropFirst()))
    }
    // A series that is there twice makes Prometheus drop one of them: both are kept here, and differ.
    samples = Dictionary(pairs) { "\($0) and \($1)" }
  }

  subscript(series: String) -> String? { samples[series] }

  /// What is told of a bucket that has neither account nor server, by metric and further labels.
  func of(_ bucket: String) -> [String: String] {
    let label = "{bucket=\"\(bucket)\""
    let pairs = samples.compactMap { series, value -> (String, String)? in
      guard let start = series.firstRange(of: label) else { return nil }
      let rest = series[start.upperBound...].dropLast().drop { $0 == "," }
      let name = series[..<start.lowerBound].dropFirst("s3audit_".count)
      return (rest.isEmpty ? String(name) : "\(name) \(rest)", value)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  func series(of metric: String) -> [String] {
    samples.keys.filter { $0 == metric || $0.hasPrefix(metric + "{") }.sorted()
  }
}

extension ScratchIndex {
  /// The metrics of it as it is now.
  func scraped(
    _ settings: MetricsSettings = MetricsSettings(), lastSync: LastSync? = nil
  ) throws -> Scraped {
    let reader = try reader()
    return try reader.inSnapshot {
      Scraped(try MetricsText(settings).bytes(of: reader, lastSync: lastSync, now: now()))
    }
  }
}

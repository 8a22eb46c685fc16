internal import Answers
package import Index
package import Vocabulary

/// What an index holds, for Prometheus.
///
/// What is not known has no series, and is never 0. A series stays where its bucket is: a class that was emptied
/// is 0 for a month, and a bucket that is denied keeps its last figures beside `s3audit_bucket_denied` 1.
///
/// The text changes with the index, and once a day with the prices: whoever is asked often keeps it meanwhile.
///
/// ```swift
/// let text = try reader.inSnapshot {
///   try MetricsText(settings).bytes(of: reader, now: now)
/// }
/// ```
package struct MetricsText: Sendable {
  private let settings: MetricsSettings

  /// So long a class that was emptied is told as 0: whatever looks back a month finds the series.
  private static let emptiedMilliseconds: Int64 = 31 * 86_400_000

  /// What an answer over HTTP calls it; without the version Prometheus 3 refuses it.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package init(_ settings: MetricsSettings = MetricsSettings()) {
    self.settings = settings
  }

  /// Of one state of an index, so in a snapshot; of no index where there is none.
  ///
  /// `lastSync` is what is known of the last sync from elsewhere than the index.
  package func bytes(
    of reader: IndexReader?, lastSync: LastSync? = nil, now: Timestamp
  ) throws -> [UInt8] {
    var text = Exposition()
    text.begin(Self.buildInfo)
    text.add(
      1,
      Labels(["version": IndexFile.programVersion, "schema": String(IndexFile.schemaVersion)]))
    if let reader {
      try write(reader, now: now, to: &text)
    }
    if let sync = try lastSync ?? reader?.lastEndedSync().map({ LastSync($0) }) {
      Self.write(sync, to: &text)
    }
    return text.bytes
  }

  private func write(_ reader: IndexReader, now: Timestamp, to text: inout Exposition) throws {
    text.begin(Self.indexBytes)
    if let bytes = reader.fileBytes { text.add(bytes) }
    let stored = try reader.stored(ObjectFilter())
    // One part of each bucket is about its objects, in the order of names.
    let buckets = stored.filter { $0.state == .current }.map(\.bucket)
    text.begin(Self.buckets)
    for state in BucketState.allCases {
      let count = buckets.count { $0.freshness.state == state }
      text.add(Int64(count), Labels(["state": state.rawValue]))
    }
    try Self.writeFindings(reader, to: &text)
    let figures = try figures(of: buckets, stored, reader, now: now)
    for family in BucketFamily.all {
      text.begin(family.family)
      for bucket in figures { family.write(bucket, &text) }
    }
    text.begin(Self.omittedBuckets)
    text.add(Int64(buckets.count - figures.count))
    try writePrefixes(of: buckets, reader, to: &text)
  }

  /// Of the largest buckets, in the order of names.
  private func figures(
    of buckets: [BucketSummary], _ stored: [StoredPart], _ reader: IndexReader, now: Timestamp
  ) throws -> [BucketFigures] {
    let properties = try reader.properties()
    let past = try reader.pastClasses(
      since: Timestamp(
        millisecondsSinceEpoch: now.millisecondsSinceEpoch.minus(Self.emptiedMilliseconds)))
    let emptied = buckets.reduce(into: [:]) { $0[$1.id] = $1.emptied(of: past[$1.id] ?? []) }
    let costs = try ClassCosts(of: stored, emptied: emptied, properties, reader, now: now)
    let changes = try reader.lastChanges()
    let parts = stored.reduce(into: [Int64: [StoredState: StoredPart]]()) {
      $0[$1.bucket.id, default: [:]][$1.state] = $1
    }
    let sizes = buckets.map(\.bytes)
    // Among equals the first by name stay, so that it is the same ones each time.
    let largest = buckets.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
      .prefix(settings.bucketsMax).sorted()
    return largest.map { place in
      let bucket = buckets[place]
      return BucketFigures(
        bucket, parts[bucket.id] ?? [:], costs[bucket.id], emptied: emptied[bucket.id] ?? [],
        versioning: properties[bucket.id]?[.versioning]?.state, changes[bucket.id])
    }
  }

  private static func writeFindings(_ reader: IndexReader, to text: inout Exposition) throws {
    var counts: [Finding.Severity: Int64] = [:]
    for bucket in try reader.findings(of: [], atLeast: .info) {
      for finding in bucket.findings { counts[finding.severity, default: 0] += 1 }
    }
    text.begin(findings)
    for severity in Finding.Severity.allCases {
      text.add(counts[severity] ?? 0, Labels(["severity": severity.rawValue]))
    }
  }

  private func writePrefixes(
    of buckets: [BucketSummary], _ reader: IndexReader, to text: inout Exposition
  ) throws {
    let named = Dictionary(grouping: buckets, by: \.name)
    var sums: [(labels: Labels, usage: Usage)] = []
    for prefix in settings.prefixes.prefix(MetricsSettings.prefixesMax) {
      for bucket in named[prefix.bucket] ?? [] where bucket.isListed {
        guard !bucket.freshness(below: prefix.prefix).isUnknown else { continue }
        let labels = Labels(bucket).adding("prefix", prefix.prefix.text)
        guard !sums.contains(where: { $0.labels == labels }) else { continue }
        sums.append((labels, try reader.usage(of: bucket, below: prefix.prefix)))
      }
    }
    text.begin(Self.prefixBytes)
    for sum in sums { text.add(sum.usage.bytes, sum.labels) }
    text.begin(Self.prefixObjects)
    for sum in sums { text.add(sum.usage.objects, sum.labels) }
  }

  private static func write(_ sync: LastSync, to text: inout Exposition) {
    let (start, end) = (
      sync.started.millisecondsSinceEpoch, sync.finished.millisecondsSinceEpoch
    )
    text.begin(syncStart)
    text.add(milliseconds: start)
    text.begin(syncEnd)
    text.add(milliseconds: end)
    text.begin(syncDuration)
    text.add(milliseconds: max(0, end.minus(start)))
    text.begin(syncSuccess)
    text.add(sync.isSuccess)
    text.begin(syncExitStatus)
    text.add(Int64(sync.exitStatus))
    text.begin(syncRequests)
    text.add(sync.requests)
    text.begin(syncRetries)
    text.add(sync.retries)
  }
}

// MARK: - What there is once

extension MetricsText {
  private static let buildInfo = MetricFamily(
    "s3audit_build_info", "The version of the program, and of the schema of its index.")
  private static let indexBytes = MetricFamily(
    "s3audit_index_bytes", "Bytes of the index on the disk, its log included.")
  private static let buckets = MetricFamily(
    "s3audit_buckets", "Buckets of the index by how far they can be believed.")
  private static let findings = MetricFamily(
    "s3audit_findings", "What an auditor should know, over all buckets, by severity.")
  private static let omittedBuckets = MetricFamily(
    "s3audit_metrics_omitted_buckets",
    "Buckets of the index without metrics of their own, as they are smaller than others.")
  private static let prefixBytes = MetricFamily(
    "s3audit_prefix_bytes", "Bytes of the current objects below a prefix.")
  private static let prefixObjects = MetricFamily(
    "s3audit_prefix_objects", "Current objects below a prefix.")
  private static let syncStart = MetricFamily(
    "s3audit_last_sync_start_timestamp_seconds", "When the last sync that has ended began.")
  private static let syncEnd = MetricFamily(
    "s3audit_last_sync_end_timestamp_seconds", "When the last sync ended.")
  private static let syncDuration = MetricFamily(
    "s3audit_last_sync_duration_seconds", "How long the last sync took.")
  private static let syncSuccess = MetricFamily(
    "s3audit_last_sync_success", "Whether the last sync listed everything that was asked for.")
  private static let syncExitStatus = MetricFamily(
    "s3audit_last_sync_exit_status",
    "The exit status of the last sync: 0 done, 1 failed, 3 some refused, 130 interrupted.")
  private static let syncRequests = MetricFamily(
    "s3audit_last_sync_requests", "Requests that the last sync sent, repeated ones included.")
  private static let syncRetries = MetricFamily(
    "s3audit_last_sync_retries", "Requests of the last sync that repeated one that had failed.")
}

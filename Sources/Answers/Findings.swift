package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query findings`: what an auditor should know of each bucket.
package struct Findings: Answer {
  package var filter = Filter()
  var severity = Finding.Severity.info
  var order = RowOrder()

  package init() {}

  package static var words: Command<Findings> {
    Command(
      name: "findings", abstract: "What an auditor should know of each bucket.",
      discussion: """
        high: public (everybody may do something by policy or ACL, and nothing blocks it). \
        medium: public-access-not-blocked, unencrypted (no default encryption), versioning-off. \
        low: no-lifecycle-for-noncurrent-versions and no-lifecycle-for-uploads (no enabled rule for the whole \
        bucket), noncurrent-versions-kept and uploads-older-than-7-days (there are some, and no enabled rule for \
        the whole bucket removes them; objects and bytes are theirs, as far as they were ever listed), \
        small-objects-in-ia-or-glacier (objects under 128 KiB where each is billed as 128 KiB, or for \
        40 KiB more than its size; overhead_bytes is what is billed for nothing), \
        reduced-redundancy (objects in a class that costs more than STANDARD in most regions). \
        info: not-checked, which names the findings that could not be judged and the property that could not be \
        read; it is shown whenever one of them might have been severe enough. The properties are those that the \
        last sync read. A public access block of the whole account is not known.
        """,
      positionals: [
        Positional(
          name: "bucket", help: "A bucket, or a pattern of buckets.", isRequired: false,
          isRepeated: true)
      ],
      options: [severityRow] + RowOrder.rows(\.order) + Filter.bucketRows(\.filter),
      examples: [
        Example("What cannot wait:", "s3audit query findings --severity high"),
        Example("The worst of all buckets first:", "s3audit query findings --sort -severity"),
        Example("Everything, for a spreadsheet:", "s3audit query findings --format csv"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let severityRow = Option<Findings>.choice(
    "severity", value: "level", help: "Findings of at least this severity.", defaultText: "info",
    sets: \.severity)

  private static let columns =
    [
      Column("bucket", .text, rank: .stays), Column("finding", .text, rank: .answer),
      Column("severity", .text, rank: .stays), Column("detail", .text, rank: .prose),
      Column("objects", .count), Column("bytes", .bytes),
      Column("overhead_bytes", .bytes, title: "Overhead", rank: .aside),
    ] + Freshness.columns

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    guard filter.scopes.allSatisfy(\.prefix.isStart) else {
      throw UsageError(
        "Findings are about buckets, not about prefixes.", hint: "leave the prefix out",
        blaming: "bucket")
    }
    let origin = try OriginColumns(reader).showing(account: true)
    let found = try reader.findings(
      of: filter.scopes, ofAccounts: filter.accounts, inRegions: filter.regions,
      atLeast: severity)
    let rows = found.flatMap { one in
      one.findings.map { Self.row(one.bucket, $0) + origin.values(one.bucket.origin) }
    }
    let severities = Finding.Severity.allCases.sorted().map(\.rawValue)
    try order.write(
      rows, of: Self.columns + origin.columns, scales: ["severity": severities], to: &writer)
  }

  private static func row(_ bucket: BucketSummary, _ finding: Finding) -> [Value] {
    [
      .text(bucket.name), .text(finding.kind.rawValue), .text(finding.severity.rawValue),
      .text(finding.detail), .integer(finding.usage?.objects ?? bucket.objects),
      finding.lacksBytes ? .null : .bytes(finding.usage?.bytes ?? bucket.bytes),
      finding.overheadBytes.map { .bytes($0) } ?? .null,
    ] + bucket.freshness.values
  }
}

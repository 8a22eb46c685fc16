internal import Arguments
internal import Index
internal import Report
internal import Vocabulary

/// `query findings`: what an auditor should know of each bucket.
struct FindingsCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  private static let columns =
    [
      Column("bucket", .text), Column("finding", .text), Column("severity", .text),
      Column("detail", .text), Column("objects", .count), Column("bytes", .bytes),
      Column("overhead_bytes", .bytes, title: "Overhead"),
    ] + Query.freshnessColumns

  func run() throws -> ExitStatus {
    let query = try Query(context)
    guard query.filter.scopes.allSatisfy(\.prefix.isStart) else {
      throw UsageError(
        "Findings are about buckets, not about prefixes.", hint: "leave the prefix out")
    }
    return try query.answer { origin in
      let origin = origin.showing(account: true)
      try query.write(Self.columns + origin.columns) { writer in
        let found = try query.reader.findings(
          of: query.filter.scopes, ofAccounts: query.filter.accounts,
          atLeast: context.options.query.severity)
        for one in found {
          let end = origin.values(one.bucket.origin)
          for finding in one.findings { try writer.append(Self.row(one.bucket, finding) + end) }
        }
        return nil
      }
    }
  }

  private static func row(_ bucket: BucketSummary, _ finding: Finding) -> [Value] {
    [
      .text(bucket.name), .text(finding.kind.rawValue), .text(finding.severity.rawValue),
      .text(finding.detail), .integer(finding.usage?.objects ?? bucket.objects),
      .bytes(finding.usage?.bytes ?? bucket.bytes),
      finding.overheadBytes.map { .bytes($0) } ?? .null,
    ] + bucket.freshness.values
  }
}

internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// What is known of how the buckets are set up, by the bucket's id in the index.
  package func properties() throws -> [Int64: BucketProperties] {
    var properties: [Int64: BucketProperties] = [:]
    let rows = try connection.all(Self.selectProperties) { row in
      (row.int64(at: 0), BucketProperty(row))
    }
    // A name that this program does not know is a newer one's.
    for case (let bucketID, let property?) in rows {
      properties[bucketID, default: [:]][property.name] = property
    }
    return properties
  }

  private static let selectProperties = """
    SELECT bucket_id, property, state, value, document, error FROM bucket_property
    ORDER BY bucket_id, property
    """

  /// What an auditor should know of each bucket that the scopes, accounts and regions name, by bucket
  /// and severity.
  ///
  /// No objects are read: sums of small ones are kept.
  ///
  /// - Throws: as `buckets(matching:ofAccounts:inRegions:)`.
  package func findings(
    of scopes: [ObjectFilter.Scope], ofAccounts accounts: [String] = [],
    inRegions regions: [String] = [], atLeast severity: Finding.Severity
  ) throws -> [BucketFindings] {
    let properties = try properties()
    let buckets = try withOtherEntries(
      buckets(matching: scopes, ofAccounts: accounts, inRegions: regions))
    let uploading = try bucketsWithUploads()
    return try buckets.map { bucket in
      let audit = BucketAudit(
        properties[bucket.id] ?? [:], isListed: bucket.freshness.syncedAt != nil,
        holdings: try holdings(of: bucket, hasUploads: uploading.contains(bucket.id)))
      var findings = audit.findings(atLeast: severity)
      if severity <= Finding.Kind.smallObjects.severity {
        findings += smallObjects(in: bucket) + reducedRedundancy(in: bucket)
      }
      findings.sort { ($1.severity, $0.kind.rank) < ($0.severity, $1.kind.rank) }
      return BucketFindings(bucket: bucket, findings: findings)
    }
  }

  private func holdings(
    of bucket: BucketSummary, hasUploads: Bool
  ) throws -> BucketHoldings {
    var holdings = BucketHoldings()
    if !bucket.other.versions.isUnknown {
      holdings.noncurrent = bucket.about(.noncurrent).usage
    }
    guard !bucket.other.uploads.isUnknown else { return holdings }
    let before = now.millisecondsSinceEpoch.minus(Self.oldUploadMs)
    let sizes =
      try !hasUploads
      ? []
      : connection.all(
        "SELECT bytes FROM upload WHERE bucket_id = ?1 AND initiated_ms < ?2", .integer(bucket.id),
        .integer(before)
      ) { $0.optionalInt64(at: 0) }
    let known = sizes.compactMap(\.self)
    holdings.oldUploads = Usage(objects: Int64(sizes.count), bytes: known.saturatedSum())
    holdings.knowsUploadBytes = known.count == sizes.count
    return holdings
  }

  private static let oldUploadMs: Int64 = 7 * 86_400_000

  /// One finding for each class with a minimum size that has smaller objects.
  private func smallObjects(in bucket: BucketSummary) -> [Finding] {
    bucket.classes.filter { $0.small.objects > 0 }.compactMap { sum in
      SmallObjectRule.all.first { $0.storageClass == sum.storageClass }?.finding(sum.small)
    }
  }

  /// REDUCED_REDUNDANCY was once the cheap class; STANDARD has long been cheaper in most regions, and keeps more
  /// copies (S3 pricing: 0.024 and 0.023 USD a GiB in us-east-1).
  private func reducedRedundancy(in bucket: BucketSummary) -> [Finding] {
    bucket.classes.filter { $0.storageClass == "REDUCED_REDUNDANCY" && $0.objects > 0 }.map {
      Finding(
        .reducedRedundancy,
        "objects in REDUCED_REDUNDANCY, which keeps fewer copies than STANDARD and costs more in most regions",
        usage: $0.usage)
    }
  }
}

/// A bucket and what is to be said of it.
package struct BucketFindings: Equatable, Sendable {
  package var bucket: BucketSummary
  /// The worst first.
  package var findings: [Finding]
}

extension BucketProperty {
  fileprivate init?(_ row: borrowing Statement) {
    guard let name = Name(rawValue: row.string(at: 1)),
      let state = State(rawValue: row.string(at: 2))
    else { return nil }
    self.init(
      name, state, value: row.optionalString(at: 3), document: row.optionalString(at: 4),
      error: row.optionalString(at: 5))
  }
}

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
  /// Objects are read only of buckets that have some in a class with a minimum size.
  ///
  /// - Throws: as `buckets(matching:ofAccounts:inRegions:)`.
  package func findings(
    of scopes: [ObjectFilter.Scope], ofAccounts accounts: [String] = [],
    inRegions regions: [String] = [], atLeast severity: Finding.Severity
  ) throws -> [BucketFindings] {
    let properties = try properties()
    let buckets = try withOtherEntries(
      buckets(matching: scopes, ofAccounts: accounts, inRegions: regions))
    return try buckets.map { bucket in
      let audit = BucketAudit(
        properties[bucket.id] ?? [:], isListed: bucket.freshness.syncedAt != nil,
        holdings: try holdings(of: bucket))
      var findings = audit.findings(atLeast: severity)
      if severity <= Finding.Kind.smallObjects.severity {
        findings += try smallObjects(in: bucket)
      }
      findings.sort { ($1.severity, $0.kind.rank) < ($0.severity, $1.kind.rank) }
      return BucketFindings(bucket: bucket, findings: findings)
    }
  }

  private func holdings(of bucket: BucketSummary) throws -> BucketHoldings {
    var holdings = BucketHoldings()
    if !bucket.other.versions.isUnknown {
      holdings.noncurrent = bucket.about(.noncurrent).usage
    }
    guard !bucket.other.uploads.isUnknown else { return holdings }
    let before = now.millisecondsSinceEpoch.minus(Self.oldUploadMs)
    let sizes = try connection.all(
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
  private func smallObjects(in bucket: BucketSummary) throws -> [Finding] {
    let classes = bucket.classes.filter { sum in
      sum.objects > 0 && SmallObjectRule.all.contains { $0.storageClass == sum.storageClass }
    }
    guard !classes.isEmpty else { return [] }
    var filter = ObjectFilter()
    filter.scopes = [.init(bucketPattern: bucket.name)]
    filter.storageClasses = classes.map(\.storageClass)
    filter.sizeMax = SmallObjectRule.sizeMin - 1
    let ids = try storageClasses(named: filter.storageClasses)?.keys.sorted()
    let condition = ObjectCondition(filter, storageClassIDs: ids)
    let run = BucketRun(bucket: bucket, keys: KeyInterval(prefix: .start))
    return try sumsByClass([run], condition).compactMap { sum in
      SmallObjectRule.all.first { $0.storageClass == sum.storageClass }?.finding(sum.usage)
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

package import Arguments
internal import Costs
package import Index
package import Report
package import Vocabulary

/// `query reconcile`: whether the index and CloudWatch say the same of each bucket.
package struct Reconcile: Answer {
  package var filter = Filter()
  var classes: [String] = []
  var order = RowOrder()

  package init() {}

  package static var meaningOfDifferences: String? {
    "Done; a bucket differs from what CloudWatch says of it."
  }

  package static var words: Command<Reconcile> {
    Command(
      name: "reconcile", abstract: "Whether the index and CloudWatch say the same.",
      discussion: """
        Puts the figures that 'estimate' has fetched beside what syncs have listed: objects of all classes, then \
        bytes class by class. CloudWatch counts noncurrent versions and parts of unfinished uploads, and in its \
        number of objects delete markers too; the columns are the index's. A verdict is one of: agrees (they \
        differ by no more than 1 MiB, or a thousandth), versions unknown (CloudWatch has more, and the versions \
        were never listed: 'sync --versions' lists them), older (the day of the figure had ended before the sync, \
        and what is known to have been written, changed or removed since may be the difference), no figure \
        (CloudWatch says nothing of it, which is not nothing), differs. Of a class that a whole day has no figure \
        of, there was nothing on that day. Rows of padding, archive_overhead and \
        archive_index have what our rules for bills add to the index beside what CloudWatch says is added, and no \
        verdict. The difference is the index less CloudWatch.
        """,
      positionals: [
        Positional(
          name: "bucket", help: "A bucket, or a pattern of buckets.", isRequired: false,
          isRepeated: true)
      ],
      options: [classRow] + RowOrder.rows(\.order) + Filter.bucketRows(\.filter),
      examples: [
        Example("Of every bucket:", "s3audit query reconcile"),
        Example("What to look at:", "s3audit query reconcile --sort verdict --format csv"),
        Example("The figures first:", "s3audit estimate"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let classRow = Option<Reconcile>(
    long: "class", value: "name",
    help: "Bytes of this storage class alone, like GLACIER; may be repeated.", group: "FILTERS",
    isRepeatable: true
  ) { answer, text in answer.classes.append(text.uppercased()) }

  private static let columns =
    [
      Column("bucket", .text, rank: .stays), Column("storage_class", .text, rank: .answer),
      Column("component", .text, rank: .stays),
      Column("cloudwatch", .count, title: "CloudWatch", rank: .stays),
      Column("current", .count), Column("noncurrent", .count), Column("uploads", .count),
      Column("delete_markers", .count, rank: .aside), Column("index", .count, rank: .stays),
      Column("difference", .count, rank: .stays), Column("verdict", .text, rank: .stays),
      Column("day", .text),
    ] + Freshness.columns

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    guard filter.scopes.allSatisfy(\.prefix.isStart) else {
      throw UsageError(
        "CloudWatch knows whole buckets, and no prefixes.", hint: "leave the prefix out",
        blaming: "bucket")
    }
    let buckets = try buckets(filter, reader, now)
    let origin = try OriginColumns(reader)
    var rows: [[Value]] = []
    var known: Set<String> = []
    var found: [Verdict: [ReconciledBucket]] = [:]
    for bucket in buckets {
      let all = try compared(bucket, reader)
      known.formUnion(all.compactMap(\.storageClass))
      let shown = all.filter(isShown)
      for verdict in Set(shown.compactMap(\.verdict)) { found[verdict, default: []].append(bucket) }
      rows += shown.map { Self.values(of: $0, bucket) + origin.values(bucket.bucket.origin) }
    }
    try reader.refuseSlips(inClasses: classes, beside: known)
    writer.hasDifferences = found[.differs] != nil
    writer.remarks += try remarks(buckets, found, filter, reader)
    try order.write(rows, of: Self.columns + origin.columns, to: &writer)
  }

  private func isShown(_ row: ReconciledBucket.Row) -> Bool {
    classes.isEmpty || row.storageClass.map { classes.contains($0.uppercased()) } ?? false
  }

  private func buckets(
    _ filter: ObjectFilter, _ reader: IndexReader, _ now: Timestamp
  ) throws -> [ReconciledBucket] {
    let parts = try reader.stored(filter)
    let uploads = try reader.uploadSums(by: .bucket, filter, now: now)
    let properties = try reader.properties()
    let estimates = Dictionary(grouping: try reader.estimates()) {
      BucketAddress(endpoint: $0.endpoint, name: $0.bucket)
    }
    let partsOf = Dictionary(grouping: parts, by: \.bucket.id)
    return parts.filter { $0.state == .current }.map { part in
      let bucket = part.bucket
      let sum = uploads.first { $0.bucket == bucket.name && $0.origin == bucket.origin }
      return ReconciledBucket(
        bucket, partsOf[bucket.id] ?? [],
        estimates[BucketAddress(endpoint: bucket.endpoint, name: bucket.name)] ?? [],
        uploadParts: sum?.parts, versioning: properties[bucket.id]?[.versioning]?.state)
    }
  }

  /// What changed since is looked for only where something is to be explained by it.
  private func compared(
    _ bucket: ReconciledBucket, _ reader: IndexReader
  ) throws -> [ReconciledBucket.Row] {
    let rows = bucket.rows(nil)
    guard let day = bucket.day,
      rows.contains(where: {
        $0.verdict == .differs && (bucket.isDayBeforeSync || $0.isImplied)
      })
    else { return rows }
    let end = Timestamp(millisecondsSinceEpoch: day.millisecondsSinceEpoch.plus(86_400_000))
    let isImplied = rows.contains(where: \.isImplied)
    return bucket.rows(
      ReconciledBucket.ChangesOfDay(
        sinceBegin: try changes(of: bucket, rows, since: day, reader),
        sinceEnd: isImplied
          ? try changes(of: bucket, rows, since: end, reader) : ReconciledBucket.Changes()))
  }

  private func changes(
    of bucket: ReconciledBucket, _ rows: [ReconciledBucket.Row], since moment: Timestamp,
    _ reader: IndexReader
  ) throws -> ReconciledBucket.Changes {
    var since = ObjectFilter()
    since.scopes = [ObjectFilter.Scope(bucketPattern: bucket.bucket.name)]
    since.modifiedFrom = moment
    let written = try reader.stored(since).filter { $0.bucket.id == bucket.bucket.id }
      .flatMap(\.rows)
    let churn = try reader.churn(of: bucket.bucket.id, since: moment)
    // What was removed is not known by class: it may be the difference of some, or of none.
    let missing = rows.filter { $0.verdict == .differs && $0.component.isStored }
      .reduce(Int64(0)) { $0.plus(max(0, -($1.difference ?? 0))) }
    let removed = missing <= churn.removed.bytes ? churn.removed.bytes : 0
    func changes(_ added: Int64) -> Comparison.Changes {
      Comparison.Changes(added: added, removed: removed)
    }
    var found = ReconciledBucket.Changes()
    found.ofOthers = changes(churn.changed.bytes)
    for (name, some) in Dictionary(grouping: written, by: \.storageClass) {
      found.byClass[name] = changes(
        some.reduce(churn.changed.bytes) { $0.plus($1.usage.bytes) })
    }
    found.ofObjects = Comparison.Changes(
      added: written.reduce(0) { $0.plus($1.usage.objects) }, removed: churn.removed.objects)
    return found
  }

  private static func values(of row: ReconciledBucket.Row, _ bucket: ReconciledBucket) -> [Value] {
    func value(_ number: Int64?) -> Value {
      number.map { row.component == .objects ? .integer($0) : .bytes($0) } ?? .null
    }
    return [
      .text(bucket.bucket.name), row.storageClass.map { .text($0) } ?? .null,
      .text(row.component.rawValue), value(row.figure), value(row.current),
      value(row.noncurrent), value(row.uploads), row.markers.map { .integer($0) } ?? .null,
      value(row.index), value(row.difference), row.verdict.map { .text($0.rawValue) } ?? .null,
      bucket.day.map { .text(String($0.iso8601.prefix(10))) } ?? .null,
    ] + bucket.bucket.freshness.values
  }

  private func remarks(
    _ buckets: [ReconciledBucket], _ found: [Verdict: [ReconciledBucket]], _ filter: ObjectFilter,
    _ reader: IndexReader
  ) throws -> [String] {
    func line(_ words: String, _ names: [String]) -> String? {
      guard !names.isEmpty else { return nil }
      let shown = names.prefix(Self.namesMax).map { $0.escapingControls() }.joined(separator: ", ")
      let rest = names.count - Self.namesMax
      return "\(words): \(shown)\(rest > 0 ? " and \(rest) more" : "")\n"
    }
    func names(_ some: [ReconciledBucket]) -> [String] { some.map(\.bucket.name) }
    let (differing, lacking) = (found[.differs] ?? [], found[.versionsUnknown] ?? [])
    let withoutUploads = buckets.filter { bucket in
      !bucket.knowsUploads
        && (differing + lacking).contains { $0.bucket.id == bucket.bucket.id }
    }
    let stale = differing.filter { bucket in
      guard let day = bucket.day, let synced = bucket.bucket.freshness.syncedAt else {
        return false
      }
      return synced < day
    }
    let isWhole = filter.scopes.isEmpty && filter.accounts.isEmpty && filter.regions.isEmpty
    let known = Set(names(buckets))
    let unlisted =
      isWhole
      ? Set(try reader.estimates().filter { $0.state != .gone }.map(\.bucket)).subtracting(known)
      : []
    let faulty = Dictionary(grouping: buckets.filter { $0.fault != nil }) {
      $0.fault?.rawValue ?? ""
    }
    let faults = faulty.sorted { $0.key < $1.key }.map { state, some in
      line(
        "Note: CloudWatch's figures are not whole (\(state)), so they are compared with nothing",
        names(some))
    }
    return
      ([
        line("Warning: these differ from CloudWatch", names(differing)),
        line("Note: last synced before the day of the figures, so sync first", names(stale)),
        line(
          "Note: unfinished uploads, which CloudWatch counts, were never listed ('sync --uploads --parts' lists them)",
          names(withoutUploads)),
        line("Note: versions were never listed ('sync --versions' lists them)", names(lacking)),
        line("Note: CloudWatch knows buckets that no sync has listed", unlisted.sorted()),
      ] + faults).compactMap(\.self)
  }

  private static let namesMax = 5
}

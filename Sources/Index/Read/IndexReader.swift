internal import SQLite
internal import System
package import Vocabulary

/// Reads an index.
///
/// Every call blocks its thread until SQLite has answered.
///
/// A long query ends with `SQLiteError` `.interrupted` soon after `shouldStop` turns true.
package final class IndexReader {
  let connection: Connection
  /// Behind the connection, and so let go of after it; where it is not, the next reader does what it does.
  private let leavingLast: LeavingLast
  package let path: String
  let now: Timestamp
  let shouldStop: @Sendable () -> Bool
  /// How many rows, prefixes or other groups one answer may keep in memory, and how long their names may be.
  let groupsMax: Groups

  /// What needs more than `groupsMax` groups in memory ends with `TooManyGroups`; `cacheBytes` of the file are
  /// kept in memory, 32 MiB unless said otherwise.
  package init(
    path: String, now: Timestamp, groupsMax: Groups = .unlimited, cacheBytes: Int? = nil,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    self.path = path
    self.groupsMax = groupsMax
    self.now = now
    self.shouldStop = shouldStop
    connection = try IndexFile.openForReading(path: path, now: now)
    leavingLast = LeavingLast(path: path)
    if let cacheBytes {
      try connection.execute(script: "PRAGMA cache_size = -\(cacheBytes >> 10)")
    }
    connection.setProgressCheck(shouldStop)
  }

  /// Runs several queries against one state of the index, whatever a sync commits meanwhile.
  package func inSnapshot<Result>(_ body: () throws -> Result) throws -> Result {
    try connection.transaction(.deferred, body)
  }

  /// Whether another program waits until nobody reads any more, as a sync does before it makes its log.
  package var isKeptWaiting: Bool {
    connection.hasWriter && !FileSystem.exists(at: RealPath.of(path) + "-wal")
  }

  /// A number that changes with every table and view that is made or dropped, by whatever program.
  package func schemaNumber() throws -> Int64 {
    try connection.first("PRAGMA schema_version") { $0.int64(at: 0) } ?? 0
  }

  /// Opens the same file for SQL of a user's own, which has so much time from now on.
  package func queryGuard(timeLimitSeconds: Int) throws -> QueryGuard {
    try QueryGuard(
      path: path, now: now, timeLimitSeconds: timeLimitSeconds, shouldStop: shouldStop)
  }

  /// The buckets that the scopes name, in order of name, of the accounts that one of the patterns
  /// fits.
  ///
  /// A pattern of SQLite's GLOB fits an account by its number, its owner, its profile or its server;
  /// an account that is not known is the empty text.
  ///
  /// - Throws: `IndexError.noAccount` and `.noRegion` for a pattern that fits none; `IndexError.noBucket`
  ///   for a scope that matches none of their buckets.
  package func buckets(
    matching scopes: [ObjectFilter.Scope], ofAccounts accounts: [String] = [],
    inRegions regions: [String] = []
  ) throws -> [BucketSummary] {
    let owned = try buckets(ofAccounts: accounts)
    let all = try owned.filter(inRegions: regions) { pattern in
      throw IndexError.noRegion(
        pattern: pattern, known: Set(owned.compactMap(\.region)).sorted(),
        ofAccounts: !accounts.isEmpty)
    }
    func refuse(_ patterns: [String]) throws -> Never {
      throw IndexError.noBucket(
        pattern: patterns.joined(separator: "' and '"), known: all.map(\.name),
        ofAccounts: !accounts.isEmpty, inRegions: !regions.isEmpty)
    }
    for pattern in scopes.flatMap(\.patterns)
    where !all.contains(where: { Connection.glob(pattern, matches: $0.name) }) {
      try refuse([pattern])
    }
    guard let first = scopes.first else { return all }
    let named = all.filter { bucket in scopes.contains { $0.names(bucket) } }
    guard !named.isEmpty else { try refuse(first.patterns) }
    return named
  }

  private func buckets(ofAccounts accounts: [String]) throws -> [BucketSummary] {
    try withUnfinishedCrawls(allBuckets()).filter(ofAccounts: accounts) { pattern in
      let known = try self.accounts.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
      // The pattern may fit an account none of whose buckets was synced: that is no slip.
      guard !known.contains(where: { IndexedAccount.fits(pattern, $0, at: $0.endpoint) }),
        try !unknownAccounts().contains(where: { $0.fits(pattern) })
      else { return }
      throw IndexError.noAccount(pattern: pattern, known: known.map(\.label))
    }
  }

  /// Whether the index has buckets of more than one account, and of more than one server.
  package func originCounts() throws -> (hasAccounts: Bool, hasEndpoints: Bool) {
    let counts = try connection.first(Self.countOrigins) { ($0.int64(at: 0), $0.int64(at: 1)) }
    return counts.map { ($0 > 1, $1 > 1) } ?? (false, false)
  }

  /// All buckets by endpoint and name.
  package func bucketsByAddress() throws -> [BucketAddress: BucketSummary] {
    let buckets = try allBuckets().map { bucket in
      (BucketAddress(endpoint: bucket.endpoint, name: bucket.name), bucket)
    }
    return Dictionary(buckets) { first, _ in first }
  }

  private func allBuckets() throws -> [BucketSummary] {
    var classes: [Int64: [ClassUsage]] = [:]
    let usage = try connection.all(Self.selectUsage) { row in
      (
        row.int64(at: 0),
        ClassUsage(
          storageClass: row.string(at: 1),
          Usage(objects: row.int64(at: 2), bytes: row.int64(at: 3)),
          small: Usage(objects: row.int64(at: 4), bytes: row.int64(at: 5)))
      )
    }
    for (bucketID, sum) in usage { classes[bucketID, default: []].append(sum) }
    let accounts = try accounts
    let listed = try listedPrefixes()
    return try connection.all(Self.selectBuckets) { row in
      BucketSummary(
        id: row.int64(at: 0), name: row.string(at: 1), endpoint: row.string(at: 2),
        region: row.optionalString(at: 3), created: row.timestamp(at: 4),
        newestObject: row.timestamp(at: 5),
        freshness: Freshness(
          state: BucketState(rawValue: row.string(at: 6)) ?? .partial,
          syncedAt: row.timestamp(at: 7)),
        error: row.optionalString(at: 8),
        account: row.optionalInt64(at: 9).flatMap { accounts[$0] },
        classes: classes[row.int64(at: 0)] ?? [], listed: listed[row.int64(at: 0)] ?? [],
        nullIDsBefore: row.timestamp(at: 10))
    }
  }

  /// The prefixes that were listed to their end since their buckets last were, by bucket.
  private func listedPrefixes() throws -> [Int64: [ListedPrefix]] {
    let rows = try connection.all(
      "SELECT bucket_id, prefix, state, synced_ms, crawl_id FROM listed_prefix"
    ) { row in
      (row.int64(at: 0), ListedPrefix(row))
    }
    return Dictionary(grouping: rows) { $0.0 }.mapValues { $0.map(\.1) }
  }

  private static let selectUsage = """
    SELECT bucket_usage.bucket_id, storage_class.name, bucket_usage.objects, bucket_usage.bytes,
      small_objects, small_bytes
    FROM bucket_usage JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id
    ORDER BY bucket_usage.bucket_id, storage_class.name
    """

  private static let countOrigins = """
    SELECT count(DISTINCT coalesce(account_id, 0)), count(DISTINCT endpoint) FROM bucket
    """

  private static let selectBuckets = """
    SELECT id, name, endpoint, region, created_ms, newest_object_ms, state, synced_ms, error,
      account_id, null_ids_before_ms
    FROM bucket
    ORDER BY name, endpoint
    """
}

/// What the last reader of an index does when it has closed it.
private final class LeavingLast {
  private let path: String

  init(path: String) { self.path = path }

  deinit { IndexFile.restWhereLogWasLeft(at: path) }
}

extension [BucketSummary] {
  /// The buckets of accounts that one of the patterns fits; `miss` is called for a pattern that fits
  /// no bucket's account.
  fileprivate func filter(
    ofAccounts patterns: [String], miss: (_ pattern: String) throws -> Void
  ) rethrows -> [BucketSummary] {
    guard !patterns.isEmpty else { return self }
    func fits(_ pattern: String, _ bucket: BucketSummary) -> Bool {
      IndexedAccount.fits(pattern, bucket.account, at: bucket.endpoint)
    }
    for pattern in patterns where !contains(where: { fits(pattern, $0) }) { try miss(pattern) }
    return filter { bucket in patterns.contains { fits($0, bucket) } }
  }
}

extension [BucketSummary] {
  /// The buckets in regions that one of the patterns fits; `miss` is called for a pattern that fits none.
  fileprivate func filter(
    inRegions patterns: [String], miss: (_ pattern: String) throws -> Void
  ) rethrows -> [BucketSummary] {
    guard !patterns.isEmpty else { return self }
    for pattern in patterns where !contains(where: { $0.region.fits(region: pattern) }) {
      try miss(pattern)
    }
    return filter { bucket in patterns.contains { bucket.region.fits(region: $0) } }
  }
}

extension String? {
  /// Whether a pattern fits a region: one that is not known fits the empty pattern and no other, for it
  /// may be any.
  package func fits(region pattern: String) -> Bool {
    map { Connection.glob(pattern, matches: $0) } ?? pattern.isEmpty
  }
}

extension ObjectFilter.Scope {
  package func names(_ bucket: BucketSummary) -> Bool {
    patterns.allSatisfy { Connection.glob($0, matches: bucket.name) }
  }
}

extension Statement {
  func timestamp(at index: Int32) -> Timestamp? {
    optionalInt64(at: index).map { Timestamp(millisecondsSinceEpoch: $0) }
  }
}

// MARK: - Filters

extension IndexReader {
  /// A filter applied to this index: the runs of keys that it chooses, which do not overlap, and the
  /// condition on their objects.
  struct ResolvedFilter {
    var buckets: [BucketSummary]
    /// Accounts that may have more buckets.
    var gaps: [AccountGap]
    /// As in `Reach`.
    var emptySince: Timestamp?
    var runs: [BucketRun]
    /// Whether the runs are all there is.
    var isEverything: Bool
    var entries: Entries
    var condition: ObjectCondition
    /// The wanted storage classes that exist; nil for all.
    var storageClasses: Set<String>?
    var needsScan: Bool
    /// Whether objects are chosen by bucket and prefix alone.
    var looksAtPrefixesOnly: Bool
    /// The sizes that pass, when objects are chosen by bucket, prefix and size alone; nil otherwise.
    var sizes: ClosedRange<Int64>?

    /// What to read for sums that need not tell buckets apart: the runs, or nil for everything.
    var parts: [BucketRun?] { isEverything ? [nil] : runs }

    func runs(of bucket: BucketSummary) -> [BucketRun] {
      runs.filter { $0.bucket.id == bucket.id }
    }
  }

  func resolve(_ filter: ObjectFilter) throws -> ResolvedFilter {
    let reach = try reach(of: filter)
    let (buckets, runs) = (reach.buckets, reach.runs)
    if let pattern = filter.keyGlob {
      let glob = KeyGlob(pattern)
      try connection.addFunction(named: ObjectCondition.globFunction) { key in
        .integer(glob.matches(key) ? 1 : 0)
      }
    }
    if let pattern = filter.keyMatches {
      let matches = pattern.matches
      try connection.addFunction(named: ObjectCondition.regexFunction) { key in
        .integer(matches(key) ? 1 : 0)
      }
    }
    let classes = try storageClasses(named: filter.storageClasses)
    return ResolvedFilter(
      buckets: buckets, gaps: reach.gaps, emptySince: reach.emptySince, runs: runs,
      isEverything: filter.scopes.isEmpty && filter.accounts.isEmpty && filter.regions.isEmpty
        && filter.prefix.isStart,
      entries: filter.entries,
      condition: ObjectCondition(filter, storageClassIDs: classes?.keys.sorted()),
      storageClasses: classes.map { Set($0.values) },
      // A bucket without a run is one in which the scopes and the prefix leave no keys.
      needsScan: filter.looksAtObjects || runs.count { $0.isWholeBucket } < buckets.count,
      looksAtPrefixesOnly: !filter.looksAtObjects && filter.storageClasses.isEmpty,
      // The index of large objects knows no others.
      sizes: filter.entries == .current ? filter.sizes : nil)
  }
}

extension ListedPrefix {
  /// From a row of its bucket's id, the prefix, state, moment and crawl.
  init(_ row: borrowing Statement) {
    self.init(
      prefix: Key(row.bytes(at: 1)),
      freshness: Freshness(
        state: BucketState(rawValue: row.string(at: 2)) ?? .partial,
        syncedAt: row.timestamp(at: 3)), crawlID: row.int64(at: 4))
  }
}

internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// Hands out the sum of each key of a run that has noncurrent versions or markers which pass the filter,
  /// in order of key, with the ages at which they were replaced.
  func scanStacks(
    _ run: BucketRun, _ question: VersionQuestion, _ resolved: ResolvedFilter,
    _ body: (_ key: Key, _ sums: VersionSums, _ agesMs: [Int64]) throws -> Void
  ) throws {
    let passesMarkers = question.filter.passesMarkers
    let wantsDetails = question.wantsDetails
    var stack = OpenStack()
    var agesMs: [Int64] = []
    func close() throws {
      guard !stack.entries.isEmpty else { return }
      var sums = VersionSums(stack: stack.entries, current: stack.current, agesMs: &agesMs)
      if !wantsDetails { sums.details = nil }
      try body(stack.key, sums, agesMs)
    }
    let sql = """
      SELECT key, kind, size, last_modified_ms, \(wantsDetails ? Self.currentTime : "NULL")
      FROM object_version
      WHERE \(resolved.condition.sql(for: run))
      ORDER BY key, rank
      """
    try connection.withStatement(sql) { statement in
      try resolved.condition.bind(run, to: &statement)
      while try statement.step() {
        let isMarker = statement.int64(at: 1) != 0
        guard passesMarkers || !isMarker else { continue }
        if stack.entries.isEmpty || !statement.withText(at: 0, { stack.key.isEqual(to: $0) }) {
          try close()
          stack = OpenStack(
            key: Key(statement.bytes(at: 0)), current: statement.timestamp(at: 4))
        }
        stack.entries.append(
          OldEntry(
            isMarker: isMarker, size: statement.int64(at: 2),
            lastModified: Timestamp(millisecondsSinceEpoch: statement.int64(at: 3))))
      }
    }
    try close()
  }

  /// Hands out the keys of a run that have an object and nothing else, in order.
  func scanLonelyObjects(
    _ run: BucketRun, _ condition: ObjectCondition, _ body: (Key) throws -> Void
  ) throws {
    let sql = """
      SELECT key FROM object
      WHERE \(condition.sql(for: run)) AND NOT EXISTS (
        SELECT 1 FROM object_version
        WHERE object_version.bucket_id = object.bucket_id AND object_version.key = object.key)
      ORDER BY key
      """
    try connection.withStatement(sql) { statement in
      try condition.bind(run, to: &statement)
      while try statement.step() { try body(Key(statement.bytes(at: 0))) }
    }
  }

  func countMarkers(_ run: BucketRun, _ condition: ObjectCondition) throws -> Int64 {
    try connection.withStatement(
      "SELECT count(*) FROM object_version WHERE \(condition.sql(for: run)) AND kind <> 0"
    ) { statement in
      try condition.bind(run, to: &statement)
      return try statement.step() ? statement.int64(at: 0) : 0
    }
  }

  /// The keys with the most bytes in noncurrent versions, the first by bucket and key among equals.
  func versionsByKey(
    _ question: VersionQuestion, _ resolved: ResolvedFilter
  ) throws -> [VersionRow] {
    var rows: [VersionRow] = []
    let (double, overflows) = question.keysMax.multipliedReportingOverflow(by: 2)
    let capacity = overflows ? .max : max(double, 1_000)
    // Of keys with as many bytes the first counts, so that those that follow need more.
    var bytesMin: Int64 = -1
    func halve() {
      let bytes = rows.map { $0.sums?.usage.bytes ?? 0 }
      let order = bytes.indices.sorted { left, right in
        bytes[left] == bytes[right] ? left < right : bytes[left] > bytes[right]
      }
      guard rows.count >= question.keysMax, let last = order.prefix(question.keysMax).last else {
        return rows = order.map { rows[$0] }
      }
      bytesMin = bytes[last]
      rows = order.prefix(question.keysMax).map { rows[$0] }
    }
    for run in resolved.runs where !run.bucket.freshness.isUnknown {
      try scanStacks(run, question, resolved) { key, sums, agesMs in
        guard sums.usage.objects > 0, sums.usage.bytes > bytesMin else { return }
        var sums = sums
        sums.details?.ageMedianMs = Self.median(agesMs)
        rows.append(
          VersionRow(
            bucket: run.bucket.name, group: key, sums: sums,
            freshness: run.bucket.freshness(below: key), origin: run.bucket.origin))
        if rows.count >= capacity { halve() }
      }
    }
    halve()
    return rows
  }

  /// Of the versions of one key, which are in memory anyway.
  private static func median(_ numbers: [Int64]) -> Double? {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    return Double(sorted[(sorted.count - 1) / 2]) / 2 + Double(sorted[sorted.count / 2]) / 2
  }

  private static let currentTime = """
    (SELECT object.last_modified_ms FROM object
      WHERE object.bucket_id = object_version.bucket_id AND object.key = object_version.key)
    """
}

/// The entries of the key that a scan is in.
private struct OpenStack {
  var key = Key.start
  var current: Timestamp?
  var entries: [OldEntry] = []
}

extension Key {
  fileprivate func isEqual(to other: Span<UInt8>) -> Bool {
    let own = bytes.span
    guard own.count == other.count else { return false }
    // From the end: neighbours differ there.
    return own.indices.reversed().allSatisfy { own[$0] == other[$0] }
  }
}

internal import SQLite
internal import Vocabulary

extension CheckPass {
  /// Counts all rows of objects and versions, and compares every sum that is kept of them.
  mutating func findSums() throws {
    let depth = try keptDepth()
    var progress = IndexCheck.Progress()
    progress.objectsTotal = buckets.lazy.map(\.objects).saturatedSum()
    for bucket in buckets {
      // A private database on disk, which is gone with its connection.
      let scratch = try Connection(path: "", mode: .create)
      try scratch.execute(script: Self.scratchTables)
      let newest = try sum(bucket.id, depth: depth, into: scratch, &progress)
      for table in SumTable.all { try compare(table, of: bucket.id, with: scratch) }
      try compareNewest(newest, of: bucket.id)
      try findCurrents(of: bucket.id)
    }
  }

  /// The tables of sums as migrations make them, without what nothing here needs.
  private static let scratchTables = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE bucket_usage (bucket_id, storage_class_id, objects, bytes, small_objects DEFAULT 0,
      small_bytes DEFAULT 0, PRIMARY KEY (bucket_id, storage_class_id)) WITHOUT ROWID;
    CREATE TABLE version_usage (bucket_id, storage_class_id, objects, bytes, markers,
      small_objects DEFAULT 0, small_bytes DEFAULT 0,
      PRIMARY KEY (bucket_id, storage_class_id)) WITHOUT ROWID;
    CREATE TABLE prefix_usage (bucket_id, depth, prefix, objects, bytes,
      PRIMARY KEY (bucket_id, depth, prefix)) WITHOUT ROWID;
    CREATE TABLE prefix_version_usage (bucket_id, depth, prefix, objects, bytes, markers,
      PRIMARY KEY (bucket_id, depth, prefix)) WITHOUT ROWID;
    """

  private static let rowsBetweenSums = 65_536

  /// - Returns: the latest time of an object.
  private mutating func sum(
    _ bucketID: Int64, depth: Int, into scratch: borrowing Connection,
    _ progress: inout IndexCheck.Progress
  ) throws -> Int64? {
    var newest: Int64?
    var deltas = UsageDeltas(depthMax: depth, tables: .objects)
    var rows: Int64 = 0
    try reader.connection.withStatement(Self.selectObjects) { row in
      try row.bind(bucketID, at: 1)
      while try row.step() {
        row.withText(at: 2) { key in
          deltas.add(
            bucketID: bucketID, storageClassID: row.int64(at: 0), key: key, objects: 1,
            bytes: row.int64(at: 1))
        }
        newest = max(newest ?? .min, row.int64(at: 3))
        rows += 1
        if rows.isMultiple(of: Int64(Self.rowsBetweenSums)) {
          try deltas.flush(to: scratch)
          progress.objects += Int64(Self.rowsBetweenSums)
          report(progress)
        }
      }
    }
    try deltas.flush(to: scratch)
    count(objects: rows)
    progress.objects += rows % Int64(Self.rowsBetweenSums)
    report(progress)
    try sumVersions(of: bucketID, depth: depth, into: scratch)
    return newest
  }

  private static let selectObjects = """
    SELECT storage_class_id, size, key, last_modified_ms FROM object WHERE bucket_id = ?1
    ORDER BY key
    """

  private func sumVersions(
    of bucketID: Int64, depth: Int, into scratch: borrowing Connection
  ) throws {
    var deltas = UsageDeltas(depthMax: depth, tables: .versions)
    var rows = 0
    try reader.connection.withStatement(IndexWriter.selectShares) { row in
      try row.bind(bucketID, at: 1)
      while try row.step() {
        deltas.addVersion(row, of: bucketID)
        rows += 1
        if rows.isMultiple(of: Self.rowsBetweenSums) { try deltas.flush(to: scratch) }
      }
    }
    try deltas.flush(to: scratch)
  }

  private mutating func compareNewest(_ newest: Int64?, of bucketID: Int64) throws {
    let kept = try reader.connection.first(
      "SELECT newest_object_ms, newest_is_stale FROM bucket WHERE id = ?1", .integer(bucketID)
    ) { ($0.timestamp(at: 0), $0.int64(at: 1) != 0) }
    // A stale one is known to be too late, and is made exact by the next crawl.
    guard let (found, isStale) = kept, !isStale else { return }
    let expected = newest.map { Timestamp(millisecondsSinceEpoch: $0) }
    guard found != expected else { return }
    note(
      CheckFinding(
        "bucket", bucketID, at: Array("newest object".utf8), expected: expected?.iso8601 ?? "none",
        found: found?.iso8601 ?? "none", .sums))
  }

  /// A key has one current version, be it an object or a delete marker.
  private mutating func findCurrents(of bucketID: Int64) throws {
    let all = KeyInterval(prefix: .start)
    let key = try reader.connection.first(
      IndexWriter.selectTwoCurrents, .integer(bucketID), .text(all.lower.bytes), all.upperBound,
      .integer(VersionKind.currentMarker.rawValue)
    ) { $0.bytes(at: 0) }
    guard let key else { return }
    note(
      CheckFinding(
        "object_version", bucketID, at: key, expected: "one current version", found: "two",
        .listing))
  }
}

/// A table of sums: what tells its rows apart, and what they say.
struct SumTable {
  let name: String
  let keys: [String]
  let sums: [String]

  static let all = [
    SumTable(
      name: "bucket_usage", keys: ["storage_class_id"],
      sums: ["objects", "bytes", "small_objects", "small_bytes"]),
    SumTable(
      name: "version_usage", keys: ["storage_class_id"],
      sums: ["objects", "bytes", "markers", "small_objects", "small_bytes"]),
    SumTable(name: "prefix_usage", keys: ["depth", "prefix"], sums: ["objects", "bytes"]),
    SumTable(
      name: "prefix_version_usage", keys: ["depth", "prefix"],
      sums: ["objects", "bytes", "markers"]
    ),
  ]

  var select: String {
    let columns = (keys + sums).joined(separator: ", ")
    return
      "SELECT \(columns) FROM \(name) WHERE bucket_id = ?1 ORDER BY \(keys.joined(separator: ", "))"
  }

  /// The sums of a row in words: `objects 12, bytes 3400`.
  func words(_ row: [SQLiteValue]) -> String {
    zip(sums, row.dropFirst(keys.count)).map { "\($0) \($1.words)" }.joined(separator: ", ")
  }
}

extension SumTable {
  /// Whether two databases say the same of a bucket.
  func isSame(
    in left: borrowing Connection, and right: borrowing Connection, of bucketID: Int64
  ) throws -> Bool {
    var left = try left.prepare(select)
    var right = try right.prepare(select)
    try left.bind(bucketID, at: 1)
    try right.bind(bucketID, at: 1)
    while true {
      let row = try left.nextRow()
      guard try right.nextRow() == row else { return false }
      if row == nil { return true }
    }
  }
}

extension SQLiteValue {
  fileprivate var words: String {
    switch self {
    case .null: "null"
    case .integer(let number): String(number)
    case .real(let number): String(number)
    case .text(let bytes), .blob(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }

  /// The order of SQLite: what is kept apart in one column is of one type.
  fileprivate static func isBefore(_ left: SQLiteValue, _ right: SQLiteValue) -> Bool {
    switch (left, right) {
    case (.integer(let left), .integer(let right)): left < right
    case (.text(let left), .text(let right)): left.lexicographicallyPrecedes(right)
    case (.integer, .text): true
    default: false
    }
  }
}

extension CheckPass {
  /// Goes through both in their order, side by side.
  fileprivate mutating func compare(
    _ table: SumTable, of bucketID: Int64, with scratch: borrowing Connection
  ) throws {
    var kept = try reader.connection.prepare(table.select)
    var counted = try scratch.prepare(table.select)
    try kept.bind(bucketID, at: 1)
    try counted.bind(bucketID, at: 1)
    var found = try kept.nextRow()
    var expected = try counted.nextRow()
    while found != nil || expected != nil {
      let order = Self.order(found, expected, keys: table.keys.count)
      if order != .same || found != expected {
        let row = order == .foundAlone ? found : expected
        note(
          CheckFinding(
            table.name, bucketID, at: place(of: row ?? [], table),
            expected: order == .foundAlone ? "no row" : table.words(expected ?? []),
            found: order == .expectedAlone ? "no row" : table.words(found ?? []), .sums))
      }
      if order != .expectedAlone { found = try kept.nextRow() }
      if order != .foundAlone { expected = try counted.nextRow() }
    }
  }

  private enum Order { case same, foundAlone, expectedAlone }

  private static func order(
    _ found: [SQLiteValue]?, _ expected: [SQLiteValue]?, keys: Int
  ) -> Order {
    guard let found else { return .expectedAlone }
    guard let expected else { return .foundAlone }
    for index in 0..<keys where found[index] != expected[index] {
      return SQLiteValue.isBefore(found[index], expected[index]) ? .foundAlone : .expectedAlone
    }
    return .same
  }

  /// The class by its name, or the prefix.
  private func place(of row: [SQLiteValue], _ table: SumTable) -> [UInt8] {
    switch row[table.keys.count - 1] {
    case .text(let prefix): return prefix
    case let id:
      // What is not known has no name; the number is all that there is to say.
      let name = try? connection.first("SELECT name FROM storage_class WHERE id = ?1", id) {
        $0.bytes(at: 0)
      }
      return (name ?? nil) ?? Array(id == .integer(0) ? "delete markers".utf8 : id.words.utf8)
    }
  }
}

extension Statement {
  /// All values of the next row; nil at the end.
  fileprivate mutating func nextRow() throws -> [SQLiteValue]? {
    guard try step() else { return nil }
    return (0..<columnCount).map { value(at: $0) }
  }
}

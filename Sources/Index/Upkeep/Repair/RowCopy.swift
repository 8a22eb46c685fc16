internal import SQLite

/// Copies a table's rows from a file that may be damaged.
struct RowCopy {
  struct Column {
    var name: String
    /// Its place in the primary key, from 1; 0 outside.
    var place: Int64
  }

  let table: String
  let columns: [Column]

  /// From the first row to what cannot be read, then from the last row back to it.
  ///
  /// - Returns: whether all rows could be read.
  func run(
    from source: borrowing Connection, to target: borrowing Connection, where bucketID: Int64?
  ) throws -> Bool {
    let key = columns.filter { $0.place > 0 }.sorted { $0.place < $1.place }.map(\.name)
    let order = key.isEmpty ? ["rowid"] : key
    let isRead = try copy(from: source, to: target, order, bucketID)
    if isRead, try bucketID != nil || isSound(in: source) { return true }
    _ = try copy(from: source, to: target, order.map { "\($0) DESC" }, bucketID)
    return false
  }

  /// Whether a scan of the whole table cannot have passed over rows, which is no error.
  ///
  /// Rows of buckets have sums to compare with.
  private func isSound(in source: borrowing Connection) throws -> Bool {
    do {
      return try source.damageFound(by: "quick_check('\(table)')").isEmpty
    } catch let error as SQLiteError where error.isUnreadable {
      return false
    }
  }

  private func copy(
    from source: borrowing Connection, to target: borrowing Connection, _ order: [String],
    _ bucketID: Int64?
  ) throws -> Bool {
    let names = columns.map(\.name).joined(separator: ", ")
    let marks = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    let condition = bucketID == nil ? "" : " WHERE bucket_id = ?1"
    let select =
      "SELECT \(names) FROM \(table)\(condition) ORDER BY \(order.joined(separator: ", "))"
    // A new index has the usual settings, which give way to those of the old one.
    let verb = table == "setting" ? "REPLACE" : "IGNORE"
    let insert = "INSERT OR \(verb) INTO \(table) (\(names)) VALUES (\(marks))"
    do {
      return try target.withStatement(insert) { insert in
        try source.withStatement(select) { rows in
          if let bucketID { try rows.bind(bucketID, at: 1) }
          return try copyAll(&rows, with: &insert, bucketID)
        }
      }
    } catch let error as SQLiteError where error.isUnreadable {
      return false
    }
  }

  private func copyAll(
    _ rows: inout Statement, with insert: inout Statement, _ bucketID: Int64?
  ) throws -> Bool {
    let owner = columns.firstIndex { $0.name == "bucket_id" }
    while try rows.step() {
      // A search in a damaged tree comes by rows that it is not after.
      if let bucketID, let owner, rows.value(at: Int32(owner)) != .integer(bucketID) {
        return false
      }
      for index in columns.indices {
        try insert.bind(rows.value(at: Int32(index)), at: Int32(index + 1))
      }
      guard try Self.isTaken(&insert) else { return false }
    }
    return true
  }

  /// A value that its column does not take is damage as well.
  private static func isTaken(_ insert: inout Statement) throws -> Bool {
    do throws(SQLiteError) {
      try insert.run()
      return true
    } catch {
      guard error.primaryCode == .constraint else { throw error }
      return false
    }
  }
}

extension SQLiteError {
  /// Whether a table of a damaged file cannot be read: also one that its schema no longer names.
  var isUnreadable: Bool { isDamage || primaryCode == nil }
}

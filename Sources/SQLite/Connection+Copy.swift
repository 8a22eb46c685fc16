internal import CSQLite

extension Connection {
  /// Copies this database, as this connection sees it, over the whole of another.
  ///
  /// SQLite begins anew whenever another process commits, unless this connection holds a transaction:
  /// hold one (https://www.sqlite.org/c3ref/backup_finish.html). `report` is called every few megabytes with the pages
  /// that are there and those that will be; what it throws ends the copy.
  package func copy(
    into target: borrowing Connection, report: (Int64, Int64) throws -> Void
  ) throws {
    guard let copy = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw unsafe SQLiteError.last(sqlite3_errcode(target.handle), on: target.handle)
    }
    do {
      var code = SQLITE_OK
      while code == SQLITE_OK {
        code = unsafe sqlite3_backup_step(copy, Self.pagesAtOnce)
        let total = Int64(unsafe sqlite3_backup_pagecount(copy))
        try report(total - Int64(unsafe sqlite3_backup_remaining(copy)), total)
      }
    } catch {
      unsafe sqlite3_backup_finish(copy)
      throw error
    }
    let code = unsafe sqlite3_backup_finish(copy)
    guard code == SQLITE_OK else { throw unsafe SQLiteError.last(code, on: target.handle) }
  }

  /// 4 MB of an index.
  private static let pagesAtOnce: Int32 = 256
}

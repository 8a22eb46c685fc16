internal import SQLite
package import Vocabulary

/// Sorts the objects of a listing without order on disk, in a database that is gone with it.
///
/// An object that is listed twice is kept once, as it was listed last. Its errors are
/// `SortingError`.
package actor PageSorter {
  private let executor = SerialQueueExecutor(label: "sorter")
  /// Opened by the first page, on the sorter's own queue.
  private var opened: SortedFile?

  /// Objects of a page that comes out.
  private static let objectsPerPage = 1_000

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  package init() {}

  private func file() throws -> SortedFile {
    if let opened { return opened }
    let file = try SortedFile()
    opened = file
    return file
  }

  /// Takes a page in; returns how many of its keys are new.
  package func add(_ page: ObjectPage) throws -> Int {
    do {
      return try insert(page)
    } catch let error as SQLiteError {
      throw SortingError(error)
    }
  }

  private func insert(_ page: ObjectPage) throws -> Int {
    var new = 0
    let file = try file()
    try file.connection.transaction(.immediate) {
      try file.connection.withStatement(Self.insertObject) { statement in
        for (index, record) in page.records.enumerated() {
          try statement.bind([
            .text(page.key(at: index).bytes), .integer(record.size),
            .integer(record.lastModified.millisecondsSinceEpoch), .text(page.etag(at: index)),
            .text(page.storageClass(at: index)),
          ])
          new += try statement.step() && statement.int64(at: 0) == 1 ? 1 : 0
          statement.reset()
        }
      }
    }
    return new
  }

  private static let insertObject = """
    INSERT INTO object (key, size, last_modified_ms, etag, storage_class)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET
      size = excluded.size, last_modified_ms = excluded.last_modified_ms, etag = excluded.etag,
      storage_class = excluded.storage_class, times = times + 1
    RETURNING times
    """

  /// The next objects in the order of their keys; none after the last.
  package func nextPage(after key: Key) throws -> ObjectPage {
    do {
      return try read(after: key)
    } catch let error as SQLiteError {
      throw SortingError(error)
    }
  }

  private func read(after key: Key) throws -> ObjectPage {
    var page = ObjectPage()
    let rows = try file().connection.all(
      """
      SELECT key, size, last_modified_ms, etag, storage_class FROM object
      WHERE key > ?1 ORDER BY key LIMIT ?2
      """, .text(key.bytes), .integer(Int64(Self.objectsPerPage))
    ) { row in
      (
        key: Key(row.bytes(at: 0)), size: row.int64(at: 1), time: row.int64(at: 2),
        etag: row.string(at: 3), storageClass: row.string(at: 4)
      )
    }
    for row in rows {
      page.append(
        key: row.key, etag: row.etag, size: row.size,
        lastModified: Timestamp(millisecondsSinceEpoch: row.time), storageClass: row.storageClass)
    }
    return page
  }
}

/// The file that a listing is sorted in: a private one, which SQLite deletes
/// (https://www.sqlite.org/inmemorydb.html, "Temporary Databases": an empty name).
private final class SortedFile {
  let connection: Connection

  init() throws {
    connection = try Connection(path: "", mode: .create)
    try connection.execute(script: Self.schema)
  }

  private static let schema = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE object (
      key TEXT PRIMARY KEY,
      size INTEGER NOT NULL,
      last_modified_ms INTEGER NOT NULL,
      etag TEXT NOT NULL,
      storage_class TEXT NOT NULL,
      times INTEGER NOT NULL DEFAULT 1
    ) STRICT, WITHOUT ROWID;
    """
}

/// A failure of the disk on which a listing without order is sorted.
package struct SortingError: Error, Equatable, CustomStringConvertible {
  private let error: SQLiteError

  init(_ error: SQLiteError) {
    self.error = error
  }

  package var description: String {
    "the listing comes in no order, and sorting it in a temporary file failed: \(error.message)"
      + " (SQLite \(error.code))"
  }
}

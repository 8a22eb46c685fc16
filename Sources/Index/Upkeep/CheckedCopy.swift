internal import Dispatch
internal import SQLite
internal import Synchronization
internal import System
internal import Vocabulary

/// Copies an index as it is at one moment into a file, which is on the disk then, and has SQLite check what it copies.
///
/// The check takes twice as long as the copy. So two connections read the same snapshot: one is copied, page by page as
/// SQLite sees them, and the other is checked meanwhile. What is sound there is sound in the copy, whose pages are the
/// same, and of which every write and the flush have succeeded; in the end the copy is opened, and its sums compared. Where
/// a sync commits between any two beginnings, or the index is locked, the copy is checked itself, after it was made.
struct CheckedCopy {
  private let source: String
  private let part: String
  private let now: Timestamp

  init(of source: String, into part: String, now: Timestamp) {
    (self.source, self.part, self.now) = (source, part, now)
  }

  /// - Throws: `BackupError.unsound`; what `report` throws, which is called on another thread.
  func run(
    _ report: @Sendable (CopyProgress) throws -> Void
  ) throws -> IndexBackup.Summary {
    let hasFailed = Flag()
    let copied = Mutex(try IndexReader(path: source, now: now))
    let checked = Mutex(try IndexReader(path: source, now: now) { hasFailed.isSet })
    let areOne = try beginTogether(copied, checked)
    defer {
      copied.withLock { $0.connection.rollBack() }
      checked.withLock { $0.connection.rollBack() }
    }
    let summary = try copied.withLock { try Self.summary(of: $0.connection) }
    let failures = Mutex<[Int: any Error]>([:])
    DispatchQueue.concurrentPerform(iterations: areOne ? 2 : 1) { number in
      do {
        if number == 0 {
          try copied.withLock { try copy($0.connection, report) }
        } else {
          try checked.withLock { try check($0.connection) }
        }
      } catch {
        hasFailed.set()
        failures.withLock { $0[number] = error }
      }
    }
    // What ended the copy has interrupted the check.
    if let error = failures.withLock({ $0[0] ?? $0[1] }) { throw error }
    return try finished(summary, isChecked: areOne)
  }

  // MARK: - Two readers of one moment

  private static let triesMax = 100

  /// Begins two transactions in which nothing was committed in between; false where that cannot be had.
  ///
  /// A third connection tells (https://www.sqlite.org/pragma.html#pragma_data_version).
  private func beginTogether(
    _ copied: borrowing Mutex<IndexReader>, _ checked: borrowing Mutex<IndexReader>
  ) throws -> Bool {
    let watch = try IndexReader(path: source, now: now)
    for _ in 0..<Self.triesMax {
      let before = try Self.version(watch.connection)
      try copied.withLock { try Self.begin($0.connection) }
      try checked.withLock { try Self.begin($0.connection) }
      if try Self.version(watch.connection) == before { return true }
      checked.withLock { $0.connection.rollBack() }
      copied.withLock { $0.connection.rollBack() }
    }
    try copied.withLock { try Self.begin($0.connection) }
    return false
  }

  private static func version(_ connection: borrowing Connection) throws -> Int64? {
    try connection.first("PRAGMA data_version") { $0.int64(at: 0) }
  }

  /// The first statement is what begins the snapshot.
  private static func begin(_ connection: borrowing Connection) throws {
    try connection.begin(.deferred)
    _ = try connection.first("SELECT 1 FROM sqlite_schema") { _ in true }
  }

  // MARK: - Copy and check

  private func copy(
    _ connection: borrowing Connection, _ report: @Sendable (CopyProgress) throws -> Void
  ) throws {
    let copy = try Connection(path: part, mode: .readWrite)
    // Nobody sees the file before it is flushed as a whole, and half of one is taken away.
    try copy.execute(script: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    let pageBytes = try connection.first("PRAGMA page_size") { $0.int64(at: 0) } ?? 0
    try connection.copy(into: copy) { pages, total in
      var progress = CopyProgress()
      (progress.bytes, progress.bytesTotal) = (pages * pageBytes, total * pageBytes)
      try report(progress)
    }
    // The copy says of itself that it has a log, as its source does while a sync writes.
    try copy.execute(script: "PRAGMA journal_mode = DELETE;")
    try FileSystem.flush(part)
  }

  private func check(_ connection: borrowing Connection) throws {
    if let finding = try connection.damageFound(by: "quick_check(1)").first {
      throw BackupError.unsound(source: source, finding: finding)
    }
  }

  /// Opens the copy as whoever restores it will.
  private func finished(
    _ summary: IndexBackup.Summary, isChecked: Bool
  ) throws -> IndexBackup.Summary {
    let copy = try Connection(path: part, mode: .readOnly)
    if !isChecked { try check(copy) }
    guard try Self.summary(of: copy) == summary else {
      throw BackupError.unsound(source: source, finding: "other sums")
    }
    var summary = summary
    summary.bytes = FileSystem.status(of: part)?.size ?? 0
    return summary
  }

  private static func summary(
    of connection: borrowing Connection
  ) throws -> IndexBackup.Summary {
    let sums = try connection.first(
      "SELECT (SELECT count(*) FROM bucket), (SELECT sum(objects) FROM bucket_usage),"
        + " (SELECT max(finished_ms) FROM sync)"
    ) { row in
      IndexBackup.Summary(
        bytes: 0, buckets: row.int64(at: 0), objects: row.optionalInt64(at: 1) ?? 0,
        syncedAt: row.timestamp(at: 2))
    }
    return sums ?? IndexBackup.Summary(bytes: 0, buckets: 0, objects: 0, syncedAt: nil)
  }
}

/// Tells one thread that another has failed.
private final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() { value.store(true, ordering: .relaxed) }
}

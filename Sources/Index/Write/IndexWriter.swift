internal import SQLite
internal import System
package import Vocabulary

/// The one writer of an index: it merges pages into it and keeps rows, rollups and checkpoints in
/// step.
///
/// Everything a page changes is committed in one transaction together with the cursor of its range.
/// Pages are batched: about 64 k rows or 250 ms a commit, whichever comes first. The actor runs on
/// a thread of its own; awaiting it is the back-pressure of the crawl. After an error of SQLite the
/// open batch is rolled back and every further call throws that error: the file is at its last
/// commit.
package actor IndexWriter {
  let connection: Connection
  let path: String
  let now: @Sendable () -> Timestamp
  var deltas: UsageDeltas
  /// What the batch adds to the rollups of noncurrent versions and delete markers.
  var versionDeltas: UsageDeltas
  /// Which prefixes are recorded at the end of a complete crawl.
  let historyLimits: HistoryLimits
  let historyThinning: HistoryThinning
  private let executor = SerialQueueExecutor(label: "writer")
  private let lock: SyncLock
  /// Whether this writer has made the index, and put nothing into it so far.
  private var isFresh: Bool
  private let patience: LockPatience
  private var batch: Batch?
  private var failure: (any Error)?
  private var storageClassIDs: [String: Int64] = [:]
  /// What is stored of the buckets that are being crawled, by their ids.
  var bytesOfBuckets: [Int64: Int64] = [:]
  /// Where this process is to die; nil but in tests.
  var crashOrder: CrashOrder?

  private struct Batch {
    var startedAt: Timestamp
    var rows = 0
  }

  private static let batchRowsMax = 65_536
  private static let batchMillisecondsMax: Int64 = 250

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens, makes or upgrades the index at `path` and takes the right to write it.
  ///
  /// `mode` is what the index, its log and its lock get; nil leaves an index's own, which is 0600 for a
  /// new one. `patience` is for the locks of programs that are no sync. Settings that are about to
  /// be changed may mean nothing: they get their usual values.
  ///
  /// - Throws: `IndexError.busy` at once when another process is writing it.
  package init(
    path: String, mode: FileMode? = nil, crashOrder: CrashOrder? = nil,
    patience: LockPatience = .short, mending settings: [IndexSetting] = [],
    now: @escaping @Sendable () -> Timestamp
  ) throws {
    self.path = path
    self.now = now
    self.crashOrder = crashOrder
    self.patience = patience
    // Nothing is made beside a file that is not ours, and nothing of it is changed.
    try IndexFile.refuseOtherFiles(at: path)
    guard !FileSystem.exists(at: path) || IndexFile.isWritable(at: path) else {
      throw IndexError.notWritable(path: path)
    }
    let lock = try SyncLock(indexPath: path, mode: mode)
    let isNew = !FileSystem.exists(at: path)
    do {
      connection = try IndexFile.openForWriting(path: path, now: now(), patience: patience)
      if let mode { try PrivateFile.change(mode, ofIndexAt: path) }
      for setting in settings { try setting.mend(in: connection) }
      let depth = try IndexSetting.prefixDepth.number(in: connection, path: path)
      deltas = UsageDeltas(depthMax: Int(depth), tables: .objects)
      versionDeltas = UsageDeltas(depthMax: Int(depth), tables: .versions)
      historyLimits = try HistoryLimits(in: connection, path: path, keptDepth: depth)
      historyThinning = try HistoryThinning(in: connection, path: path)
    } catch {
      if isNew { PrivateFile.removeIfEmpty(at: path) }
      lock.removeIfNew()
      throw error
    }
    self.lock = lock
    isFresh = isNew
    self.crashOrder?.pass(.indexOpened)
  }

  /// Makes the index readable for whoever may read its file, when nothing more is to be written.
  ///
  /// Later calls may write all the same: they would do so without a log, and block readers.
  ///
  /// - Returns: nil after an error of the index, when it is left as it is.
  package func rest() throws -> IndexRest? {
    guard batch == nil, failure == nil else { return nil }
    let rest = try IndexFile.rest(connection)
    crashOrder?.pass(.indexAtRest)
    return rest
  }

  /// Removes the index again that this writer has made, where nothing was ever put into it; then the writer is of
  /// no more use.
  package func removeIfFresh() {
    guard isFresh, batch == nil else { return }
    // What stays behind is an index that holds nothing.
    for name in [path, path + "-wal", path + "-shm"] where FileSystem.exists(at: name) {
      try? FileSystem.remove(name)
    }
    lock.removeIfNew()
    isFresh = false
  }

  /// Runs `body` in the open batch, beginning one when there is none.
  func inBatch<Result>(rows: Int = 0, _ body: () throws -> Result) throws -> Result {
    if let failure { throw failure }
    if batch == nil {
      // Another program may write for minutes: that ends no sync. Nothing is lost where it is given up.
      try patience { try connection.begin(.immediate) }
      batch = Batch(startedAt: now())
      crashOrder?.pass(.batchBegun)
    }
    do {
      let result = try body()
      isFresh = false
      batch?.rows += rows
      return result
    } catch {
      connection.rollBack()
      batch = nil
      failure = error
      throw error
    }
  }

  /// Commits the open batch, when there is one: from here on, its pages are safe.
  package func commit() throws {
    if let failure { throw failure }
    guard batch != nil else { return }
    try inBatch {
      try deltas.flush(to: connection)
      try versionDeltas.flush(to: connection)
      crashOrder?.pass(.batchSummed)
      try connection.commit()
      crashOrder?.pass(.batchCommitted)
    }
    batch = nil
  }

  /// Commits the open batch, when there is one; a crashpoint comes next.
  func commit(thenPass point: Crashpoint) throws {
    try commit()
    crashOrder?.pass(point)
  }

  /// Commits the open batch when it is large or old enough.
  package func commitIfDue() throws {
    guard let batch else { return }
    let age = now().millisecondsSinceEpoch - batch.startedAt.millisecondsSinceEpoch
    // A clock that was set back tells no age.
    let isDue = batch.rows >= Self.batchRowsMax || age >= Self.batchMillisecondsMax || age < 0
    if isDue { try commit() }
  }

  /// The index's ids of the page's storage classes, in the page's order.
  func storageClassIDs(of page: ObjectPage) throws -> [Int64] {
    try page.storageClasses.map { try storageClassID(of: $0) }
  }

  /// The index's id of a storage class, which is given one where it has none.
  func storageClassID(of name: String) throws -> Int64 {
    if let known = storageClassIDs[name] { return known }
    try connection.run(
      "INSERT INTO storage_class (name) VALUES (?1) ON CONFLICT DO NOTHING", .text(name))
    let id = try connection.first("SELECT id FROM storage_class WHERE name = ?1", .text(name)) {
      $0.int64(at: 0)
    }
    guard let id else { throw IndexError.damaged(path: path, reason: "no row for class \(name)") }
    storageClassIDs[name] = id
    return id
  }
}

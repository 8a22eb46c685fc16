internal import Migrations
internal import SQLite
internal import System
package import Vocabulary

/// A new index made of what can still be read of a damaged one.
///
/// What cannot be listed anew comes over row by row: syncs, changes, history, estimates, settings. Objects
/// do too; a bucket of which some cannot be read is marked, and the next sync lists it again. Sums are counted anew. The
/// damaged file is kept beside the index, under a name that says when.
package struct IndexRescue: Sendable {
  package struct Summary: Sendable {
    /// Where the damaged file is now.
    package var keptAt: String
    /// Buckets that the next sync lists again.
    package var marked: [String] = []
    /// Tables of which some rows could not be read, but for those of objects.
    package var damagedTables: [String] = []
    package var objects: Int64 = 0
    /// Tables of which some rows belonged to nothing, and are in the damaged file alone.
    package var unownedTables: [String] = []
    /// Whether rows are lost that no sync lists anew.
    package var losesPast: Bool {
      (damagedTables + unownedTables).contains(where: Self.ofThePast.contains)
    }

    /// Tables with rows that no sync lists anew.
    static let ofThePast: Set<String> = [
      "sync", "sync_crawl", "crawl", "object_change", "usage_history", "usage_point", "usage_gap",
      "prefix_usage_history", "estimate", "actual_cost",
    ]
    /// How many buckets there were whose names cannot be read.
    package var lostBuckets = 0
    /// What classes are called now whose names cannot be read.
    package var lostClasses: [String] = []
  }

  private let path: String
  private let now: @Sendable () -> Timestamp

  package init(path: String, now: @escaping @Sendable () -> Timestamp) {
    (self.path, self.now) = (RealPath.of(path), now)
  }

  /// Makes the new index and puts it into the place of the old one.
  ///
  /// - Throws: `IndexError.busy` while a sync runs; `RescueError` where nothing can be read: the file is as it
  ///   was then.
  package func run() async throws -> Summary {
    let lock = try SyncLock(indexPath: path)
    let made = path + ".rescued"
    try removeLeftovers(of: made)
    try refuseWithoutRoom()
    var summary = try await whole(made)
    summary.keptAt = try keepDamaged()
    try FileSystem.move(made, to: path)
    try FileSystem.flush(FileSystem.folder(of: path))
    try removeLeftovers(of: made)
    _ = consume lock
    return summary
  }

  /// What is taken over may be as large as what it is taken from.
  private func refuseWithoutRoom() throws(RescueError) {
    guard let size = FileSystem.status(of: path)?.size, let free = DiskSpace.free(at: path)
    else { return }
    guard free >= size else { throw .noRoom(path: path, needed: size, free: free) }
  }

  /// The new index, sound and on the disk; nothing of it is left where it cannot be had.
  private func whole(_ made: String) async throws -> Summary {
    let source = RescueSource(path: path, now: now())
    do {
      let summary = try await fill(made, from: source)
      try IndexFile.requireSound(made)
      try FileSystem.flush(made)
      return summary
    } catch {
      try removeLeftovers(of: made)
      try source.removeCopy()
      if let error = error as? SQLiteError, error.isDamage {
        throw RescueError.unreadable(path: path, reason: error.message)
      }
      throw error
    }
  }

  private func fill(_ made: String, from source: RescueSource) async throws -> Summary {
    let readable = try source.prepare()
    let writer = try IndexWriter(path: made, now: now)
    let summary = try await writer.takeOver(from: readable)
    _ = try await writer.rest()
    try source.removeCopy()
    return summary
  }

  private func removeLeftovers(of made: String) throws {
    for suffix in ["", "-wal", "-shm", "-journal", ".lock"]
    where FileSystem.exists(at: made + suffix) {
      try FileSystem.remove(made + suffix)
    }
  }

  /// The log stays with its file: it may hold the newest of it.
  private func keepDamaged() throws -> String {
    let moment = now().iso8601.prefix(19).replacing(":", with: "").replacing("-", with: "")
    var kept = "\(path).damaged-\(moment)Z"
    var number = 1
    while FileSystem.exists(at: kept) {
      number += 1
      kept = "\(path).damaged-\(moment)Z-\(number)"
    }
    for suffix in ["-wal", "-journal"] where FileSystem.exists(at: path + suffix) {
      try FileSystem.move(path + suffix, to: kept + suffix)
    }
    if FileSystem.exists(at: path + "-shm") { try FileSystem.remove(path + "-shm") }
    try FileSystem.addName(kept, of: path)
    return kept
  }
}

/// Why a damaged index was left as it is.
package enum RescueError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case noRoom(path: String, needed: Int64, free: Int64)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "nothing can be read of \(path): \(reason)"
    case .noRoom(let path, let needed, let free):
      "there is no room for a copy of \(path): \(ByteUnit.auto.text(needed)) are needed, "
        + "\(ByteUnit.auto.text(free)) free"
    }
  }
}

extension IndexFile {
  /// - Throws: `IndexError.damaged` for a file that SQLite finds something wrong with.
  static func requireSound(_ path: String) throws {
    let connection = try connect(path: path, busyTimeoutMilliseconds: 1_000)
    if let finding = try connection.damageFound(by: "integrity_check(1)").first {
      throw IndexError.damaged(path: path, reason: finding)
    }
  }
}

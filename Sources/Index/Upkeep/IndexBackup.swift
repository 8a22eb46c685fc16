internal import System
package import Vocabulary

/// How far a copy has come.
package struct CopyProgress: Equatable, Sendable {
  package var bytes: Int64 = 0
  package var bytesTotal: Int64 = 0

  package init() {}
}

/// A copy of an index, of one moment, in a file of its own, while a sync may write on.
///
/// It is made beside its place (`FILE.partial`), checked by SQLite (`CheckedCopy`), put on the disk and renamed: whatever
/// ends it, under the name of the backup is the old one or the new one, whole. One that was killed leaves its
/// `.partial`, which the next one takes away.
package struct IndexBackup: Sendable {
  /// What was copied.
  package struct Summary: Equatable, Sendable {
    package var bytes: Int64
    package var buckets: Int64
    package var objects: Int64
    /// When the newest sync in it ended; nil without one.
    package var syncedAt: Timestamp?
  }

  private let source: String
  private let target: String
  /// How many backups are kept: the new one, and older ones as `FILE.1`, `FILE.2` and so on.
  private let kept: Int

  /// - Throws: `BackupError` for a target that must not be written, before anything is.
  package init(of source: String, to target: String, keeping kept: Int = 1) throws(BackupError) {
    (self.source, self.target, self.kept) = (source, RealPath.of(target), kept)
    try refuseTarget()
    for number in 1..<max(kept, 1) { try refuseOlder("\(self.target).\(number)") }
    try refuseWithoutRoom()
  }

  /// Makes the backup; `report` is called now and then, and what it throws ends it without a trace.
  package func run(
    now: Timestamp, report: @Sendable (CopyProgress) throws -> Void
  ) throws -> Summary {
    let part = target + Self.partSuffix
    let lock = try takePart(part)
    defer {
      // What is in its place by now has another name.
      if lock.isInItsPlace { try? FileSystem.remove(part) }
    }
    let summary = try CheckedCopy(of: source, into: part, now: now).run(report)
    try keepOlderOnes()
    try FileSystem.move(part, to: target)
    try FileSystem.flush(FileSystem.folder(of: target))
    return summary
  }

  private static let partSuffix = ".partial"

  /// The file that is filled, of mode 0600, and ours alone as long as the lock lives.
  private func takePart(_ part: String) throws -> LockFile {
    // One that a killed backup left: nobody has its lock.
    if PrivateFile.ownKind(at: part) == .plain {
      guard Self.isOfBackup(part) else { throw BackupError.notABackup(target: part) }
      let old = try LockFile(opening: part)
      guard try old.lock(.alone), old.isInItsPlace else { throw BackupError.busy(target: target) }
      try FileSystem.remove(part)
    }
    do throws(SystemError) {
      let lock = try LockFile(making: part)
      guard try lock.lock(.alone), lock.isInItsPlace else { throw SystemError("lock", part) }
      return lock
    } catch {
      throw error.isThereAlready
        ? BackupError.busy(target: target)
        : BackupError.cannotWrite(target: target, reason: error.reason)
    }
  }

  /// `FILE` becomes `FILE.1`, `FILE.1` becomes `FILE.2` …; `FILE` itself keeps its name until it is replaced.
  private func keepOlderOnes() throws {
    guard kept > 1, FileSystem.exists(at: target) else { return }
    for number in stride(from: kept - 2, to: 0, by: -1)
    where FileSystem.exists(at: "\(target).\(number)") {
      try FileSystem.move("\(target).\(number)", to: "\(target).\(number + 1)")
    }
    // Where one that was ended here has linked it already, it is the same file.
    if FileSystem.exists(at: "\(target).1") { try FileSystem.remove("\(target).1") }
    try FileSystem.addName("\(target).1", of: target)
  }
}

// MARK: - What is refused

extension IndexBackup {
  private func refuseTarget() throws(BackupError) {
    let index = RealPath.of(source)
    let own = [index] + ["-wal", "-shm", "-journal", ".lock"].map { index + $0 }
    let identity = FileIdentity(at: index)
    guard !own.contains(target), identity == nil || identity != FileIdentity(at: target) else {
      throw .isIndex(target: target)
    }
    guard let status = FileSystem.status(of: target) else { return try refuseFolder() }
    guard status.kind != .folder else { throw .isFolder(target: target) }
    guard status.kind == .file else { throw .notABackup(target: target) }
    let owner: FileOwner
    do throws(IndexError) {
      owner = try FileOwner(of: target, indexPath: target)
    } catch { throw .notABackup(target: target) }
    guard owner == .index || status.size == 0 else { throw .notABackup(target: target) }
    // A log beside it would be played into the new file.
    for suffix in ["-wal", "-journal"] where FileSystem.exists(at: target + suffix) {
      throw .isInUse(target: target, by: target + suffix)
    }
    try refuseFolder()
  }

  /// An older backup, or a place for one.
  private func refuseOlder(_ path: String) throws(BackupError) {
    guard FileSystem.ownStatus(of: path) != nil else { return }
    guard let owner = try? FileOwner(of: path, indexPath: path), owner == .index else {
      throw .notABackup(target: path)
    }
  }

  /// Whether a file may be one that a killed backup left: SQLite writes its first page last.
  private static func isOfBackup(_ path: String) -> Bool {
    guard FileSystem.status(of: path)?.size != 0 else { return true }
    let beginning = ReadableFile(plainAt: path)?.bytes(16, at: 0)
    let magic = Array("SQLite format 3\0".utf8)
    return beginning == magic || beginning == Array(repeating: 0, count: 16)
  }

  private func refuseFolder() throws(BackupError) {
    let folder = FileSystem.folder(of: target)
    guard let status = FileSystem.status(of: folder) else {
      throw .cannotWrite(target: target, reason: "there is no folder \(folder)")
    }
    guard status.kind == .folder, FileSystem.admitsFiles(folder: folder) else {
      throw .cannotWrite(target: target, reason: "\(folder) cannot be written")
    }
  }

  /// The old backup is kept until the new one is whole, so there must be room for both.
  private func refuseWithoutRoom() throws(BackupError) {
    guard let files = IndexFiles(path: source), let free = DiskSpace.free(at: target) else {
      return
    }
    let needed = files.bytes + files.logBytes
    guard free >= needed else { throw .noRoom(target: target, needed: needed, free: free) }
  }
}

/// Why a backup was not made.
package enum BackupError: Error, Equatable, CustomStringConvertible {
  case isIndex(target: String)
  case isFolder(target: String)
  case notABackup(target: String)
  case isInUse(target: String, by: String)
  case cannotWrite(target: String, reason: String)
  case noRoom(target: String, needed: Int64, free: Int64)
  case busy(target: String)
  case unsound(source: String, finding: String)

  package var description: String {
    switch self {
    case .isIndex(let target): "\(target) is the index itself, or a file of it"
    case .isFolder(let target): "\(target) is a folder"
    case .notABackup(let target): "\(target) is there and is no backup of an index"
    case .isInUse(let target, let file): "\(target) is an index in use: it has \(file)"
    case .cannotWrite(let target, let reason): "cannot write \(target): \(reason)"
    case .noRoom(let target, let needed, let free):
      "there is no room for \(target): \(ByteUnit.auto.text(needed)) are needed, \(ByteUnit.auto.text(free)) free"
    case .busy(let target): "another backup is writing \(target)"
    case .unsound(let source, let finding): "\(source) is damaged: \(finding)"
    }
  }
}

internal import System
internal import Vocabulary

/// What is left to do of a restore: goes through what is wanted in the order of keys, and finds without
/// asking anybody what is right already and what cannot be.
actor RestorePlan {
  /// A file to fetch, or to look at.
  struct Work: Sendable {
    var entry: ManifestEntry
    var path: LocalPath
    /// What stands there now; nil for nothing.
    var status: FileStatus?
  }

  struct Batch: Sendable {
    var work: [Work] = []
    var settled: [(entry: ManifestEntry, outcome: RestoreOutcome)] = []
    var isLast = false
  }

  private let executor = SerialQueueExecutor(label: "restore-plan")
  private let wanted: WantedFiles
  private let digests: DigestIndex
  private let tree: ConfinedTree
  private var position = Key.start

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(
    _ wanted: consuming sending WantedFiles, digests: consuming sending DigestIndex,
    tree: ConfinedTree
  ) {
    self.wanted = wanted
    self.digests = digests
    self.tree = tree
  }

  /// The next few keys.
  func next(count: Int) throws -> Batch {
    let entries = try wanted.entries(after: position, count: count)
    var batch = Batch(isLast: entries.count < count)
    if let last = entries.last { position = last.key }
    let held = try wanted.held(among: entries)
    for entry in entries {
      do {
        if let work = try work(for: entry) {
          guard let version = held[entry.key] else {
            batch.work.append(work)
            continue
          }
          batch.settled.append((entry, .archived(version.archive, version.state)))
        } else {
          batch.settled.append((entry, .skipped))
        }
      } catch let refusal as KeyRefusal {
        batch.settled.append((entry, .refused(refusal)))
      } catch let error as SystemError {
        batch.settled.append((entry, Self.outcome(of: error)))
      }
    }
    return batch
  }

  /// Nil when nothing is to be done.
  private func work(for entry: ManifestEntry) throws -> Work? {
    let path = try wanted.localPath(of: entry.key)
    guard let name = path.name else {
      if let size = entry.size, size > 0 { throw KeyRefusal.folderWithBytes }
      return Work(entry: entry, path: path, status: nil)
    }
    let status: FileStatus?
    do throws(SystemError) {
      status = try tree.folder(path.folder).status(of: name)
    } catch {
      guard error.isMissing else { throw error }
      status = nil
    }
    if status?.kind == .folder {
      throw KeyRefusal.inTheWay(path: tree.root.path + "/" + entry.key.text)
    }
    if let status,
      try digests.isRight(
        entry.key, versionID: entry.versionID, etag: entry.etag, status: status)
    {
      return nil
    }
    return Work(entry: entry, path: path, status: status)
  }

  /// A name that the file system refuses, or a link in the way, is the key's own trouble.
  static func outcome(of error: SystemError) -> RestoreOutcome {
    if error.isNoFolder { return .refused(.inTheWay(path: error.path)) }
    if error.isUnusableName { return .refused(.unusable(reason: error.reason)) }
    return .failed(RestoreFailure(.disk, error.description))
  }

  /// Remembers files that are on the disk for good.
  func record(_ rows: [(key: Key, row: DigestIndex.Row)]) throws {
    try digests.record(rows)
  }
}

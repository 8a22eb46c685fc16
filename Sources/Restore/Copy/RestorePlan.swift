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
    /// The ETag of what was put there, where the file is still that, and nobody said which one is wanted:
    /// the service has to be asked, and no byte read.
    var recordedETag: String?
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
  private var lastFolder: (path: [FileName], folder: Folder)?

  /// Rows that are read for each key that is wanted, at most.
  private static let knownCountMax = 8

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
    // One more than asked for: whether a key is a folder of others shows in the one behind it.
    var entries = try wanted.entries(after: position, count: count + 1)[...]
    var batch = Batch(isLast: entries.count <= count)
    guard let first = entries.first, let last = entries.prefix(count).last else { return batch }
    position = last.key
    var known = try digests.known(
      from: first.key, through: last.key, countMax: Self.knownCountMax * count)
    for _ in 0..<min(count, entries.count) {
      let entry = entries.removeFirst()
      do {
        let path = try wanted.localPath(of: entry.key, before: entries.first?.key)
        if let work = try work(for: entry, path, &known) {
          batch.work.append(work)
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
  private func work(
    for entry: ManifestEntry, _ path: LocalPath, _ known: inout KnownFiles?
  ) throws -> Work? {
    guard let name = path.name else {
      if let size = entry.size, size > 0 { throw KeyRefusal.folderWithBytes }
      return Work(entry: entry, path: path, status: nil)
    }
    let status: FileStatus?
    do throws(SystemError) {
      status = try folder(path.folder).status(of: name)
    } catch {
      guard error.isMissing else { throw error }
      status = nil
    }
    if status?.kind == .folder {
      throw KeyRefusal.inTheWay(path: tree.root.path + "/" + entry.key.text)
    }
    guard let status else { return Work(entry: entry, path: path, status: nil) }
    let file = known == nil ? try digests.known(entry.key) : known?.next(entry.key)
    guard let file else { return Work(entry: entry, path: path, status: status) }
    if file.isRight(versionID: entry.versionID, etag: entry.etag, status: status) { return nil }
    let isUnchanged =
      entry.etag == nil && !file.etag.isEmpty
      && file.isRight(versionID: entry.versionID, etag: file.etag, status: status)
    return Work(
      entry: entry, path: path, status: status, recordedETag: isUnchanged ? file.etag : nil)
  }

  /// The folder at a path, which mostly is that of the key before.
  private func folder(_ path: [FileName]) throws(SystemError) -> Folder {
    if let last = lastFolder, last.path == path { return last.folder }
    let folder = try tree.folder(path)
    lastFolder = (path, folder)
    return folder
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

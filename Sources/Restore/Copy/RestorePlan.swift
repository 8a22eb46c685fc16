internal import S3
internal import SQLite
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
  let wanted: WantedFiles
  private var digests: DigestIndex?
  /// Nil for a folder that is not there yet.
  let tree: ConfinedTree?
  private let options: RestoreOptions
  private var position = Key.start
  /// What is gone through once more, in the place of all.
  private var again: ArraySlice<ManifestEntry>?
  private var foldedNames: FoldedNames?
  private var leftovers: LeftoverSweep?
  /// Why earlier restores are not known any more, or this one is not remembered.
  private(set) var digestFault: (any Error)?

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(
    _ wanted: consuming sending WantedFiles, digests: consuming sending DigestIndex?,
    tree: ConfinedTree?, options: RestoreOptions
  ) {
    self.wanted = wanted
    self.digests = digests
    self.tree = tree
    self.options = options
  }

  /// Readies a folder that is going to be written to: looks at how its file system takes names, and has
  /// what an earlier restore left unfinished removed on the way.
  func prepare() throws {
    guard let tree else { return }
    if let folding = try NameFolding(of: tree.root) { foldedNames = try FoldedNames(folding) }
    if digests?.wasFinished != true { leftovers = LeftoverSweep(tree) }
    remembering { try $0.note(isFinished: false) }
  }

  /// The next few keys.
  func next(count: Int) throws -> Batch {
    let entries = try nextEntries(count)
    var batch = Batch(isLast: entries.count < count)
    let held = try wanted.held(among: entries)
    for entry in entries {
      do {
        if let work = try work(for: entry, &batch) {
          if let version = held[entry.key] {
            batch.settled.append((entry, .archived(version.archive, version.state)))
          } else {
            batch.work.append(work)
          }
        }
      } catch let refusal as KeyRefusal {
        batch.settled.append((entry, .refused(refusal)))
      } catch let error as SystemError {
        batch.settled.append((entry, Self.outcome(of: error)))
      }
    }
    return batch
  }

  /// Has these keys gone through once more.
  func repeating(_ entries: [ManifestEntry]) {
    again = entries[...]
  }

  private func nextEntries(_ count: Int) throws -> [ManifestEntry] {
    if let rest = again {
      again = rest.dropFirst(count)
      return Array(rest.prefix(count))
    }
    let entries = try wanted.entries(after: position, count: count)
    if let last = entries.last { position = last.path }
    return entries
  }

  /// Nil when nothing is to be done, which `batch` is told.
  private func work(for entry: ManifestEntry, _ batch: inout Batch) throws -> Work? {
    let path = try wanted.localPath(of: entry.path)
    guard let name = path.name else {
      if let size = entry.size, size > 0 { throw KeyRefusal.folderWithBytes }
      return Work(entry: entry, path: path, status: nil)
    }
    if again == nil, let first = try foldedNames?.first(as: entry.path) {
      throw KeyRefusal.sameNameAs(first)
    }
    let status = try status(of: name, in: path.folder)
    if status?.kind == .folder {
      throw KeyRefusal.inTheWay(path: (tree?.root.path ?? "") + "/" + entry.path.text)
    }
    if let status, isRight(entry, status) {
      batch.settled.append((entry, .skipped(bytes: status.size)))
      return nil
    }
    return Work(entry: entry, path: path, status: status)
  }

  /// What stands in a folder now, which leftovers are removed from the first time.
  private func status(of name: FileName, in path: [FileName]) throws -> FileStatus? {
    guard let tree else { return nil }
    leftovers?.enter(path)
    do throws(SystemError) {
      return try tree.folder(path).status(of: name)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  private func isRight(_ entry: ManifestEntry, _ status: FileStatus) -> Bool {
    remembering {
      try $0.isRight(
        entry.path, versionID: entry.versionID, etag: entry.etag, status: status)
    } ?? false
  }

  /// A name that the file system refuses, or a link in the way, is the key's own trouble.
  static func outcome(of error: SystemError) -> RestoreOutcome {
    if error.isNoFolder { return .refused(.inTheWay(path: error.path)) }
    if error.isUnusableName { return .refused(.unusable(reason: error.reason)) }
    return .failed(RestoreFailure(.disk, error.description))
  }

  /// Remembers files that are on the disk for good.
  func record(_ rows: [(key: Key, row: DigestIndex.Row)]) {
    remembering { try $0.record(rows) }
  }

  /// Remembers that nothing was left unfinished.
  func finish() {
    remembering { try $0.note(isFinished: true) }
  }

  var isOwnFolder: Bool { digests?.isOwnFolder ?? false }

  /// Remembers that what restores do not bring is not to be kept.
  func own() {
    guard digests != nil else { return }
    do {
      try digests?.own()
    } catch {
      lose(error)
    }
  }

  var folding: NameFolding? { foldedNames?.folding }

  /// A record of earlier restores that is damaged, or cannot be written, costs a second reading of files,
  /// and never a restore.
  @discardableResult
  private func remembering<Result>(
    _ body: (borrowing DigestIndex) throws -> Result
  ) -> Result? {
    guard let known = digests.take() else { return nil }
    do {
      let result = try body(known)
      digests = consume known
      return result
    } catch {
      lose(error)
      return nil
    }
  }

  private func lose(_ error: any Error) {
    digests = nil
    digestFault = error
  }
}

extension RestorePlan.Work {
  /// Whether reading the file is worth it: it may be one that an interrupted restore had finished.
  func isLikelyRight(_ options: RestoreOptions) -> Bool {
    guard let status, status.kind == .file else { return false }
    // Which time it would have is then told by the object alone.
    if options.time == .object, let modified = entry.lastModified {
      guard status.modifiedNanoseconds == modified.millisecondsSinceEpoch * 1_000_000 else {
        return false
      }
    }
    return entry.size == nil || entry.size == status.size
  }
}

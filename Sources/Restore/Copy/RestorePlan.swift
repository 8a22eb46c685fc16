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
  let wanted: WantedFiles
  private var digests: DigestIndex?
  /// Nil for a folder that is not there yet.
  let tree: ConfinedTree?
  private let options: RestoreOptions
  private var position = Key.start
  private var lastFolder: (path: [FileName], folder: Folder)?
  /// What is gone through once more, in the place of all.
  private var again: ArraySlice<ManifestEntry>?
  private var foldedNames: FoldedNames?
  private var leftovers: LeftoverSweep?
  /// Why earlier restores are not known any more, or this one is not remembered.
  private(set) var digestFault: (any Error)?

  /// Rows that are read for each key that is wanted, at most.
  private static let knownCountMax = 8

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
    // From here on, a kill may leave files behind.
    remembering { try $0.note(isFinished: false) }
    if let folding = try NameFolding(of: tree.root) { foldedNames = try FoldedNames(folding) }
    if digests?.wasFinished != true { leftovers = LeftoverSweep(tree) }
  }

  /// The next few keys.
  func next(count: Int) throws -> Batch {
    // One more than asked for: whether a key is a folder of others shows in the one behind it.
    var entries = try nextEntries(count + 1)[...]
    var batch = Batch(isLast: entries.count <= count)
    guard let first = entries.first, let last = entries.prefix(count).last else { return batch }
    pass(last, count)
    lastFolder = nil
    var known =
      remembering {
        try $0.known(from: first.path, through: last.path, countMax: Self.knownCountMax * count)
      } ?? nil
    let held = try wanted.held(among: Array(entries.prefix(count)))
    for _ in 0..<min(count, entries.count) {
      let entry = entries.removeFirst()
      do {
        // Keys that are gone through once more do not follow one another.
        let path =
          again == nil
          ? try wanted.localPath(of: entry.path, before: entries.first?.path)
          : try wanted.localPath(of: entry.path)
        guard let work = try work(for: entry, path, &known, &batch) else { continue }
        if let version = held[entry.key] {
          batch.settled.append((entry, .archived(version.archive, version.state)))
        } else {
          batch.work.append(work)
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
    if let again { return Array(again.prefix(count)) }
    return try wanted.entries(after: position, count: count)
  }

  private func pass(_ last: ManifestEntry, _ count: Int) {
    guard let rest = again else {
      position = last.path
      return
    }
    again = rest.dropFirst(count)
  }

  /// Nil when nothing is to be done, which `batch` is told.
  private func work(
    for entry: ManifestEntry, _ path: LocalPath, _ known: inout KnownFiles?, _ batch: inout Batch
  ) throws -> Work? {
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
    guard let status else { return Work(entry: entry, path: path, status: nil) }
    let file =
      known == nil
      ? remembering { try $0.known(entry.path) } ?? nil : known?.next(entry.path)
    guard let file else { return Work(entry: entry, path: path, status: status) }
    if file.isRight(versionID: entry.versionID, etag: entry.etag, status: status) {
      batch.settled.append((entry, .skipped(bytes: status.size)))
      return nil
    }
    let isUnchanged =
      entry.etag == nil && !file.etag.isEmpty
      && file.isRight(versionID: entry.versionID, etag: file.etag, status: status)
    return Work(
      entry: entry, path: path, status: status, recordedETag: isUnchanged ? file.etag : nil)
  }

  /// What stands in a folder now, which leftovers are removed from the first time.
  private func status(of name: FileName, in path: [FileName]) throws -> FileStatus? {
    leftovers?.enter(path)
    do throws(SystemError) {
      return try folder(path)?.status(of: name)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  /// The folder at a path, which mostly is that of the key before.
  private func folder(_ path: [FileName]) throws(SystemError) -> Folder? {
    if let last = lastFolder, last.path == path { return last.folder }
    guard let folder = try tree?.folder(path) else { return nil }
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
      guard status.modifiedNanoseconds == modified.nanosecondsSinceEpoch else { return false }
    }
    return entry.size == nil || entry.size == status.size
  }
}

internal import S3
internal import Synchronization
internal import System
internal import Vocabulary

/// One of the threads that write and check files. Many requests are at work on a lane at once; what it does
/// between their answers is done one after another.
actor RestoreLane {
  nonisolated let executor = LaneExecutor(label: "restore-lane")
  private let client: S3Client
  private let bucket: String
  private let tree: ConfinedTree
  private let options: RestoreOptions
  private let progress: RestoreProgress
  /// Whether the server was seen to answer a range with it; nil until one was asked for.
  private var hasRanges: Bool?
  private var temporaryNames = TemporaryNames()

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(
    client: S3Client, bucket: String, tree: ConfinedTree, options: RestoreOptions,
    progress: RestoreProgress
  ) {
    self.client = client
    self.bucket = bucket
    self.tree = tree
    self.options = options
    self.progress = progress
  }

  /// What came of a file, and what is to be remembered of it.
  struct Result: Sendable {
    var entry: ManifestEntry
    var outcome: RestoreOutcome
    var row: DigestIndex.Row?
    var place: Place?
  }

  /// The folder that a file was put into.
  struct Place: Hashable, Sendable {
    var path: [FileName]
    var folder: FileIdentity
  }

  /// What came of a few files.
  struct Report: Sendable {
    var results: [Result] = []
    /// Those that were not begun.
    var rest: ArraySlice<RestorePlan.Work> = []
    /// What ends the whole restore.
    var error: (any Error)?
  }

  /// How long a chunk of files is worked at before others take over its rest.
  private static let patience = Duration.milliseconds(200)

  /// Brings a few files back, one after another.
  func restore(_ chunk: ArraySlice<RestorePlan.Work>) async -> Report {
    let begin = ContinuousClock.now
    var report = Report(rest: chunk)
    while let work = report.rest.first {
      if !report.results.isEmpty, ContinuousClock.now - begin > Self.patience { break }
      report.rest.removeFirst()
      do {
        report.results.append(try await restore(work))
      } catch {
        report.error = error
        break
      }
    }
    return report
  }

  private func restore(_ work: RestorePlan.Work) async throws -> Result {
    do {
      return try await settle(work)
    } catch let failure as RestoreFailure {
      return Result(entry: work.entry, outcome: .failed(failure))
    } catch let error as SystemError {
      // A full disk is everybody's trouble.
      if error.isDiskFull { throw error }
      return Result(entry: work.entry, outcome: RestorePlan.outcome(of: error))
    } catch let error as S3Error {
      return Result(entry: work.entry, outcome: RestoreOutcome(error, of: work.entry))
    }
  }

  private func object(_ entry: ManifestEntry) -> ObjectAddress {
    ObjectAddress(bucket: bucket, key: entry.key, versionID: entry.versionID)
  }

  private func settle(_ work: RestorePlan.Work) async throws -> Result {
    let entry = work.entry
    guard let name = work.path.name else { return try await makeFolder(work) }
    if let etag = work.recordedETag, try await client.headObject(object(entry)).etag == etag {
      return Result(entry: entry, outcome: .skipped(bytes: work.status?.size ?? 0))
    }
    if options.isCheck || work.isLikelyRight(options) {
      if let found = try await compare(work, name) { return found }
      guard !options.isCheck else {
        throw RestoreFailure(
          work.status == nil ? .missingFile : .differentFile,
          work.status == nil ? "there is no such file" : "the file has other bytes")
      }
    }
    // Bytes that are not right may have been damaged on their way: they are fetched once more.
    for isLastAttempt in [false, true] {
      do {
        let result = try await fetch(entry, work.path.folder, name, isLastAttempt)
        if let result { return result }
      } catch let error as SystemError where error.isMissing && !isLastAttempt {
        // Its folder was removed meanwhile; it is made once more.
        tree.forget()
      }
    }
    throw RestoreFailure(.otherBytes, "the bytes differ from what the service knows of them")
  }

  /// A key that ends in a slash: a folder, if its object is empty.
  private func makeFolder(_ work: RestorePlan.Work) async throws -> Result {
    var size = work.entry.size
    if size == nil { size = try await client.headObject(object(work.entry)).size }
    guard size == 0 else { return Result(entry: work.entry, outcome: .refused(.folderWithBytes)) }
    if options.isCheck {
      do throws(SystemError) {
        _ = try tree.folder(work.path.folder)
      } catch {
        guard error.isMissing else { throw error }
        throw RestoreFailure(.missingFile, "there is no such folder")
      }
    } else {
      _ = try tree.folder(work.path.folder, isMade: true)
    }
    return Result(entry: work.entry, outcome: .folder)
  }

  /// Reads the file and compares it with what the service knows; nil when it is not right, or nobody can
  /// tell.
  private func compare(_ work: RestorePlan.Work, _ name: FileName) async throws -> Result? {
    guard work.status?.kind == .file else { return nil }
    let folder = try tree.folder(work.path.folder)
    guard let file = try folder.read(name) else { return nil }
    let head = try await client.headObject(object(work.entry))
    guard head.size == nil || head.size == file.status.size else { return nil }
    if options.time == .metadata, !options.isCheck {
      guard file.status.modifiedNanoseconds == modifiedNanoseconds(work.entry, head) else {
        return nil
      }
    }
    let verifier = FileVerifier(client: client, object: object(work.entry))
    guard let verdict = try await verifier.verdict(head, of: file), verdict.isRight else {
      return nil
    }
    return Result(
      entry: work.entry,
      outcome: .found(bytes: file.status.size, check: verdict.check.name),
      row: row(work.entry, head, file.status),
      place: Place(path: work.path.folder, folder: folder.identity))
  }

  private func row(
    _ entry: ManifestEntry, _ head: ObjectHead, _ status: FileStatus
  ) -> DigestIndex.Row {
    DigestIndex.Row(
      versionID: entry.versionID, etag: entry.etag ?? head.etag ?? "", status: status,
      recordedNanoseconds: 0)
  }

  /// The time that the file of an object gets.
  private func modifiedNanoseconds(_ entry: ManifestEntry, _ head: ObjectHead) -> Int64? {
    if options.time == .metadata, let told = StatedTime.nanoseconds({ head[$0] }) { return told }
    return (entry.lastModified ?? head.lastModified)?.nanosecondsSinceEpoch
  }

  /// Fetches a file into its place; nil when its bytes are not right and may be fetched once more.
  private func fetch(
    _ entry: ManifestEntry, _ path: [FileName], _ name: FileName, _ isLastAttempt: Bool
  ) async throws -> Result? {
    let folder = try tree.folder(path, isMade: true)
    let temporary = try temporaryNames.next()
    let file = try folder.create(temporary)
    var isPlaced = false
    defer { if !isPlaced { try? folder.remove(temporary) } }

    let fetched = try await bytes(of: entry, into: file)
    if let size = entry.size, fetched.size != size {
      guard isLastAttempt else { return nil }
      throw RestoreFailure(
        .otherBytes, "\(fetched.size) bytes came of the \(size) that were listed")
    }
    var verdict = fetched.verdict
    if verdict == nil, let readable = try folder.read(temporary) {
      let verifier = FileVerifier(client: client, object: object(entry))
      verdict = try await verifier.verdict(fetched.head, of: readable)
    }
    if let verdict, !verdict.isRight {
      guard isLastAttempt else { return nil }
      throw RestoreFailure(.otherBytes, "its bytes differ from its \(verdict.check.name)")
    }
    if verdict == nil, entry.size == nil {
      // A body that ended early has its own length right; only another answer tells.
      let size = try await client.headObject(object(entry)).size
      if let size, size != fetched.size {
        guard isLastAttempt else { return nil }
        throw RestoreFailure(
          .otherBytes, "\(fetched.size) bytes came of the \(size) that the service has")
      }
    }
    if verdict == nil, options.requiresVerified {
      throw RestoreFailure(.unverified, "nothing that the service knows of it verifies its bytes")
    }
    try file.finish(modifiedNanoseconds: modifiedNanoseconds(entry, fetched.head))
    if options.flush == .file { try file.flush() }
    // What came for long may have lost its folder meanwhile.
    guard tree.isAt(path, folder.identity) else {
      guard isLastAttempt else { return nil }
      throw RestoreFailure.lostFolder
    }
    try folder.rename(temporary, to: name)
    isPlaced = true
    return Result(
      entry: entry, outcome: .restored(bytes: fetched.size, check: verdict?.check.name),
      row: row(entry, fetched.head, try file.status()),
      place: Place(path: path, folder: folder.identity))
  }

  private func bytes(
    of entry: ManifestEntry, into file: WritableFile
  ) async throws -> ObjectFetch.Fetched {
    let fetch = ObjectFetch(
      client: client, object: object(entry), etag: entry.etag, options: options)
    let coming = Coming(file, progress)
    defer { coming.end() }
    let isSmall = (entry.size ?? 0) < options.rangedSizeMin
    if isSmall || hasRanges == false {
      let fetched = try await fetch.whole(hasRanges: hasRanges != false, into: coming.write)
      if let fetched { return fetched }
    }
    let head = try await client.headObject(object(entry))
    if let etag = entry.etag, let found = head.etag, etag != found {
      throw RestoreFailure(.overwritten, "another object was written over it since it was listed")
    }
    if let size = head.size ?? entry.size, size > 0 {
      do {
        try await ranges(of: size, head, by: fetch, into: file, coming)
        return ObjectFetch.Fetched(head: head, size: size, verdict: nil)
      } catch is ObjectFetch.OtherRange {
        // One object that is answered otherwise says nothing of those before it.
        if hasRanges == nil { hasRanges = false }
      }
    }
    guard let fetched = try await fetch.whole(hasRanges: false, into: coming.write) else {
      throw RestoreFailure(.service, "the service does not send it")
    }
    try file.cut(to: fetched.size)
    return fetched
  }

  /// Fetches an object range by range; the first one alone, as long as nobody knows what the server makes of
  /// a range.
  private func ranges(
    of size: Int64, _ head: ObjectHead, by fetch: ObjectFetch, into file: WritableFile,
    _ coming: Coming
  ) async throws {
    try file.reserve(size)
    let etag = head.etag
    var start: Int64 = 0
    if hasRanges == nil {
      start = min(options.rangeBytes, size)
      try await fetch.range(0..<start, etag: etag, into: coming.write)
      hasRanges = true
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, start) in stride(from: start, to: size, by: Int64.Stride(options.rangeBytes))
        .enumerated()
      {
        if index >= options.rangesAtOnce { _ = try await group.next() }
        let range = start..<min(start + options.rangeBytes, size)
        group.addTask { try await self.fill(range, by: fetch, etag: etag, coming) }
      }
      try await group.waitForAll()
    }
  }

  private func fill(
    _ range: Range<Int64>, by fetch: ObjectFetch, etag: String?, _ coming: Coming
  ) async throws {
    try await fetch.range(range, etag: etag, into: coming.write)
  }
}

/// Bytes on their way into a file, counted for whoever shows how it goes.
private final class Coming: Sendable {
  private let file: WritableFile
  private let progress: RestoreProgress
  private let bytes = Mutex<Int64>(0)

  init(_ file: WritableFile, _ progress: RestoreProgress) {
    self.file = file
    self.progress = progress
  }

  func write(_ part: UnsafeRawBufferPointer, at offset: Int64) throws {
    try file.write(part, at: offset)
    bytes.withLock { $0 += Int64(part.count) }
    progress.come(part.count)
  }

  func end() { progress.end(bytes.withLock { $0 }) }
}

/// Names of files that are not whole yet, each used once: chance for the lane, and a number.
private struct TemporaryNames {
  private let start =
    LocalPath.temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 36) + "-"
  private var number = 0

  mutating func next() throws(RestoreFailure) -> FileName {
    number += 1
    do {
      return try FileName((start + String(number, radix: 36)).utf8)
    } catch {
      throw RestoreFailure(.disk, "no name for a temporary file")
    }
  }
}

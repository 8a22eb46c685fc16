internal import S3
internal import System
internal import Vocabulary

/// One of the threads that write and check files. Many requests are at work on a lane at once; what it does
/// between their answers is done one after another.
actor RestoreLane {
  private let executor = SerialQueueExecutor(label: "restore-lane")
  private let client: S3Client
  private let bucket: String
  private let tree: ConfinedTree
  private let options: RestoreOptions

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(client: S3Client, bucket: String, tree: ConfinedTree, options: RestoreOptions) {
    self.client = client
    self.bucket = bucket
    self.tree = tree
    self.options = options
  }

  /// What came of a file, and what is to be remembered of it.
  struct Result: Sendable {
    var entry: ManifestEntry
    var outcome: RestoreOutcome
    var row: DigestIndex.Row?
  }

  func restore(_ work: RestorePlan.Work) async throws -> Result {
    do {
      return try await settle(work)
    } catch let failure as RestoreFailure {
      return Result(entry: work.entry, outcome: .failed(failure))
    } catch let error as SystemError {
      // A full disk is everybody's trouble.
      if error.isDiskFull { throw error }
      return Result(entry: work.entry, outcome: RestorePlan.outcome(of: error))
    } catch let error as S3Error {
      return Result(entry: work.entry, outcome: outcome(of: error, work))
    }
  }

  private func outcome(of error: S3Error, _ work: RestorePlan.Work) -> RestoreOutcome {
    if error.isArchived { return .archived(error.archive, .archived) }
    if error.isPreconditionFailed {
      return .failed(
        RestoreFailure(
          .overwritten,
          "the version '\(work.entry.versionID)' was overwritten since it was listed: "
            + "the bytes that were meant are gone"))
    }
    return .failed(RestoreFailure(.service, error.description))
  }

  private func object(_ entry: ManifestEntry) -> ObjectAddress {
    ObjectAddress(bucket: bucket, key: entry.key, versionID: entry.versionID)
  }

  private func settle(_ work: RestorePlan.Work) async throws -> Result {
    let entry = work.entry
    guard let name = work.path.name else { return try await makeFolder(work) }
    if options.isCheck || isLikelyRight(work) {
      if let found = try await compare(work, name) { return found }
      guard !options.isCheck else {
        throw RestoreFailure(
          work.status == nil ? .missingFile : .differentFile,
          work.status == nil ? "there is no such file" : "the file has other bytes")
      }
    }
    // Bytes that are not right may have been damaged on their way: they are fetched once more.
    for isLastAttempt in [false, true] {
      let folder = try tree.folder(work.path.folder, isMade: true)
      if let result = try await fetch(entry, folder, name, isLastAttempt) { return result }
    }
    throw RestoreFailure(.otherBytes, "the bytes differ from what the service knows of them")
  }

  /// A key that ends in a slash: a folder, if its object is empty.
  private func makeFolder(_ work: RestorePlan.Work) async throws -> Result {
    var size = work.entry.size
    if size == nil { size = try await client.headObject(object(work.entry)).size }
    guard size == 0 else { return Result(entry: work.entry, outcome: .refused(.folderWithBytes)) }
    if options.isCheck {
      _ = try tree.folder(work.path.folder)
    } else {
      _ = try tree.folder(work.path.folder, isMade: true)
    }
    return Result(entry: work.entry, outcome: .folder)
  }

  /// Whether reading the file is worth it: it may be one that an interrupted restore had finished.
  private func isLikelyRight(_ work: RestorePlan.Work) -> Bool {
    guard let status = work.status, status.kind == .file else { return false }
    if let modified = work.entry.lastModified {
      guard status.modifiedNanoseconds == modified.millisecondsSinceEpoch * 1_000_000 else {
        return false
      }
    }
    return work.entry.size == nil || work.entry.size == status.size
  }

  /// Reads the file and compares it with what the service knows; nil when it is not right, or nobody can
  /// tell.
  private func compare(_ work: RestorePlan.Work, _ name: FileName) async throws -> Result? {
    guard work.status?.kind == .file else { return nil }
    let folder = try tree.folder(work.path.folder)
    guard let file = try folder.read(name) else { return nil }
    let head = try await client.headObject(object(work.entry))
    guard head.size == nil || head.size == file.status.size else { return nil }
    guard let verdict = try await verdict(work.entry, head, of: file), verdict.isRight else {
      return nil
    }
    let row = DigestIndex.Row(
      versionID: work.entry.versionID, etag: work.entry.etag ?? head.etag ?? "",
      status: file.status, recordedNanoseconds: 0)
    return Result(
      entry: work.entry, outcome: .found(check: verdict.check.name), row: row)
  }

  /// Fetches a file into its place; nil when its bytes are not right and may be fetched once more.
  private func fetch(
    _ entry: ManifestEntry, _ folder: Folder, _ name: FileName, _ isLastAttempt: Bool
  ) async throws -> Result? {
    let temporary = try TemporaryName.make()
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
      verdict = try await self.verdict(entry, fetched.head, of: readable)
    }
    if let verdict, !verdict.isRight {
      guard isLastAttempt else { return nil }
      throw RestoreFailure(.otherBytes, "its bytes differ from its \(verdict.check.name)")
    }
    if verdict == nil, options.requiresVerified {
      throw RestoreFailure(.unverified, "nothing that the service knows of it verifies its bytes")
    }
    let modified = entry.lastModified ?? fetched.head.lastModified
    try file.finish(modifiedNanoseconds: modified.map { $0.millisecondsSinceEpoch * 1_000_000 })
    if options.flush == .file { try file.flush() }
    try folder.rename(temporary, to: name)
    isPlaced = true
    let row = DigestIndex.Row(
      versionID: entry.versionID, etag: entry.etag ?? fetched.head.etag ?? "",
      status: try file.status(), recordedNanoseconds: 0)
    return Result(
      entry: entry, outcome: .restored(bytes: fetched.size, check: verdict?.check.name), row: row)
  }

  private func bytes(
    of entry: ManifestEntry, into file: WritableFile
  ) async throws -> ObjectFetch.Fetched {
    let fetch = ObjectFetch(
      client: client, object: object(entry), etag: entry.etag, options: options)
    if (entry.size ?? 0) < options.rangedSizeMin,
      let fetched = try await fetch.whole(into: { try file.write($0, at: $1) })
    {
      return fetched
    }
    let head = try await client.headObject(object(entry))
    guard let size = head.size ?? entry.size else {
      throw RestoreFailure(.service, "the service does not say how long it is")
    }
    if let etag = entry.etag, let found = head.etag, etag != found {
      throw RestoreFailure(.overwritten, "another object was written over it since it was listed")
    }
    try file.reserve(size)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, start) in stride(from: 0, to: size, by: Int64.Stride(options.rangeBytes))
        .enumerated()
      {
        if index >= options.rangesAtOnce { _ = try await group.next() }
        let range = start..<min(start + options.rangeBytes, size)
        group.addTask { try await self.fill(range, of: file, by: fetch, etag: head.etag) }
      }
      try await group.waitForAll()
    }
    return ObjectFetch.Fetched(head: head, size: size, verdict: nil)
  }

  private func fill(
    _ range: Range<Int64>, of file: WritableFile, by fetch: ObjectFetch, etag: String?
  ) async throws {
    try await fetch.range(range, etag: etag, into: { try file.write($0, at: $1) })
  }

  /// Reads a file to its end and compares it by the best check that there is; nil without one.
  private func verdict(
    _ entry: ManifestEntry, _ head: ObjectHead, of file: borrowing ReadableFile
  ) async throws -> ObjectFetch.Verdict? {
    for check in (ContentFacts { head[$0] }).checks {
      guard let count = check.partCount else {
        return ObjectFetch.Verdict(
          check: check, isRight: try matches(file, RunningCheck(check, partSize: nil)))
      }
      // Where the server does not say how large parts are, only a match says anything.
      let first = try await client.headObject(object(entry), part: 1)
      if first.partsCount == count, let size = first["content-length"].flatMap({ Int64($0) }) {
        let isRight = try matches(file, RunningCheck(check, partSize: size))
        if isRight || !(ContentFacts { head[$0] }).hasOpaqueETag {
          return ObjectFetch.Verdict(check: check, isRight: isRight)
        }
      }
      for size in PartSizes.candidates(size: file.status.size, count: count)
      where try matches(file, RunningCheck(check, partSize: size)) {
        return ObjectFetch.Verdict(check: check, isRight: true)
      }
    }
    return nil
  }

  private func matches(
    _ file: borrowing ReadableFile, _ check: consuming RunningCheck
  ) throws -> Bool {
    var check = check
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var position: Int64 = 0
    while true {
      let count = try file.read(into: &buffer, at: position)
      buffer.withUnsafeBytes { check.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      position += Int64(count)
      if count < buffer.count { return check.finish() }
    }
  }
}

/// Names of files that are not whole yet.
private enum TemporaryName {
  static func make() throws(RestoreFailure) -> FileName {
    let chance = String(UInt64.random(in: .min ... .max), radix: 36)
    do {
      return try FileName((LocalPath.temporaryPrefix + chance).utf8)
    } catch {
      throw RestoreFailure(.disk, "no name for a temporary file")
    }
  }
}

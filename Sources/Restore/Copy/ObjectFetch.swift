internal import HTTP
internal import S3

/// One attempt at the bytes of a version: into a file, checked on their way where that is possible.
struct ObjectFetch {
  let client: S3Client
  let object: ObjectAddress
  let etag: String?
  let options: RestoreOptions

  struct Fetched {
    var head: ObjectHead
    var size: Int64
    /// Whether the bytes are right, by the check; nil where nothing was checked yet.
    var verdict: Verdict?
  }

  struct Verdict {
    var check: ContentCheck
    var isRight: Bool
  }

  /// The whole object by one request; nil and no byte for one that turns out to be worth ranges, unless
  /// the server has none.
  nonisolated(nonsending) func whole(
    hasRanges: Bool = true, into write: (UnsafeRawBufferPointer, Int64) throws -> Void
  ) async throws -> Fetched? {
    let pipe = BodyPipe { $0.status == 200 }
    async let answer = Self.send(client, object, range: nil, etag, pipe)
    var running: RunningCheck?
    var check: ContentCheck?
    var size: Int64 = 0
    while let event = await pipe.next() {
      switch event {
      case .begin(let head):
        // The request is cancelled with its task when nobody waits for it any more.
        if hasRanges, (ObjectHead(head).size ?? 0) >= options.rangedSizeMin { return nil }
        size = 0
        check = ContentFacts { head.headers[$0] }.checkOfWhole
        running = check.map { RunningCheck($0, partSize: nil) }
      case .bytes(let piece):
        try piece.withUnsafeBytes { bytes in
          running?.update(bytes)
          try write(bytes, size)
        }
        size += Int64(piece.count)
      }
    }
    let head = try await answer.get()
    var verdict: Verdict?
    if let check, let isRight = running.take()?.finish() {
      verdict = Verdict(check: check, isRight: isRight)
    }
    return Fetched(head: head, size: size, verdict: verdict)
  }

  /// The server sent other bytes than the range that it was asked for.
  struct OtherRange: Error {}

  /// One range of it.
  ///
  /// - Throws: `OtherRange`, also for an answer that does not say which bytes it has.
  nonisolated(nonsending) func range(
    _ range: Range<Int64>, etag: String?,
    into write: (UnsafeRawBufferPointer, Int64) throws -> Void
  ) async throws {
    // An answer that is another is known by its head; its body, which may be long, is not waited for.
    let pipe = BodyPipe { $0.status == 200 || $0.status == 206 }
    async let answer = Self.send(client, object, range: range, etag, pipe)
    var position = range.lowerBound
    while let event = await pipe.next() {
      switch event {
      case .begin(let head):
        guard S3Client.isAnswer(ObjectHead(head), to: range) else { throw OtherRange() }
        position = range.lowerBound
      case .bytes(let piece):
        try piece.withUnsafeBytes { try write($0, position) }
        position += Int64(piece.count)
      }
    }
    _ = try await answer.get()
    guard position == range.upperBound else {
      throw RestoreFailure(
        .otherBytes,
        "\(position - range.lowerBound) bytes came of the \(range.count) that were asked for")
    }
  }

  private static func send(
    _ client: S3Client, _ object: ObjectAddress, range: Range<Int64>?, _ etag: String?,
    _ pipe: BodyPipe
  ) async -> Result<ObjectHead, any Error> {
    defer { pipe.finish() }
    do {
      return .success(try await client.getObject(object, range: range, ifMatch: etag, into: pipe))
    } catch {
      return .failure(error)
    }
  }
}

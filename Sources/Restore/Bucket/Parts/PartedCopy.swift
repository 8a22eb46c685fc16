internal import S3
internal import Signing
internal import Vocabulary

/// One copy in parts: begun, filled, completed, and aborted if that does not come to its end.
struct PartedCopy: Sendable {
  private static let partsAtOnce = 8

  let client: S3Client
  let plan: CopyPlan
  let source: ObjectAddress
  let head: ObjectHead
  let size: Int64
  let writes: TargetWrites
  let options: CopyOptions

  private var etag: String { unquotedETag(head.etag ?? "") }
  /// Only `null` versions are overwritten.
  private var guardedETag: String? {
    source.versionID == ObjectPage.idOfNone && !etag.isEmpty ? etag : nil
  }

  /// Makes the copy with parts of `partBytes`.
  ///
  /// An upload that fails is aborted. One that is cut off by cancellation stays in the plan's tables, for
  /// whoever ends the restore.
  func run(partBytes: Int64, _ directions: CopyDirections) async throws -> CopyAnswer {
    let tags = options.takesTags ? try await client.objectTags(source) : []
    let upload = try await begin(tags, directions)
    do {
      let parts = try await copyParts(of: upload, partBytes)
      try await checkSource()
      let answer = try await complete(upload, parts, directions)
      try await plan.end(upload)
      return answer
    } catch {
      guard !Task.isCancelled else { throw error }
      await giveUp(upload)
      throw error
    }
  }

  /// What made the copy fail is the error to tell: an upload that cannot be aborted stays in the tables, and
  /// the end of the restore, or the next one, tries again.
  private func giveUp(_ upload: CopyUpload) async {
    do {
      try await client.abort(upload)
      try await plan.end(upload)
    } catch {}
  }

  /// Begins the upload and has it remembered, so that it can be aborted after any end.
  ///
  /// Where the answer is lost, uploads to the key that were not there before are this one.
  private func begin(_ tags: [ObjectTag], _ directions: CopyDirections) async throws -> CopyUpload {
    let before = await uploads()
    if let before { try await plan.expect(writes.target, besides: before) }
    var last: S3Error?
    for _ in 0..<3 {
      do {
        let upload = try await client.beginCopy(
          to: writes.target, as: head, tags: tags, directions)
        try await plan.begin(upload)
        return upload
      } catch let error as S3Error where error.isUncertain {
        last = error
        try await writes.pause(.milliseconds(500))
        guard let before, let now = await uploads() else { continue }
        if let upload = now.subtracting(before).first {
          let found = CopyUpload(target: writes.target, uploadID: upload)
          try await plan.begin(found)
          return found
        }
      } catch let error as S3Error {
        try await plan.expectNothing(at: writes.target)
        throw error
      }
    }
    throw last ?? S3Error(operation: "copy", resource: source.bucket)
  }

  /// The uploads to the very key; nil when the server does not tell.
  private func uploads() async -> Set<String>? { await client.uploads(to: writes.target) }

  private func copyParts(of upload: CopyUpload, _ partBytes: Int64) async throws -> [CopiedPart] {
    let ranges =
      size == 0
      ? [nil]
      : stride(from: 0, to: size, by: Int64.Stride(partBytes)).map { start -> Range<Int64>? in
        start..<min(start + partBytes, size)
      }
    return try await withThrowingTaskGroup(of: CopiedPart.self) { group in
      var parts: [CopiedPart] = []
      for (index, range) in ranges.enumerated() {
        if index >= Self.partsAtOnce, let part = try await group.next() { parts.append(part) }
        group.addTask { [client, source, guardedETag] in
          try await client.copyPart(
            index + 1, of: upload, from: source, range: range, sourceETag: guardedETag)
        }
      }
      for try await part in group { parts.append(part) }
      return parts.sorted { $0.number < $1.number }
    }
  }

  /// Makes sure that the parts are of one object, also where a server ignores that it was asked to.
  private func checkSource() async throws {
    guard let guardedETag, !client.isAWS else { return }
    let now = try await client.head(ofSource: source)
    guard unquotedETag(now.etag ?? "") == guardedETag else { throw RestoreFailure.overwritten }
  }

  private func complete(
    _ upload: CopyUpload, _ parts: [CopiedPart], _ directions: CopyDirections
  ) async throws -> CopyAnswer {
    let expected = Self.etag(of: parts)
    if let expected { try await foretell(expected) }
    return try await writes.send { replaced in
      var directions = directions
      directions.replaces = replaced
      return try await client.complete(upload, parts, directions)
    } isDone: { found in
      if let expected, unquotedETag(found.etag ?? "") == expected { return true }
      // Under SSE-KMS nobody knows the ETag before: the upload that is gone has become the object.
      return try await hasEnded(upload) && ContentComparison(head, found) != .different
    }
  }

  /// Has the copy remembered before it is made: whoever is killed meanwhile finds it by its ETag, which may be
  /// another than the source's, and makes no second one.
  ///
  /// Where the target has that ETag already, it would not tell the copy from what is there.
  private func foretell(_ expected: String) async throws {
    guard writes.before.etag != expected else { return }
    try await plan.write(
      CopyRecord(source: source, sourceETag: etag, etag: expected), of: writes.target)
  }

  private func hasEnded(_ upload: CopyUpload) async throws -> Bool {
    try await client.listParts(
      bucket: upload.target.bucket, key: upload.target.key, uploadID: upload.uploadID) == nil
  }

  /// The ETag of an object of these parts, if they are digests.
  static func etag(of parts: [CopiedPart]) -> String? {
    var digest = RunningDigest(.md5)
    for part in parts {
      guard let value = Hexadecimal.bytes(part.etag), value.count == 16 else { return nil }
      digest.update(value)
    }
    return "\(Hexadecimal.text(digest.finish()))-\(parts.count)"
  }
}

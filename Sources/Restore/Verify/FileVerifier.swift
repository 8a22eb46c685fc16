internal import S3
internal import System

/// Reads files to their end and tells whether they have an object's bytes, by the best check that there is.
struct FileVerifier {
  let client: S3Client
  let object: ObjectAddress

  /// What vouches for a file's bytes, or finds them wrong; nil where nothing tells.
  ///
  /// `head` is what the service says of the object.
  func verdict(
    _ head: ObjectHead, of file: borrowing ReadableFile
  ) async throws -> ObjectFetch.Verdict? {
    let facts = ContentFacts { head[$0] }
    for check in facts.checks {
      guard let count = check.partCount else {
        return ObjectFetch.Verdict(
          check: check, isRight: try matches(file, RunningCheck(check, partSize: nil)))
      }
      if let verdict = try await verdict(check, count: count, of: file, facts) { return verdict }
    }
    return nil
  }

  /// By the parts that the object was uploaded in.
  private func verdict(
    _ check: ContentCheck, count: Int, of file: borrowing ReadableFile, _ facts: ContentFacts
  ) async throws -> ObjectFetch.Verdict? {
    if file.status.size == 0 {
      // One part without a byte, whose value is that of nothing.
      let isRight = try matches(file, RunningCheck(check, partSize: 1))
      return isRight ? ObjectFetch.Verdict(check: check, isRight: true) : nil
    }
    let first = try await client.headObject(object, part: 1)
    // A file of another length is another, however its parts are counted.
    if let total = first.contentRange?.total, total != file.status.size {
      return ObjectFetch.Verdict(check: check, isRight: false)
    }
    if let size = partSize(first, of: count) {
      if try matches(file, RunningCheck(check, partSize: size)) {
        return ObjectFetch.Verdict(check: check, isRight: true)
      }
      // Programs that append or copy make parts that differ in size.
      if let sizes = try await partSizes(count, first: size, total: file.status.size) {
        let isRight = try matches(file, RunningCheck(check, partSizes: sizes))
        // A checksum of parts is one; an ETag is no digest where a key of the service's encrypts.
        if isRight || check.function != .md5 || !facts.hasOpaqueETag {
          return ObjectFetch.Verdict(check: check, isRight: isRight)
        }
      }
    }
    // Where the server does not say how large parts are, only a match says anything.
    for size in PartSizes.candidates(size: file.status.size, count: count)
    where try matches(file, RunningCheck(check, partSize: size)) {
      return ObjectFetch.Verdict(check: check, isRight: true)
    }
    return nil
  }

  /// Bytes of a part; nil where the server does not say it, or the object has another number of them.
  private func partSize(_ head: ObjectHead, of count: Int) -> Int64? {
    head.partsCount == count ? head.partBytes : nil
  }

  /// Bytes of all parts, where they add up to the object.
  private func partSizes(
    _ count: Int, first: Int64, total: Int64
  ) async throws -> [Int64]? {
    var sizes = [first]
    for part in stride(from: 2, through: count, by: 1) {
      let head = try await client.headObject(object, part: part)
      guard let size = partSize(head, of: count), size > 0 else { return nil }
      sizes.append(size)
    }
    return sizes.reduce(0, +) == total ? sizes : nil
  }

  private func matches(
    _ file: borrowing ReadableFile, _ check: consuming RunningCheck
  ) throws -> Bool {
    var check = check
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var position: Int64 = 0
    while true {
      // A file may be large, and a person impatient.
      try Task.checkCancellation()
      let count = try file.read(into: &buffer, at: position)
      buffer.withUnsafeBytes { check.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      position += Int64(count)
      if count < buffer.count { return check.finish() }
    }
  }
}

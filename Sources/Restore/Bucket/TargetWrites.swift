internal import S3
internal import Vocabulary

/// Writes to the target that must not be done twice, when the answer to the first is lost.
///
/// A copy whose answer does not come may have been made, may be at work still, or never have arrived. So
/// before it is sent again, the target is looked at, for a while:
///
///     PUT copy      connection reset
///     HEAD target   the version of before      → after a pause once more
///     HEAD target   a new one, the same bytes  → done
///
/// What is sent again says besides what it may replace, so that AWS refuses it if the first one has come
/// through meanwhile.
struct TargetWrites: Sendable {
  /// Waits before each look at a target whose state is not known.
  static let pauses: [Duration] = [.milliseconds(200), .seconds(1), .seconds(3)]
  private static let attemptsMax = 5

  let client: S3Client
  let target: ObjectAddress
  /// What was there before.
  let before: TargetObject
  let pause: @Sendable (Duration) async throws -> Void

  /// Sends `write` until its outcome is known.
  ///
  /// `isDone` tells whether something new in the target is what was to be written.
  ///
  /// - Throws: `S3Error`: the last refusal.
  func send(
    _ write: (CopyDirections.Replaced) async throws -> CopyAnswer,
    isDone: (ObjectHead) async throws -> Bool
  ) async throws -> CopyAnswer {
    var last: S3Error?
    var replaced = CopyDirections.Replaced.anything
    for _ in 0..<Self.attemptsMax {
      do {
        return try await write(replaced)
      } catch let error as S3Error {
        // The first may have been refused because of its source, others because the first came through.
        let mayBeDone = error.isUncertain || last != nil
        guard mayBeDone else { throw error }
        if let head = try await look(waits: error.isUncertain), try await isDone(head) {
          var answer = CopyAnswer()
          answer.etag = unquotedETag(head.etag ?? "")
          answer.lastModified = head.lastModified
          answer.versionID = head.versionID
          return answer
        }
        if error.isNotImplemented, replaced != .anything {
          // It is the condition that this server does not know.
          replaced = .anything
          continue
        }
        guard error.isUncertain || error.isConflict else { throw error }
        replaced = last == nil ? before.replaced : replaced
        last = error
      }
    }
    throw last ?? S3Error(operation: "copy to", resource: target.bucket)
  }

  /// What is new in the target; nil when there is nothing after some time.
  private func look(waits: Bool) async throws -> ObjectHead? {
    for wait in waits ? Self.pauses : [.zero] {
      if wait > .zero { try await pause(wait) }
      if let head = try await client.current(target), before.isBefore(head) { return head }
    }
    return nil
  }

  /// Puts a delete marker over the target.
  ///
  /// - Throws: `S3Error`.
  func mark() async throws {
    var last: S3Error?
    for _ in 0..<Self.attemptsMax {
      do {
        return try await client.deleteObject(target)
      } catch let error as S3Error where error.isUncertain {
        last = error
        for wait in Self.pauses {
          try await pause(wait)
          if try await client.current(target) == nil { return }
        }
      }
    }
    throw last ?? S3Error(operation: "delete", resource: target.bucket)
  }
}

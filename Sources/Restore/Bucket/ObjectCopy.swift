internal import S3
internal import Vocabulary

/// What is done about one version: found out, and done.
///
///     the target has what an earlier restore put there      nothing, and no request
///     the target has the version itself, or its bytes       nothing
///     anything else, or nothing, or a delete marker         a copy
struct ObjectCopy: Sendable {
  let client: S3Client
  let plan: CopyPlan
  let options: CopyOptions
  let pause: @Sendable (Duration) async throws -> Void

  struct Result: Sendable {
    var event: CopyEvent
    var isWhole: Bool
  }

  func settle(_ wish: CopyPlan.Wish) async throws -> Result {
    if let held = wish.held {
      return Result(
        event: .settled(wish.entry, .archived(held.archive, held.state)), isWhole: false)
    }
    let outcome: RestoreOutcome
    do {
      let found = try await Decision(copy: self, wish: wish).find()
      if options.isDryRun, !found.isTrouble {
        return Result(event: found.plan(wish), isWhole: true)
      }
      outcome = try await carryOut(found, wish)
    } catch let failure as RestoreFailure {
      outcome = .failed(failure)
    } catch let refusal as KeyRefusal {
      outcome = .refused(refusal)
    } catch let error as S3Error {
      outcome = RestoreOutcome(error, of: wish.entry)
    }
    var counts = RestoreCounts()
    counts.add(outcome)
    return Result(event: .settled(wish.entry, outcome), isWhole: counts.isWhole)
  }

  /// What is to be done about a version.
  enum Step: Sendable {
    /// Nothing; `record` is what to remember so that nobody has to look again.
    case nothing(RestoreOutcome, record: CopyRecord?)
    case copy(Source, over: TargetObject)
    case parted(Source, partBytes: Int64, over: TargetObject)

    fileprivate var isTrouble: Bool {
      guard case .nothing(let outcome, _) = self else { return false }
      var counts = RestoreCounts()
      counts.add(outcome)
      return !counts.isWhole
    }

    fileprivate func plan(_ wish: CopyPlan.Wish) -> CopyEvent {
      let (action, bytes): (CopyAction, Int64?) =
        switch self {
        case .nothing: (.nothing, wish.entry.size)
        case .copy(let source, _): (.copy, source.size)
        case .parted(let source, _, _): (.partedCopy, source.size)
        }
      return .planned(action, wish.target, versionID: wish.entry.versionID, bytes: bytes)
    }
  }

  /// What is known of the version that is wanted.
  struct Source: Sendable {
    var size: Int64
    /// Without quotes; nil where nobody knows.
    var etag: String?
    /// The class to ask for; nil to ask for none.
    var storageClass: String?
    /// Nil where the manifest says enough.
    var head: ObjectHead?
  }

  // MARK: - Doing it

  private func carryOut(_ step: Step, _ wish: CopyPlan.Wish) async throws -> RestoreOutcome {
    switch step {
    case .nothing(let outcome, let record):
      if let record, !options.isDryRun, !options.isCheck {
        try await plan.write(record, of: wish.target)
      }
      return outcome
    case .copy(let source, let before):
      let answer = try await copy(source, wish, over: before)
      return try await close(answer, source, wish)
    case .parted(let source, let partBytes, let before):
      guard let head = source.head else { throw RestoreFailure(.service, "nothing is known of it") }
      let parted = PartedCopy(
        client: client, plan: plan, source: wish.source, head: head, size: source.size,
        writes: writes(wish, over: before), options: options)
      let answer = try await parted.run(partBytes: partBytes, directions(source))
      return try await close(answer, source, wish)
    }
  }

  private func writes(_ wish: CopyPlan.Wish, over before: TargetObject) -> TargetWrites {
    TargetWrites(client: client, target: wish.target, before: before, pause: pause)
  }

  private func directions(_ source: Source) -> CopyDirections {
    var directions = CopyDirections()
    directions.storageClass = source.storageClass
    directions.takesTags = options.takesTags
    directions.bytes = source.size
    return directions
  }

  private func copy(
    _ source: Source, _ wish: CopyPlan.Wish, over before: TargetObject
  ) async throws -> CopyAnswer {
    let isNull = wish.entry.versionID == ObjectPage.idOfNone
    var directions = directions(source)
    // Any other version is never overwritten.
    if isNull { directions.sourceETag = source.etag }
    let answer = try await writes(wish, over: before).send { replaced in
      var directions = directions
      directions.replaces = replaced
      return try await client.copyObject(wish.source, to: wish.target, directions)
    } isDone: { found in
      let head =
        if let head = source.head { head } else { try await client.head(ofSource: wish.source) }
      return ContentComparison(head, found) != .different && head.metadata == found.metadata
    }
    // Servers that ignore the condition copy what was written since.
    if isNull, !client.isAWS, let etag = source.etag, !etag.contains("-"),
      !answer.etag.contains("-"), !answer.etag.isEmpty, answer.etag != etag
    {
      throw RestoreFailure.overwritten
    }
    return answer
  }

  /// Verifies a copy and has it remembered.
  private func close(
    _ answer: CopyAnswer, _ source: Source, _ wish: CopyPlan.Wish
  ) async throws -> RestoreOutcome {
    try await plan.write(
      CopyRecord(
        source: wish.source, sourceETag: source.etag ?? "", etag: answer.etag,
        modifiedSeconds: answer.lastModified?.wholeSeconds, versionID: answer.versionID),
      of: wish.target)
    let check = try await verify(answer, source, wish)
    if check == nil, options.requiresVerified {
      throw RestoreFailure(.unverified, "nothing that the service knows of both verifies the copy")
    }
    return .restored(bytes: source.size, check: check)
  }

  private func verify(
    _ answer: CopyAnswer, _ source: Source, _ wish: CopyPlan.Wish
  ) async throws -> String? {
    if let etag = source.etag, !etag.isEmpty, etag == answer.etag {
      return etag.contains("-") ? "ETag of parts" : "ETag"
    }
    var known = source.head
    if known == nil, options.requiresVerified {
      known = try await client.head(ofSource: wish.source)
    }
    guard let head = known else { return nil }
    let checksums = answer.checksums.sorted { $0.key < $1.key }
    for (name, value) in checksums where head[name] == value {
      return String(name.dropFirst("x-amz-checksum-".count)).uppercased()
    }
    guard head.hasWholeChecksum || options.requiresVerified else { return nil }
    guard let found = try await client.current(wish.target) else { return nil }
    switch ContentComparison(head, found) {
    case .same(let check): return check
    case .unknown: return nil
    case .different:
      throw RestoreFailure(.otherBytes, "the copy has other bytes than its source")
    }
  }
}

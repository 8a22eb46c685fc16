internal import S3
internal import Vocabulary

/// Puts a delete marker over each key of the target that is not wanted.
///
/// It comes last, and only when every version is there: what has not come might be replaced by nothing. A
/// key under a marker is not listed any more, so a second run finds none.
struct MarkerSweep: Sendable {
  private static let batchCount = 512

  let client: S3Client
  let plan: CopyPlan
  let target: CopyTarget
  let options: CopyOptions
  let pause: @Sendable (Duration) async throws -> Void

  /// `isWhole` is whether every version that is wanted is there; `approve` is asked once, when it is known
  /// how many keys it is about.
  func run(
    isWhole: Bool, approve: (MarkerCount) async throws -> Bool, observe: (CopyEvent) -> Void
  ) async throws {
    guard isWhole else { return observe(.unmarked(.incomplete)) }
    guard try await !plan.isEmpty else { return observe(.unmarked(.nothingWanted)) }
    do {
      try await list()
    } catch let error as S3Error {
      return observe(.unmarked(.unlisted(error)))
    }
    let count = try await plan.otherCount
    guard count.keys > 0 else { return }
    if !options.isDryRun, try await !approve(count) {
      return observe(.unmarked(.notApproved(count)))
    }
    var position = Key.start
    while true {
      let keys = try await plan.others(after: position, count: Self.batchCount)
      guard let last = keys.last else { return }
      position = last
      try await mark(keys, observe)
    }
  }

  /// Notes all that the target holds below its prefix.
  private func list() async throws {
    var position = Key.start
    while true {
      let page = try await client.listObjects(
        bucket: target.bucket, prefix: target.prefix, from: .after(position))
      try await plan.note(page.objects, ignoring: options.isIgnored)
      guard page.isTruncated else { return }
      // A page of nothing that says nothing of its end is the end.
      guard let last = page.objects.lastKey else {
        if page.saysNothingOfEnd || page.nextContinuationToken == nil { return }
        throw unlisted("an empty page promises more")
      }
      guard last > position else { throw unlisted("its pages do not come to an end") }
      position = last
    }
  }

  private func unlisted(_ message: String) -> S3Error {
    S3Error(
      operation: "list", resource: "s3://\(target.bucket)", statusCode: 200, message: message)
  }

  private func mark(_ keys: [Key], _ observe: (CopyEvent) -> Void) async throws {
    try await withThrowingTaskGroup(of: CopyEvent.self) { group in
      for (index, key) in keys.enumerated() {
        if index >= options.concurrency, let event = try await group.next() { observe(event) }
        let object = ObjectAddress(bucket: target.bucket, key: key)
        group.addTask { try await mark(object) }
      }
      for try await event in group { observe(event) }
    }
  }

  private func mark(_ object: ObjectAddress) async throws -> CopyEvent {
    guard !options.isDryRun else {
      return .planned(.marker, object, versionID: nil, bytes: nil)
    }
    do {
      try await TargetWrites(client: client, target: object, before: .unknown, pause: pause).mark()
      return .marked(object, nil)
    } catch let error as S3Error {
      return .marked(object, RestoreFailure(.service, error.description))
    }
  }
}

package import S3
package import Vocabulary

/// Brings versions of one bucket back into a bucket, the same one or another of the same service.
///
/// No byte passes through this machine: the service copies. What the target has already is left as it is,
/// so that a second run writes nothing.
///
///     let restore = try TargetRestore(wanted, from: "logs", to: target, client: client, …)
///     try await restore.run(approve: { count in … }, observe: { event in … })
///     await restore.abortUploads()  // also after cancellation
package struct TargetRestore: Sendable {
  /// Called from one task.
  package typealias Observer = @Sendable (CopyEvent) -> Void
  /// Whether delete markers are to be put over so many keys.
  package typealias Approval = @Sendable (MarkerCount) async throws -> Bool

  private let client: S3Client
  private let target: CopyTarget
  private let options: CopyOptions
  private let plan: CopyPlan
  private let recordsPath: String
  private let pause: @Sendable (Duration) async throws -> Void
  private let now: @Sendable () -> Timestamp

  /// Keys that are looked at together.
  private static let batchCount = 512

  /// Takes over what is wanted; `recordsPath` is the file of what restores remember.
  ///
  /// - Throws: `SQLiteError`.
  package init(
    _ wanted: consuming sending WantedFiles, from bucket: String, to target: CopyTarget,
    client: S3Client, options: CopyOptions, recordsPath: String,
    pause: @escaping @Sendable (Duration) async throws -> Void,
    now: @escaping @Sendable () -> Timestamp
  ) throws {
    self.now = now
    self.client = client
    self.target = target
    self.options = options
    self.recordsPath = recordsPath
    self.pause = pause
    plan = try CopyPlan(
      wanted, records: try CopyRecords(path: recordsPath, service: client.serviceName),
      from: bucket, to: target, notesKeys: options.deletesOthers, now: now)
  }

  /// Restores all that is wanted; what cannot be is told to `observe` and does not stop the rest.
  ///
  /// - Throws: `TargetRefusal` and `S3Error` before anything is done, where the target keeps no versions
  ///   and the options do not allow for that; what ends a restore: the file of records, cancellation.
  package func run(approve: Approval, observe: Observer) async throws {
    if !options.allowsPermanent, !options.isCheck {
      try await TargetRefusal.check(target.bucket, by: client)
    }
    if !options.isCheck, !options.isDryRun, try await plan.takeTurn(path: recordsPath + "-turn") {
      // Those of an earlier restore that was killed.
      for upload in try await plan.openUploads() { await abort(upload) }
      for beginning in try await plan.lostBeginnings() { try await abort(beginning) }
    }
    if options.isCheck { try await checkIsThere() }
    let isWhole = try await restore(observe)
    guard options.deletesOthers, !options.isCheck else { return }
    try await MarkerSweep(
      client: client, plan: plan, target: target, options: options, pause: pause
    ).run(isWhole: isWhole, approve: approve, observe: observe)
  }

  /// Aborts the uploads that this restore began and did not end; to be called outside of what a signal
  /// cancels.
  package func abortUploads() async {
    for upload in await plan.ownUploads { await abort(upload) }
    // Those whose beginning was cut off.
    for (target, others) in await plan.expected {
      for id in await (client.uploads(to: target) ?? []).subtracting(others) {
        await abort(CopyUpload(target: target, uploadID: id))
      }
    }
  }

  /// Makes sure that there is a bucket to compare with: where there is none, no key is, and HEAD does not say why.
  private func checkIsThere() async throws {
    do {
      _ = try await client.listObjects(
        bucket: target.bucket, prefix: target.prefix, from: .after(.start))
    } catch let error as S3Error where error.statusCode != 404 {
      // Whoever may not list it may look at keys.
    }
  }

  /// Aborts what a request began whose answer never came.
  private func abort(_ beginning: UploadBeginning) async throws {
    let target = beginning.target
    let page: UploadPage
    do {
      page = try await client.listUploads(bucket: target.bucket, prefix: target.key)
    } catch is S3Error {
      // It stays in the file of records, and the next restore looks again.
      return
    }
    let now = now()
    let begun = page.uploads.filter { beginning.isOf($0, now: now) }
    for upload in begun {
      await abort(CopyUpload(target: target, uploadID: upload.uploadID))
    }
    if begun.isEmpty, beginning.mayBeUnderWay(now: now) {
      await plan.keepLooking(at: target)
    } else {
      try await plan.expectNothing(at: target)
    }
  }

  private func abort(_ upload: CopyUpload) async {
    do {
      try await client.abort(upload)
      try await plan.end(upload)
    } catch {
      // It stays in the file of records, and the next restore tries again.
    }
  }

  /// Whether every version is there now.
  private func restore(_ observe: Observer) async throws -> Bool {
    let copy = ObjectCopy(client: client, plan: plan, options: options, pause: pause)
    var listing = TargetListing(client, target)
    return try await withThrowingTaskGroup(of: ObjectCopy.Result.self) { group in
      var (isWhole, running, next, isLast) = (true, 0, 0, false)
      var wishes: [CopyPlan.Wish] = []
      while true {
        while running < options.concurrency {
          if next == wishes.count {
            if isLast { break }
            (wishes, isLast) = try await plan.next(count: Self.batchCount)
            next = 0
            let seen = try await listing.look(at: wishes.map(\.target.key))
            for index in wishes.indices { wishes[index].seen = seen[index] }
            continue
          }
          let wish = wishes[next]
          group.addTask { try await copy.settle(wish) }
          (next, running) = (next + 1, running + 1)
        }
        guard let result = try await group.next() else { return isWhole }
        running -= 1
        if !result.isWhole { isWhole = false }
        observe(result.event)
      }
    }
  }
}

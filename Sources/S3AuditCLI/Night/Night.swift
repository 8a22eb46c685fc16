internal import Crawl
internal import HTTP
internal import Index
internal import Sync
internal import Vocabulary

/// Tells people and services how a sync went: a webhook when something is wrong that was not before, and a service that
/// waits for pings whenever a sync begins and ends.
///
/// A sync whose receivers are deaf ends as it would without them, within 40 s: `/start` is brought beside the sync and
/// waited for 4 s at most, then both are told at once, for 32 s at most.
struct Night: Sendable {
  private let context: Context
  private let webhook: ReceiverURL?
  private let pings: ReceiverURL?
  private let growthMax: Double?
  private let job: NightJob
  private let courier: Courier?

  private static let startRest = Duration.seconds(4)

  /// - Throws: `UsageError` for a URL that no secret may be sent to, before anything is done.
  init(_ context: Context, _ options: NightOptions, _ job: NightJob) throws {
    (self.context, self.job) = (context, job)
    (webhook, pings) = try options.receivers(context.variables)
    growthMax = options.growthMax
    courier =
      webhook == nil && pings == nil
      ? nil : try Courier(caBundlePath: context.variables["AWS_CA_BUNDLE"])
  }

  /// Runs a sync, and says meanwhile that it has begun.
  func through(_ sync: @escaping @Sendable () async throws -> SyncEnd) async throws -> SyncEnd {
    guard let courier, let pings else { return try await sync() }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Where this fails, so does what comes at the end, and that is warned of.
        _ = await courier.bring([], Self.plainText, to: pings, at: "/start")
      }
      defer { group.cancelAll() }
      let end = try await sync()
      group.addTask { try? await Task.sleep(for: Self.startRest) }
      try await group.next()
      return end
    }
  }

  /// Tells how a sync ended; what goes wrong with that is a warning.
  ///
  /// An interrupted one is no news for the webhook: whoever interrupted it knows, and the next one goes on from there.
  func tell(
    _ sync: Notice.Sync, of end: SyncEnd, stop: String?, _ interrupt: Interrupt, indexPath: String
  ) async {
    guard courier != nil else { return }
    if interrupt.isInterrupted {
      // The process ends soon (`Interrupt`), whoever listens or not.
      return await tell(sync, of: end, stop: stop, indexPath: indexPath)
    }
    // A signal from now on is for who waits: it ends the waiting.
    try? await interrupt.cancelling {
      await tell(sync, of: end, stop: stop, indexPath: indexPath)
    }
  }

  private func tell(
    _ sync: Notice.Sync, of end: SyncEnd, stop: String?, indexPath: String
  ) async {
    guard let courier else { return }
    var words = "s3audit: \(sync.state)"
    var notice: Notice?
    let memory = webhook.map { webhook in
      ToldTroubles(indexPath: indexPath, job: job.name(telling: webhook))
    }
    if sync.exitStatus != .interrupted {
      let troubles = troubles(of: end, stop, indexPath)
      notice = news(troubles, sync, memory, indexPath)
      words = ([words] + troubles.prefix(50).map(\.text)).joined(separator: "\n")
    }
    async let pinged: String? = ping(courier, sync.exitStatus, words + "\n")
    if let notice, let webhook, let memory {
      if let failure = await courier.bring(notice.body, "application/json", to: webhook) {
        warn(failure)
      } else {
        keep(notice, memory)
      }
    }
    if let failure = await pinged { warn(failure) }
  }

  private static let plainText = "text/plain; charset=utf-8"

  private func ping(_ courier: Courier, _ status: ExitStatus, _ words: String) async -> String? {
    guard let pings else { return nil }
    return await courier.bring(
      Array(words.utf8.prefix(10_000)), Self.plainText, to: pings, at: "/\(status.rawValue)")
  }

  private func troubles(of end: SyncEnd, _ stop: String?, _ indexPath: String) -> [Trouble] {
    let problems = BucketProblems(
      growthMax: growthMax, now: systemTime(), unit: context.options.output.unit)
    return Trouble.all(of: end, stop: stop, job, problems, indexPath: indexPath)
  }

  /// What the webhook is told; nil where it knows.
  private func news(
    _ troubles: [Trouble], _ sync: Notice.Sync, _ memory: ToldTroubles?, _ indexPath: String
  ) -> Notice? {
    guard let memory else { return nil }
    // What cannot be read cannot be kept either, and that is warned of then.
    let told = (try? memory.read()) ?? []
    guard told != Set(troubles.map(\.key)) else { return nil }
    return Notice(troubles: troubles, told: told, indexPath: indexPath, sync: sync)
  }

  private func keep(_ notice: Notice, _ memory: ToldTroubles) {
    do {
      try memory.write(Set(notice.troubles.map(\.key)))
    } catch {
      warn("what was told is not kept, so it is told again: \(message(of: error))")
    }
  }

  private func warn(_ text: String) {
    Terminal.writeError("Warning: \(text.escapingControls(scalarsMax: .max))\n")
  }
}

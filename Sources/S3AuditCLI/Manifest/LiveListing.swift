internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Restore
internal import S3
internal import Synchronization
internal import Vocabulary

/// The bucket, or the part of it, that is listed now.
struct LiveBucket: Sendable, CustomStringConvertible {
  var name: String
  var prefix: Key

  var description: String { "s3://\(name)/\(prefix.text)".escapingControls() }

  init(name: String, prefix: Key) {
    self.name = name
    self.prefix = prefix
  }

  /// The one that a filter names.
  ///
  /// - Throws: `UsageError` for none, several or a pattern: only the index knows what buckets there are.
  init(_ filter: ObjectFilter) throws(UsageError) {
    guard filter.scopes.count == 1, let scope = filter.scopes.first, !scope.isPattern,
      scope.otherPattern == nil
    else {
      throw UsageError(
        "'--live' lists one bucket.", hint: "name it: s3audit manifest create --live s3://BUCKET")
    }
    guard filter.accounts.isEmpty, filter.regions.isEmpty else {
      throw UsageError(
        "'--account' and '--in-region' choose among the buckets of the index.",
        hint: "leave them out with '--live'")
    }
    name = scope.bucketPattern
    let (long, short) =
      scope.prefix.bytes.count >= filter.prefix.bytes.count
      ? (scope.prefix, filter.prefix) : (filter.prefix, scope.prefix)
    guard long.bytes.starts(with: short.bytes) else {
      throw UsageError("No key begins with both prefixes.", hint: "name the prefix once")
    }
    prefix = long
  }
}

/// What a bucket held at a moment, listed now.
struct LiveState: Sendable {
  /// Nil is now.
  let time: Timestamp?
  let doubts: MomentDoubts
  let expired: [ExpiryNote]
  fileprivate let sink: MomentListing

  /// Hands over what each key held, once.
  func take() -> sending WantedFiles? { sink.take() }
}

/// Lists the versions of a bucket into what it held at a moment.
final class LiveListing: Sendable {
  static let epoch = Timestamp(millisecondsSinceEpoch: 0)

  enum Outcome {
    case listed(LiveState)
    /// It was said why; `refusal` is the status to end with.
    case refused
  }

  private let context: Context
  private let connection: ConnectionOptions
  private let bucket: LiveBucket
  private let moment: Moment
  private let budget: RequestBudget
  private let choose: MomentListing.Choice
  private let status = Mutex(ExitStatus.failed)

  var refusal: ExitStatus { status.withLock { $0 } }

  /// `choose` changes what a key held, or leaves it out.
  init(
    _ context: Context, _ connection: ConnectionOptions, _ bucket: LiveBucket, at moment: Moment,
    inFlight: Int = RequestBudget.inFlightOfFirstCrawl, choose: @escaping MomentListing.Choice
  ) {
    self.context = context
    self.connection = connection
    self.bucket = bucket
    self.moment = moment
    self.choose = choose
    budget = RequestBudget(inFlight: inFlight)
  }

  func connect() async throws -> S3Client {
    let account = try await Account.connect(
      connection, for: [bucket.name], limits: context.limits(connections: budget.inFlightMax))
    for line in account.verboseLines { context.say(line) }
    return S3Client(account: account, options: connection.calls)
  }

  /// - Throws: `UsageError` for a moment that has yet to come by the server's clock; what else ends a command.
  func run(with client: S3Client) async throws -> Outcome {
    var expiry: BucketProperty?
    if moment != .now {
      // Its answer tells the server's time, too.
      do {
        expiry = try await client.property(.lifecycle, of: bucket.name)
      } catch let error as S3Error {
        expiry = BucketProperty(.lifecycle, refusal: error)
      }
    }
    let listedAt = client.serviceTime(at: systemTime())
    let time = try moment.time(now: listedAt, clock: "the server's clock")
    if let time { context.say("moment: \(time.iso8601); the server's clock: \(listedAt.iso8601)") }
    var sink = try MomentListing(at: time, in: bucket.name, choose: choose)
    var result = try await list(.versions, into: sink, with: client)
    if (result.outcome.failure?.error as? S3Error)?.keepsNoVersions == true {
      guard time == nil else {
        throw CommandFailure(
          message: "\(bucket) is on a server that keeps no versions: nobody knows what was there",
          hint: "only its objects of now can be listed: leave out --as-of, or give --as-of now")
      }
      context.say("this server keeps no versions: its objects are listed")
      sink = try MomentListing(at: time, in: bucket.name, choose: choose)
      result = try await list(.objects, into: sink, with: client)
    }
    if let note = client.clockNote { context.say(note) }
    switch result.outcome {
    case .complete: break
    case .denied(let failure): return refuse(failure, with: .refused)
    case .failed(let failure): return refuse(failure, with: .failed)
    }
    context.say("listed \(counted(result.objects, "version"))")
    let note = time.flatMap {
      ExpiryNote(expiry, of: bucket.name, below: bucket.prefix, at: $0, listedAt: listedAt)
    }
    return .listed(
      LiveState(
        time: time, doubts: await sink.doubtsFound(), expired: [note].compactMap(\.self),
        sink: sink))
  }

  private func list(
    _ kind: ListingKind, into sink: MomentListing, with client: S3Client
  ) async throws -> Listing.Result {
    let listing = Listing(
      client: client, bucket: bucket.name, prefix: bucket.prefix, of: kind, budget: budget,
      begunAt: context.now)
    let progress = CrawlProgress()
    let display = ProgressDisplay(context, .auto, of: progress, clients: [client])
    do {
      return try await display.showing { try await listing.run(into: sink, progress: progress) }
    } catch {
      if error is CancellationError { Terminal.writeError("Interrupted.\n") }
      throw error
    }
  }

  private func refuse(_ failure: CrawlFailure, with status: ExitStatus) -> Outcome {
    Terminal.writeError(crawlErrorText(failure, of: bucket.name))
    if status == .refused, failure.isAboutPermissions {
      Terminal.writeError(
        connection.isAnonymous
          ? denialHelp(isAnonymous: true, ofSeveral: false)
          : "Help:  s3audit needs s3:ListBucketVersions on the bucket\n")
    } else if let hint = hint(for: failure) {
      Terminal.writeError("Help:  \(hint)\n")
    }
    self.status.withLock { $0 = status }
    return .refused
  }
}

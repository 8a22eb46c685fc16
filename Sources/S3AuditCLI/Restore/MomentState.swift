internal import Restore
internal import S3
internal import Vocabulary

/// What a bucket held at a moment, on its way into a restore.
struct MomentState: Sendable {
  private let context: Context
  private let listing: LiveListing
  private let bucket: LiveBucket
  /// What stands above all paths, in the keys.
  let prefixLeftOut: Key

  init(
    _ context: Context, _ arguments: RestoreArguments, _ moment: Moment, _ bucket: LiveBucket,
    keepsPrefix: Bool, to target: RestoreTarget
  ) {
    self.context = context
    self.bucket = bucket
    let place = RelativeKey(below: keepsPrefix ? .start : bucket.prefix)
    prefixLeftOut = place.leftOut
    listing = LiveListing(
      context, arguments.connection, bucket, at: moment, inFlight: arguments.options.concurrency
    ) { entry in
      switch target {
      case .folder: place.placing(entry)
      case .bucket(let target): target.placing(entry)
      }
    }
  }

  /// The status to end with where nothing could be listed.
  var refusal: ExitStatus { listing.refusal }

  /// All of it, listed now; nil where it could not be, which was said.
  func wanted(from client: S3Client) async throws -> sending WantedFiles? {
    guard case .listed(let state) = try await listing.run(with: client) else { return nil }
    guard let wanted = state.take() else { return nil }
    MomentReport(context, at: state.time).tell(
      state.doubts, expired: state.expired, count: try wanted.count, of: bucket.description)
    return wanted
  }
}

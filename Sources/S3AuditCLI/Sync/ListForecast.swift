internal import Index
internal import Sync
internal import Vocabulary

/// How many LIST requests a sync is going to send, and what they cost, as far as the index can tell.
///
/// The index knows how much a bucket holds that was once listed whole. Of any other bucket, and of what
/// lies below a prefix, it knows only that one request is the least:
///
///     3 buckets, about 1,234 LIST requests, about $0.0062.
///     3 buckets, at least 1,236 LIST requests, at least $0.0062. 2 of them have never been listed whole.
///
/// Probes tell of those about how much they hold:
///
///     3 buckets, about 3,512 LIST requests, about $0.01756, estimated by 120 probes.
struct ListForecast: Equatable {
  private var buckets: Int64 = 0
  private var requests: Int64 = 0
  private var neverListed: Int64 = 0
  private var prefixes: Int64 = 0
  private var probes: Int64 = 0
  private var ofUnknownVersions: Int64 = 0
  private var uploadListings: Int64 = 0
  private var withParts = false
  /// Requests that ask how buckets are set up.
  private var questions: Int64 = 0
  /// Nil while no bucket is on AWS.
  private var cost: ListCost?

  private static let objectsPerRequest = 1_000.0

  /// What a sync asks of each bucket beside its listing.
  struct Extras: Equatable {
    var uploads = false
    var parts = false
    var properties = false
  }

  private let extras: Extras
  private let prices: RequestPrices

  init(_ extras: Extras = Extras(), at prices: RequestPrices = RequestPrices()) {
    self.extras = extras
    self.prices = prices
  }

  /// What comes to a bucket's objects in the pages of a listing.
  enum Besides: Equatable {
    case nothing
    /// So many noncurrent versions and delete markers.
    case versions(Int64)
    /// Versions are listed for the first time.
    case unknownVersions
  }

  /// Whether the index tells how much a bucket holds.
  static func knows(_ bucket: SelectedBucket, _ known: BucketSummary?) -> Bool {
    bucket.prefix.isStart && known?.freshness.syncedAt != nil
  }

  /// Adds a bucket with what the index has of it, or a probe says; returns the requests that are expected,
  /// nil where that is not known.
  mutating func add(
    _ bucket: SelectedBucket, _ known: BucketSummary?, _ probed: ProbedSize? = nil,
    besides: Besides = .nothing, isBilled: Bool
  ) -> Int64? {
    let versions = if case .versions(let count) = besides { count } else { Int64(0) }
    let held =
      bucket.prefix.isStart ? known.map { Self.requests(for: $0.objects.plus(versions)) } : nil
    let found = (probed?.counted ?? probed?.estimated).map {
      Self.requests(for: $0, by: probed?.keysPerPage)
    }
    let seen = probed?.least.map { Self.requests(for: $0, by: probed?.keysPerPage) }
    let areObjectsKnown = Self.knows(bucket, known) || found != nil
    let isKnown = areObjectsKnown && besides != .unknownVersions
    // What an unfinished first listing has found is the least that there is.
    let least = max(held ?? 1, found ?? 1, seen ?? 1) + (extras.uploads ? 1 : 0)
    buckets += 1
    if extras.uploads { uploadListings += 1 }
    withParts = extras.parts
    if extras.properties { questions += Int64(BucketProperty.Name.allCases.count) }
    if besides != .nothing { questions += 1 }
    requests += least
    probes += probed?.requests ?? 0
    if areObjectsKnown, !isKnown { ofUnknownVersions += 1 }
    if !areObjectsKnown {
      if bucket.prefix.isStart { neverListed += 1 } else { prefixes += 1 }
    }
    if isBilled {
      var sum = cost ?? ListCost(at: prices)
      sum.add(least, in: bucket.identity.region ?? known?.region ?? probed?.region)
      cost = sum
    }
    return isKnown ? least : nil
  }

  /// A bucket that the index knows is taken to come in full pages; a probe has seen how many keys a page has.
  private static func requests(for objects: Int64, by keysPerPage: Double? = nil) -> Int64 {
    max(1, Int64((Double(objects) / max(1, keysPerPage ?? objectsPerRequest)).rounded(.up)))
  }

  /// The forecast as a sentence: `3 buckets, about 1,234 LIST requests, about $0.0062`.
  var text: String {
    let isLeast = neverListed + prefixes + ofUnknownVersions + uploadListings > 0
    var text = "\(counted(buckets, "bucket")), \(isLeast ? "at least" : "about") "
    text += counted(requests, "LIST request")
    if let cost { text += ", \(cost.text(isLeast: isLeast))" }
    if probes > 0 { text += ", estimated by \(counted(probes, "probe"))" }
    text += "."
    if neverListed > 0 {
      let has = neverListed == 1 ? "has" : "have"
      text += " \(groupedDecimal(neverListed)) of them \(has) never been listed whole:"
      text += " how many objects are there is not known."
    }
    if ofUnknownVersions > 0 {
      text +=
        " How many versions there are is not known of \(groupedDecimal(ofUnknownVersions)) of them."
    }
    if uploadListings > 0 {
      text += " How many unfinished uploads there are is not known before they are listed"
      text += withParts ? ", and their parts take a request for each at least." : "."
    }
    if questions > 0 {
      text += " Besides, at least \(counted(questions, "small request"))"
      text += " \(questions == 1 ? "asks" : "ask") how buckets are set up."
    }
    if prefixes > 0 { text += " What lies below a prefix is not known before it is listed." }
    return text
  }
}

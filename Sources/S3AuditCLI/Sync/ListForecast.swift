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
struct ListForecast: Equatable {
  private var buckets: Int64 = 0
  private var requests: Int64 = 0
  private var neverListed: Int64 = 0
  private var prefixes: Int64 = 0
  /// Nil while no bucket is on AWS.
  private var cost: ListCost?

  private static let objectsPerRequest: Int64 = 1_000

  /// Adds a bucket with what the index has of it; returns the requests that are expected, nil where
  /// that is not known.
  mutating func add(
    _ bucket: SelectedBucket, _ known: BucketSummary?, isBilled: Bool
  ) -> Int64? {
    let held = known.map {
      max(1, ($0.objects + Self.objectsPerRequest - 1) / Self.objectsPerRequest)
    }
    let isKnown = bucket.prefix.isStart && known?.freshness.syncedAt != nil
    // What an unfinished first listing has found is the least that there is.
    let least = bucket.prefix.isStart ? held ?? 1 : 1
    buckets += 1
    requests += least
    if !bucket.prefix.isStart { prefixes += 1 } else if !isKnown { neverListed += 1 }
    if isBilled {
      var sum = cost ?? ListCost()
      sum.add(least, in: bucket.identity.region ?? known?.region)
      cost = sum
    }
    return isKnown ? least : nil
  }

  /// The forecast as a sentence: `3 buckets, about 1,234 LIST requests, about $0.0062`.
  var text: String {
    let isLeast = neverListed + prefixes > 0
    var text = "\(counted(buckets, "bucket")), \(isLeast ? "at least" : "about") "
    text += counted(requests, "LIST request")
    if let cost { text += ", \(cost.text(isLeast: isLeast))" }
    text += "."
    if neverListed > 0 {
      let has = neverListed == 1 ? "has" : "have"
      text += " \(groupedDecimal(neverListed)) of them \(has) never been listed whole:"
      text += " how many objects are there is not known."
    }
    if prefixes > 0 { text += " What lies below a prefix is not known before it is listed." }
    return text
  }
}

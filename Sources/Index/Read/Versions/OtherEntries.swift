internal import Vocabulary

/// How far what a bucket holds beside its objects is known.
struct OtherEntries: Equatable, Sendable {
  var versions = Freshness(state: .never, syncedAt: nil)
  /// Those of its prefixes whose versions are known better than the rest.
  var listed: [ListedPrefix] = []
  /// The prefixes of the listings of versions that told anything, where none has told of all of them: of
  /// other keys nothing is known.
  var told: [Key] = []
  /// Crawls of its versions whose keys were listed without them afterwards.
  var abandoned: [UnfinishedCrawl] = []
  /// Its noncurrent versions, in order of storage class name.
  var classes: [ClassUsage] = []
  var markers: Int64 = 0
  var uploads = Freshness(state: .never, syncedAt: nil)
}

extension BucketSummary {
  /// The same bucket as a question about these entries sees it: its sums are theirs, and so is how far it
  /// can be believed.
  func about(_ entries: Entries) -> BucketSummary {
    var bucket = self
    switch entries {
    case .current: return self
    case .noncurrent:
      (bucket.freshness, bucket.listed, bucket.classes) = (
        other.versions, other.listed, other.classes
      )
      bucket.whole = other.versions.syncedAt
      if bucket.whole == nil { bucket.told = other.told + other.listed.map(\.prefix) }
      bucket.unfinished += other.abandoned
    case .all:
      let knowsObjects = freshness.syncedAt != nil || !usage.isZero || !listed.isEmpty
      bucket.freshness =
        knowsObjects || !other.versions.isUnknown
        ? Freshness(combining: [freshness, other.versions])
        : Freshness(state: .never, syncedAt: nil)
      // There is no moment before which all of both is in.
      if other.versions.syncedAt == nil { bucket.freshness.syncedAt = nil }
      // A crawl that lists versions lists the objects too.
      bucket.listed = other.listed
      bucket.whole = whole.flatMap { whole in other.versions.syncedAt.map { min(whole, $0) } }
      bucket.unfinished += other.abandoned
      let sums = Dictionary(grouping: classes + other.classes, by: \.storageClass)
      bucket.classes = sums.sorted { $0.key < $1.key }.map { name, parts in
        ClassUsage(
          storageClass: name, parts.reduce(into: Usage()) { $0 += $1.usage },
          small: parts.reduce(into: Usage()) { $0 += $1.small })
      }
    case .uploads:
      (bucket.freshness, bucket.listed, bucket.classes) = (other.uploads, [], [])
      (bucket.whole, bucket.unfinished) = (nil, [])
    }
    return bucket
  }
}

extension Freshness {
  /// Whether nothing at all is known: sums are then null, not 0.
  package var isUnknown: Bool { state == .never }
}

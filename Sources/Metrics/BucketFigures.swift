internal import Answers
internal import Index
internal import Vocabulary

/// Everything that metrics tell of one bucket; nil, or empty, is what is not known of it.
struct BucketFigures {
  /// `bucket`, `account` and `endpoint`.
  var labels: Labels
  var region: String?
  /// By class, in order of its name: what it holds now, 0 for a class that was emptied lately.
  ///
  /// STANDARD is always among the classes of a bucket that was listed, so that an empty bucket has a 0.
  var classes: [(labels: Labels, usage: Usage, dollars: String?)] = []
  var noncurrent: (usage: Usage, markers: Int64?)?
  var uploads: (count: Int64, bytes: Int64?)?
  var unpricedBytes: Int64?
  var newestObject: Timestamp?
  var synced: Timestamp?
  var state: BucketState
  var changes: ChangeCounts?

  static let defaultClass = "STANDARD"

  /// `emptied` are classes that have no objects any more.
  init(
    _ bucket: BucketSummary, _ parts: [StoredState: StoredPart], _ costs: ClassCosts.Share?,
    emptied: [String], versioning: BucketProperty.State?, _ changes: ChangeCounts?
  ) {
    labels = Labels(bucket)
    region = bucket.region
    newestObject = bucket.newestObject
    synced = bucket.freshness.syncedAt
    state = bucket.freshness.state
    self.changes = changes
    if let part = parts[.noncurrent], !part.mayHaveUnlistedVersions(versioning) {
      let usage = part.rows.reduce(into: Usage()) { $0 += $1.usage }
      noncurrent = (usage, part.isUnknown ? 0 : part.markers)
    }
    if let part = parts[.uploads], !part.isUnknown {
      let usage = part.rows.reduce(into: Usage()) { $0 += $1.usage }
      let areWeighed = part.rows.allSatisfy { $0.unweighed == 0 }
      uploads = (usage.objects, areWeighed ? usage.bytes : nil)
    }
    guard bucket.isListed else { return }
    unpricedBytes = costs?.unpricedBytes
    let current = bucket.classes.reduce(into: [:]) { $0[$1.storageClass] = $1.usage }
    let names = Set(current.keys).union(emptied).union((costs?.dollars ?? [:]).keys)
    classes = names.sorted().map { name in
      (
        labels.adding("storage_class", name), current[name] ?? Usage(),
        costs?.dollars[name]
      )
    }
  }
}

extension BucketSummary {
  /// Whether anything of it was ever listed: else it holds what nobody knows, which is not nothing.
  var isListed: Bool { freshness.syncedAt != nil || !classes.isEmpty }

  /// The classes that are worth a 0, of which it has no objects now: those that it had, and STANDARD.
  func emptied(of past: Set<String>) -> [String] {
    let current = classes.filter { $0.objects > 0 }.map(\.storageClass)
    return past.union([BucketFigures.defaultClass]).subtracting(current).sorted()
  }
}

extension Labels {
  /// What tells a bucket from all others.
  init(_ bucket: BucketSummary) {
    self.init([
      "bucket": bucket.name, "account": bucket.origin.account, "endpoint": bucket.endpoint,
    ])
  }
}

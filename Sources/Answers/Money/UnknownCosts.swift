internal import Costs
internal import Index
internal import Vocabulary

/// What a bill lacks, by name: each with the buckets that it is about.
struct UnknownCosts {
  private var buckets: [String: Set<String>] = [:]

  mutating func add(_ unknowns: Set<Cost.Unknown>, of item: PricedItem) {
    for unknown in unknowns {
      buckets[Self.words(unknown, item.bucket), default: []].insert(item.bucket.name)
    }
  }

  /// Names what was never listed of a bucket, and what would list it.
  mutating func add(never state: StoredState, of bucket: BucketSummary) {
    let words =
      switch state {
      case .current: "objects were never listed, and are in no cost here: 'sync' lists them"
      case .noncurrent:
        "noncurrent versions were never listed, and are in no cost here: 'sync --versions' lists them"
      case .uploads:
        "unfinished uploads were never listed, and are in no cost here: 'sync --uploads --parts' lists them"
      }
    buckets[words, default: []].insert(bucket.name)
  }

  mutating func addUnweighed(of item: PricedItem) {
    let words =
      "how many bytes unfinished uploads hold is not known: 'sync --uploads --parts' asks for it"
    buckets[words, default: []].insert(item.bucket.name)
  }

  /// Names a bucket in which expiry of objects alone saves nothing.
  mutating func addKept(of item: PricedItem) {
    let words =
      "with versioning, objects that expire stay as noncurrent versions, and are paid for until those expire too"
    buckets[words, default: []].insert(item.bucket.name)
  }

  mutating func addUnreadTags(_ state: String, of bucket: BucketSummary) {
    buckets["the tags are not known (\(state))", default: []].insert(bucket.name)
  }

  /// A line each: `no price is known for TimedStorage-ByteHrs in ap-east-1: logs, media and 3 more`.
  var lines: [String] {
    buckets.sorted { $0.key < $1.key }.map { words, names in
      let shown = names.sorted().prefix(Self.namesMax).map { $0.escapingControls() }
      let rest = names.count - shown.count
      return "\(words): \(shown.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : "")
    }
  }

  private static let namesMax = 5

  private static func words(_ unknown: Cost.Unknown, _ bucket: BucketSummary) -> String {
    switch unknown {
    case .price(let key):
      let operation = key.operation.isEmpty ? "" : " (\(key.operation))"
      return
        "no price, or none of every tier, is known for \(key.usage.rawValue)\(operation) in \(key.region)"
    case .storageClass(let name):
      return "no price is known for the class \(name.escapingControls())"
    case .region: return "the region is not known, and so is the price"
    case .server:
      return "\(bucket.endpoint.escapingControls()) is not AWS, and no price is known there"
    case .accessTiers:
      return "in which tiers objects of INTELLIGENT_TIERING are is not known"
    }
  }
}

internal import Costs
internal import Index
internal import Report
internal import Vocabulary

/// The rows of an answer about costs: what was asked about, summed by something.
///
/// A row's cost is that of what was listed. Where it is known that there is more, such as noncurrent versions
/// of a bucket with versioning that were never listed, no row claims to know all of it.
struct CostTable {
  private let grouping: CostGrouping?
  private let bill: Bill
  private let properties: [Int64: BucketProperties]
  /// Adds what is known of an item from elsewhere than a listing.
  var known: (PricedItem) -> PricedItem = { $0 }
  private(set) var unknowns = UnknownCosts()
  /// The prices of what is in it.
  private(set) var priceKeys: Set<PriceKey> = []
  /// Buckets of which it is known that they hold more than what was listed.
  private var incomplete: Set<Int64> = []
  /// Buckets whose uploads were never listed.
  private var withoutUploads: Set<Int64> = []
  private var sums: [[Value]: CostSum] = [:]
  private var places: [[Value]: [UInt8]] = [:]

  init(by grouping: CostGrouping?, _ bill: Bill, _ properties: [Int64: BucketProperties]) {
    self.grouping = grouping
    self.bill = bill
    self.properties = properties
    if grouping == nil { sums[[]] = CostSum() }
  }

  mutating func add(_ part: StoredPart, _ payers: Payers) {
    let items = part.rows.map { known(PricedItem(part.bucket, part.state, $0, payers)) }
    priceKeys.formUnion(Bill.priceKeys(of: items.map(\.cell)))
    if part.isUnknown { addUnknown(part) } else { note(part, items) }
    for item in items {
      if grouping == .component {
        addComponents(of: item)
      } else {
        let cost = bill.cost(of: [item.cell])
        unknowns.add(cost.unknowns, of: item)
        let key = key(of: part, item.usage)
        change(key) { $0.add(item, cost) }
      }
      if item.usage.unweighed > 0 { unknowns.addUnweighed(of: item) }
    }
  }

  /// Whether nothing is known to be missing of the buckets that are in it.
  var isWhole: Bool { incomplete.isEmpty }

  /// Rows in the order of what they are about, with the sum of each.
  func rows() -> [(group: [Value], sum: CostSum)] {
    sums.sorted { left, right in
      (places[left.key] ?? []).lexicographicallyPrecedes(places[right.key] ?? [])
    }.map { group, sum in
      var sum = sum
      // What was never listed may be in any class, below any prefix.
      let lacks = isOfContents && sum.parts.contains { incomplete.contains($0.id) }
      // Of nothing at all it is not known what it costs.
      if lacks || grouping == nil && sum.isUnknown { sum.cost.atMost = nil }
      if sum.parts.contains(where: { withoutUploads.contains($0.id) }) { sum.uploads = nil }
      return (group, sum)
    }
  }

  /// Whether rows are about parts of buckets that are told from what they hold.
  private var isOfContents: Bool {
    grouping == .class || grouping == .component || grouping == .prefix
  }

  private mutating func change(_ key: [Value], _ body: (inout CostSum) -> Void) {
    if places[key] == nil { places[key] = Array(key.map(\.orderBytes).joined(separator: [0])) }
    var sum = sums[key] ?? CostSum()
    body(&sum)
    sum.isUnknown = false
    sums[key] = sum
  }

  /// Gives a bucket that holds nothing its row, too, and each row its freshness.
  private mutating func note(_ part: StoredPart, _ items: [PricedItem]) {
    switch grouping {
    case .class, .component, .prefix:
      let isOfOneBucket = grouping == .prefix
      for item in items {
        let key = key(of: part, item.usage)
        change(key) { sum in
          if sum.parts.last?.id != part.bucket.id { sum.parts.append(part.bucket) }
          if isOfOneBucket { sum.origin = part.bucket.origin }
          sum.markers = nil
        }
      }
    case nil, .bucket, .region, .state, .account, .tag:
      let key = key(of: part, nil)
      change(key) { sum in
        sum.parts.append(part.bucket)
        sum.markers = sum.markers.flatMap { markers in part.markers.map { markers.plus($0) } }
        sum.origin = part.bucket.origin
      }
    }
  }

  /// Nothing was listed of this state: what there is of it costs something.
  private mutating func addUnknown(_ part: StoredPart) {
    let versioning = properties[part.bucket.id]?[.versioning]?.state
    if part.state == .noncurrent, !part.mayHaveUnlistedVersions(versioning) {
      return note(part.known, [])
    }
    unknowns.add(never: part.state, of: part.bucket)
    if part.state == .uploads { withoutUploads.insert(part.bucket.id) }
    if part.isKnownToLackMore(versioning) { incomplete.insert(part.bucket.id) }
    guard !isOfContents else { return }
    let key = key(of: part, nil)
    if places[key] == nil { places[key] = Array(key.map(\.orderBytes).joined(separator: [0])) }
    var sum = sums[key] ?? CostSum()
    if sum.origin == nil { sum.origin = part.bucket.origin }
    let isSure =
      part.state == .current || grouping == .state
      || part.state == .noncurrent && versioning == .set
    if isSure { sum.cost.atMost = nil }
    if part.state == .current { sum.parts.append(part.bucket) }
    sums[key] = sum
  }

  private mutating func addComponents(of item: PricedItem) {
    var components = bill.components(of: item.cell)
    // Objects and their bytes are what is stored, also where they have none; the others come on top.
    components[.storage] = components[.storage] ?? Cost()
    for (component, cost) in components {
      unknowns.add(cost.unknowns, of: item)
      change([.text(component.rawValue)]) { sum in
        if component == .storage { sum.add(item, cost) } else { sum.cost += cost }
        if sum.parts.last?.id != item.bucket.id { sum.parts.append(item.bucket) }
        sum.markers = nil
      }
    }
  }

  private mutating func key(
    of part: StoredPart, _ usage: StoredUsage?
  ) -> [Value] {
    let bucket = part.bucket
    switch grouping {
    case nil: return []
    case .bucket: return [.text(bucket.name)] + [.text(bucket.endpoint)]
    case .region: return [bucket.region.map { .text($0) } ?? .null]
    case .class: return [.text(usage?.storageClass ?? "")]
    case .state: return [.text(part.state.rawValue)]
    // What every object has; the others are added where they are found.
    case .component: return [.text(CostComponent.storage.rawValue)]
    case .prefix:
      return [
        .text(bucket.name), .key(usage?.prefix?.bytes ?? []), .text(bucket.endpoint),
      ]
    case .account:
      let account = bucket.account
      let names = [account?.name ?? "", account?.identity.profile ?? ""]
      return names.map { $0.isEmpty ? .null : .text($0) } + [.text(bucket.endpoint)]
        + [.integer(account?.id ?? 0)]
    case .tag(let name): return tag(name, of: bucket)
    }
  }

  /// The value, null without one, and the state of the bucket's tags.
  private mutating func tag(_ name: String, of bucket: BucketSummary) -> [Value] {
    guard let property = properties[bucket.id]?[.tags] else {
      unknowns.addUnreadTags("never read", of: bucket)
      return [.null, .text("unread")]
    }
    switch property.state {
    case .absent: return [.null, .text(property.state.rawValue)]
    case .denied, .unsupported, .failed:
      unknowns.addUnreadTags(property.state.rawValue, of: bucket)
      return [.null, .text(property.state.rawValue)]
    case .set:
      // What cannot be read is not known, and said to be so.
      guard let tags = property.document.flatMap({ BucketTags(document: $0) }) else {
        unknowns.addUnreadTags("not understood", of: bucket)
        return [.null, .text(BucketProperty.State.failed.rawValue)]
      }
      guard let value = tags.tags[name] else {
        return [.null, .text(BucketProperty.State.absent.rawValue)]
      }
      return [.text(value), .text(property.state.rawValue)]
    }
  }
}

extension StoredPart {
  /// Whether nothing of this state was ever listed, and it is known that there is some: objects, or the noncurrent
  /// versions of a bucket with versioning.
  func isKnownToLackMore(_ versioning: BucketProperty.State?) -> Bool {
    isUnknown && (state == .current || state == .noncurrent && versioning == .set)
  }

  /// The same as a state of which it is known that there is nothing.
  fileprivate var known: StoredPart {
    var part = self
    part.markers = 0
    part.bucket.freshness.state = .complete
    return part
  }
}

extension Value {
  /// What rows are sorted by: nothing comes last, and keys that differ in any byte are told apart.
  fileprivate var orderBytes: [UInt8] {
    switch self {
    case .null: [0xFF, 0xFF, 0xFF, 0xFF]
    case .text(let text): Array(text.utf8)
    case .key(let bytes): bytes
    case .integer(let number), .bytes(let number): Array(String(number).utf8)
    case .real, .decimal, .timestamp, .boolean: []
    }
  }
}

internal import Costs
internal import Index
internal import Report
internal import Vocabulary

/// What a row of costs is about, and what it comes to.
struct CostSum {
  var objects: Int64 = 0
  var bytes: Int64 = 0
  /// Nil where those of any bucket were never listed.
  var uploads: Int64? = 0
  /// Nil where they are not counted.
  var markers: Int64? = 0
  var cost = Cost()
  /// Of everything that is in it, as far as it was ever listed.
  var parts: [BucketSummary] = []
  var origin: BucketOrigin?
  /// Whether nothing of it was ever listed.
  var isUnknown = true
  /// Whether there are uploads in it whose bytes nobody knows.
  var lacksBytes = false

  mutating func add(_ item: PricedItem, _ cost: Cost) {
    self.cost += cost
    bytes = bytes.plus(item.usage.usage.bytes)
    if item.usage.unweighed > 0 {
      lacksBytes = true
      self.cost.atMost = nil
    }
    if item.state == .uploads {
      uploads = uploads?.plus(item.usage.usage.objects)
    } else {
      objects = objects.plus(item.usage.usage.objects)
    }
  }

  static func += (left: inout CostSum, right: CostSum) {
    left.objects = left.objects.plus(right.objects)
    left.bytes = left.bytes.plus(right.bytes)
    left.uploads = left.uploads.flatMap { one in right.uploads.map { one.plus($0) } }
    left.markers = left.markers.flatMap { markers in right.markers.map { markers.plus($0) } }
    left.cost += right.cost
    left.isUnknown = left.isUnknown && right.isUnknown
    left.lacksBytes = left.lacksBytes || right.lacksBytes
  }

  static let columns = [
    Column("objects", .count, rank: .stays), Column("bytes", .bytes),
    Column("billed_bytes", .bytes, rank: .normal), Column("uploads", .count, rank: .aside),
    Column("delete_markers", .count, rank: .aside),
    Column("usd", .decimal, title: "USD", rank: .stays),
    Column("usd_at_least", .decimal, title: "USD at least"),
    Column("usd_at_most", .decimal, title: "USD at most"),
  ]

  /// The values of `columns`, but for money.
  fileprivate var counts: [Value] {
    guard !isUnknown else { return [.null, .null, .null, .null, .null] }
    return [
      .integer(objects), lacksBytes ? .null : .bytes(bytes),
      lacksBytes ? .null : .bytes(cost.billedBytes), uploads.map { .integer($0) } ?? .null,
      markers.map { .integer($0) } ?? .null,
    ]
  }
}

extension [CostSum] {
  /// The values of `CostSum.columns` for each, and for their total: rounded so that the rows add up to it.
  ///
  /// Without `isWhole` it is known that there is more than what the rows are about.
  func values(isWhole: Bool) -> (rows: [[Value]], total: [Value]) {
    // A row that is known has the same digits in all columns.
    let exact = Set(indices.filter { self[$0].cost.usd != nil })
    let least = SharedRounding.decimals(
      map { $0.cost.atLeast }, places: CostSum.places, first: exact)
    let most = SharedRounding.decimals(map(\.cost.atMost), places: CostSum.places, first: exact)
    let rows = indices.map { place in
      let usd = exact.contains(place) ? least.amounts[place] : nil
      return self[place].counts
        + [usd, least.amounts[place], most.amounts[place]].map(Value.init)
    }
    let total = reduce(into: CostSum()) { $0 += $1 }
    let mostOfAll = isWhole && allSatisfy { $0.cost.atMost != nil } ? most.total : nil
    let all = isWhole && exact.count == count ? least.total : nil
    return (rows, total.counts + [all, least.total, mostOfAll].map(Value.init))
  }
}

extension CostSum {
  /// Digits after the point of amounts.
  static let places = 6
}

extension Value {
  /// An amount in its digits; null where it is not known.
  init(_ digits: String?) { self = digits.map { .decimal($0) } ?? .null }
}

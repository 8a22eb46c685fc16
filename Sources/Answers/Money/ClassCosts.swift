internal import Costs
package import Index
package import Vocabulary

/// What a month of each bucket costs, class by class: the figures of `query cost BUCKET --by class`, but for the
/// last of their digits, as each is rounded by itself.
///
/// For faces that tell of all buckets at a time, as metrics do.
package struct ClassCosts: Sendable {
  /// One bucket's share.
  package struct Share: Equatable, Sendable {
    /// US dollars in decimal by class, where they are known exactly.
    package var dollars: [String: String] = [:]
    /// The bytes that were listed and of which it is not known what they cost.
    package var unpricedBytes: Int64 = 0
  }

  private var shares: [Int64: Share] = [:]

  /// The share of a bucket; nil where nothing of it was ever listed.
  package subscript(bucketID: Int64) -> Share? { shares[bucketID] }

  /// Of everything that is stored, as `reader.stored(ObjectFilter())` tells it.
  ///
  /// `emptied` has classes by bucket that hold nothing any more: they cost nothing, where prices are known.
  package init(
    of stored: [StoredPart], emptied: [Int64: [String]], _ properties: [Int64: BucketProperties],
    _ reader: IndexReader, now: Timestamp
  ) throws {
    let arguments = PricingArguments()
    let prices = try KnownPrices(reader, on: arguments.day(now: now))
    var whole = PricedItem.all(of: stored, arguments.payers)
    let tiers = try KnownTiers(of: stored, whole, properties, reader, now: now)
    // In place: a copy of each item is a copy of its bucket.
    for place in whole.indices where KnownTiers.isTiered(whole[place]) {
      whole[place] = tiers.applied(to: whole[place], isOfAll: true)
    }
    let bill = Bill(of: whole.map(\.cell), by: prices.list)
    // A bucket has a dozen classes: looking through them is quicker than to hash.
    var sums: [Int64: [ClassSum]] = [:]
    func add(_ item: PricedItem) {
      sums[item.bucket.id, default: []].add(item, bill.cost(of: item.cell))
    }
    for item in whole { add(item) }
    var lacking: Set<Int64> = []
    for part in stored {
      if part.isKnownToLackMore(properties[part.bucket.id]?[.versioning]?.state) {
        lacking.insert(part.bucket.id)
      }
      guard !part.isUnknown else { continue }
      sums[part.bucket.id] = sums[part.bucket.id] ?? []
      guard part.state == .current else { continue }
      for name in emptied[part.bucket.id] ?? [] {
        add(PricedItem(part.bucket, .current, StoredUsage(name, Usage()), arguments.payers))
      }
    }
    for (id, classes) in sums { shares[id] = Share(classes, isWhole: !lacking.contains(id)) }
  }
}

/// What is stored in one class of a bucket, in whatever state.
private struct ClassSum {
  var name: String
  var bytes: Int64
  var cost: Cost
}

extension [ClassSum] {
  fileprivate mutating func add(_ item: PricedItem, _ cost: Cost) {
    var cost = cost
    // There are uploads in it whose bytes nobody knows.
    if item.usage.unweighed > 0 { cost.atMost = nil }
    let (name, bytes) = (item.usage.storageClass, item.usage.usage.bytes)
    guard let place = firstIndex(where: { $0.name == name }) else {
      return append(ClassSum(name: name, bytes: bytes, cost: cost))
    }
    self[place].bytes = self[place].bytes.plus(bytes)
    self[place].cost += cost
  }
}

extension ClassCosts.Share {
  fileprivate init(_ classes: [ClassSum], isWhole: Bool) {
    for sum in classes {
      if isWhole, let usd = sum.cost.usd {
        dollars[sum.name] = usd.decimal(places: CostSum.places)
      } else {
        unpricedBytes = unpricedBytes.plus(sum.bytes)
      }
    }
  }
}

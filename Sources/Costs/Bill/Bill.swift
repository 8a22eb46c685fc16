internal import Vocabulary

/// What a month of everything costs, and what any part of it has of that.
///
/// Volume tiers belong to the payer: what an account stores in a region goes through them as a whole, and each
/// part pays its share by bytes. So a part is asked for after all of it is known.
///
/// ```swift
/// let bill = Bill(of: everything, by: prices)
/// bill.cost(of: [cell])
/// ```
package struct Bill: Sendable {
  struct Pool: Hashable {
    var payer: String
    var key: PriceKey
  }

  private let prices: PriceList
  /// What all of something costs, and how much that is.
  struct Whole {
    var volume: Int64
    var cost: KnownCost
    /// What each byte or piece of it costs; the fraction is made once, for there may be a million parts.
    var rate: Rational

    init(_ volume: Int64, _ price: Price?) {
      self.volume = volume
      cost = price?.cost(of: volume) ?? KnownCost(known: .zero, isWhole: false)
      rate = volume == 0 ? .zero : cost.known / Rational(volume)
    }
  }

  /// For each assumption about what nobody knows.
  let pools: [[Pool: Whole]]

  package init(of cells: [StoredCell], by prices: PriceList) {
    self.prices = prices
    pools = Charge.Assumption.allCases.map { assumption in
      var volumes: [Pool: Int64] = [:]
      for cell in cells {
        guard let region = cell.region, !cell.isElsewhere else { continue }
        for charge in Charge.all(of: cell, assuming: assumption) ?? [] {
          let pool = Pool(payer: cell.payer, key: charge.key(in: region))
          volumes[pool] = (volumes[pool] ?? 0).plus(charge.quantity)
        }
      }
      return volumes.reduce(into: [:]) { pools, volume in
        pools[volume.key] = Whole(volume.value, prices[volume.key.key])
      }
    }
  }

  /// Everything that cells are billed for, by whose prices their costs are made.
  package static func priceKeys(of cells: [StoredCell]) -> Set<PriceKey> {
    let keys = cells.filter { !$0.isElsewhere }.flatMap { cell in
      Charge.Assumption.allCases.flatMap { assumption in
        (Charge.all(of: cell, assuming: assumption) ?? []).compactMap { charge in
          cell.region.map { charge.key(in: $0) }
        }
      }
    }
    return Set(keys)
  }

  /// What a part of it costs: cells that were in the whole, or parts of them.
  package func cost(of cells: [StoredCell]) -> Cost {
    cells.reduce(into: Cost()) { $0 += cost(of: $1, only: nil) }
  }

  /// The same of one cell.
  package func cost(of cell: StoredCell) -> Cost { cost(of: cell, only: nil) }

  /// What one cell costs, by component.
  package func components(of cell: StoredCell) -> [CostComponent: Cost] {
    var components: [CostComponent: Cost] = [:]
    for component in CostComponent.allCases {
      let cost = cost(of: cell, only: component)
      if cost != Cost() { components[component] = cost }
    }
    return components
  }

  /// How much less than this bill another one is, which is of the same things but for some; nil where it is
  /// not known of any price that differs, or not the same wherever objects of INTELLIGENT_TIERING are.
  func saving(to other: Bill) -> Rational? {
    var savings: [Rational] = []
    for (before, after) in zip(pools, other.pools) {
      var saving = Rational.zero
      for pool in Set(before.keys).union(after.keys) {
        let (old, new) = (before[pool], after[pool])
        guard old?.volume ?? 0 != new?.volume ?? 0 else { continue }
        guard old?.cost.isWhole ?? true, new?.cost.isWhole ?? true else { return nil }
        saving = saving + (old?.cost.known ?? .zero) - (new?.cost.known ?? .zero)
      }
      savings.append(saving)
    }
    return savings.allSatisfy { $0 == savings.first } ? savings.first : nil
  }

  private func cost(of cell: StoredCell, only component: CostComponent?) -> Cost {
    let isShown = component == nil || component == .storage
    guard !cell.isElsewhere else {
      return isShown ? Cost.unknown(.server, billing: cell.bytes) : Cost()
    }
    guard let rule = StorageClassRule(cell.storageClass) else {
      return isShown ? Cost.unknown(.storageClass(cell.storageClass), billing: cell.bytes) : Cost()
    }
    // Only objects of INTELLIGENT_TIERING are where nobody knows.
    let assumptions = Charge.Assumption.allCases.prefix(rule == .tiering ? 2 : 1)
    let costs: [Cost] = zip(assumptions, pools).map { assumption, pools in
      let charges = Charge.all(of: cell, assuming: assumption) ?? []
      return charges.filter { component == nil || $0.component == component }
        .reduce(into: Cost()) { $0 += self.cost(of: $1, of: cell, pools) }
    }
    guard let dearest = costs.first, let cheapest = costs.last else { return Cost() }
    // The cheapest tier is the least that it costs, also where the price of the dearest is not known.
    let isLess = dearest.atMost.map { $0 < cheapest.atLeast } ?? false
    var cost = isLess ? dearest : cheapest
    cost.atMost = dearest.atMost.flatMap { one in cheapest.atMost.map { max(one, $0) } }
    cost.unknowns = dearest.unknowns.union(cheapest.unknowns)
    if cost.atMost.map({ cost.atLeast < $0 }) ?? false, cell.tiers == nil {
      cost.unknowns.insert(.accessTiers)
    }
    return cost
  }

  private func cost(
    of charge: Charge, of cell: StoredCell, _ pools: [Pool: Whole]
  ) -> Cost {
    guard let region = cell.region else {
      return Cost.unknown(.region, billing: charge.usage.unit > 1 ? charge.quantity : 0)
    }
    return share(of: charge, Pool(payer: cell.payer, key: charge.key(in: region)), pools)
  }

  private func share(
    of charge: Charge, _ pool: Pool, _ pools: [Pool: Whole]
  ) -> Cost {
    // What is asked for and was not in the whole is a pool of its own.
    let whole = pools[pool] ?? Whole(charge.quantity, prices[pool.key])
    let amount = whole.rate * Rational(charge.quantity)
    var cost = Cost(atLeast: amount, atMost: whole.cost.isWhole ? amount : nil)
    if charge.usage.unit > 1 { cost.billedBytes = charge.quantity }
    if !whole.cost.isWhole { cost.unknowns.insert(.price(pool.key)) }
    return cost
  }
}

extension Charge {
  func key(in region: String) -> PriceKey {
    PriceKey(usage, in: region, service: service)
  }
}

/// What something costs a month, in US dollars, as far as that is known.
package struct Cost: Equatable, Sendable {
  /// What the bill counts: bytes, and what is added to them.
  package var billedBytes: Int64 = 0
  package var atLeast = Rational.zero
  /// Nil where a price is not known.
  package var atMost: Rational? = .zero
  /// Why it is not known exactly.
  package var unknowns: Set<Unknown> = []

  package enum Unknown: Hashable, Sendable {
    case price(PriceKey)
    case storageClass(String)
    case region
    /// It is not AWS's.
    case server
    /// In which tiers objects of INTELLIGENT_TIERING are.
    case accessTiers
  }

  package init() {}

  init(atLeast: Rational, atMost: Rational?) {
    self.atLeast = atLeast
    self.atMost = atMost
  }

  /// The amount, where it is known exactly.
  package var usd: Rational? { atMost.flatMap { $0 == atLeast ? $0 : nil } }

  static func unknown(_ reason: Unknown, billing bytes: Int64) -> Cost {
    var cost = Cost(atLeast: .zero, atMost: nil)
    cost.billedBytes = bytes
    cost.unknowns = [reason]
    return cost
  }

  package static func += (left: inout Cost, right: Cost) {
    left.billedBytes = left.billedBytes.plus(right.billedBytes)
    left.atLeast += right.atLeast
    left.atMost = left.atMost.flatMap { most in right.atMost.map { most + $0 } }
    left.unknowns.formUnion(right.unknowns)
  }
}

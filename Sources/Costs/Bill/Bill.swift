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
  /// What all of it costs, and how much that is, for each assumption about what nobody knows.
  let pools: [[Pool: (volume: Int64, cost: KnownCost)]]

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
        let cost = prices[volume.key.key]?.cost(of: volume.value)
        pools[volume.key] = (
          volume.value, cost ?? KnownCost(known: .zero, isWhole: false)
        )
      }
    }
  }

  /// Everything whose price it asked for.
  package var priceKeys: Set<PriceKey> { Set(pools.flatMap { $0.keys.map(\.key) }) }

  /// What a part of it costs: cells that were in the whole, or parts of them.
  package func cost(of cells: [StoredCell]) -> Cost {
    cells.reduce(into: Cost()) { $0 += cost(of: $1) }
  }

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

  private func cost(of cell: StoredCell, only component: CostComponent? = nil) -> Cost {
    guard let region = cell.region, !cell.isElsewhere else {
      return Cost.unknown(
        cell.isElsewhere ? .server : .region,
        billing: component == nil || component == .storage ? cell.bytes : 0)
    }
    var (least, most): (Cost?, Cost?)
    for (assumption, pools) in zip(Charge.Assumption.allCases, pools) {
      guard let charges = Charge.all(of: cell, assuming: assumption) else {
        let isShown = component == nil || component == .storage
        return isShown
          ? Cost.unknown(.storageClass(cell.storageClass), billing: cell.bytes) : Cost()
      }
      var cost = Cost()
      for charge in charges where component == nil || charge.component == component {
        cost += share(of: charge, Pool(payer: cell.payer, key: charge.key(in: region)), pools)
      }
      if least.map({ cost.atLeast < $0.atLeast }) ?? true { least = cost }
      if let known = most, let before = known.atMost {
        if let now = cost.atMost { if before < now { most = cost } } else { most = cost }
      } else if most == nil {
        most = cost
      }
    }
    guard var cost = least, let most else { return Cost() }
    cost.atMost = most.atMost
    cost.unknowns.formUnion(most.unknowns)
    if cost.atMost.map({ cost.atLeast < $0 }) ?? false, cell.tiers == nil {
      cost.unknowns.insert(.accessTiers)
    }
    return cost
  }

  private func share(
    of charge: Charge, _ pool: Pool, _ pools: [Pool: (volume: Int64, cost: KnownCost)]
  ) -> Cost {
    // What is asked for and was not in the whole is a pool of its own.
    let whole =
      pools[pool] ?? (
        charge.quantity,
        prices[pool.key]?.cost(of: charge.quantity) ?? KnownCost(known: .zero, isWhole: false)
      )
    let amount =
      whole.volume == 0
      ? .zero : whole.cost.known * Rational(charge.quantity) / Rational(whole.volume)
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

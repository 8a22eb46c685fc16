internal import Vocabulary

/// One quantity that one price applies to.
struct Charge: Equatable, Sendable {
  var component: CostComponent
  var usage: UsageType
  var service = PriceService.s3
  /// Bytes, or pieces where the price is by the piece.
  var quantity: Int64

  /// Where objects of INTELLIGENT_TIERING of which nobody knows are taken to be.
  enum Assumption: CaseIterable, Sendable {
    /// All in the dearest tier.
    case frequent
    /// All in the cheapest one that is read at once; small ones are never moved.
    case archiveInstant
  }

  /// What a cell is billed for; nil for a class without rules.
  static func all(of cell: StoredCell, assuming assumption: Assumption) -> [Charge]? {
    guard let rule = StorageClassRule(cell.storageClass) else { return nil }
    let charges: [Charge]
    switch (rule, cell.state) {
    case (.plain(let usage), _), (.padded(let usage), .uploads):
      charges = [Charge(component: .storage, usage: usage, quantity: cell.bytes)]
    case (.padded(let usage), _):
      charges = [
        Charge(component: .storage, usage: usage, quantity: cell.bytes),
        Charge(
          component: .padding, usage: usage,
          quantity: cell.smallObjects.times(SmallObject.sizeMin).minus(cell.smallBytes)),
      ]
    case (.archived(_, _, let staging), .uploads):
      charges = [Charge(component: .storage, usage: staging, quantity: cell.bytes)]
    case (.archived(let usage, let service, _), _):
      charges =
        [Charge(component: .storage, usage: usage, service: service, quantity: cell.bytes)]
        + overheads(of: cell.objects, usage, service)
    case (.tiering, .uploads):
      charges = [Charge(component: .storage, usage: .frequent, quantity: cell.bytes)]
    case (.tiering, _): charges = tiered(cell, assumption)
    }
    return charges.filter { $0.quantity != 0 }
  }

  private static func overheads(
    of objects: Int64, _ usage: UsageType, _ service: PriceService
  ) -> [Charge] {
    [
      Charge(
        component: .archiveOverhead, usage: usage, service: service,
        quantity: objects.times(StorageClassRule.archiveOverhead)),
      Charge(
        component: .archiveIndex, usage: .standard,
        quantity: objects.times(StorageClassRule.indexOverhead)),
    ]
  }

  private static func tiered(_ cell: StoredCell, _ assumption: Assumption) -> [Charge] {
    let large = StoredCell.Counted(
      objects: cell.objects.minus(cell.smallObjects), bytes: cell.bytes.minus(cell.smallBytes))
    let tiers = cell.tiers ?? assumption.tiers(of: cell, large)
    var charges = [
      // Small objects are not watched, and not paid for.
      Charge(component: .monitoring, usage: .monitoring, quantity: large.objects)
    ]
    for tier in AccessTier.allCases {
      guard let counted = tiers[tier] else { continue }
      charges.append(Charge(component: .storage, usage: tier.usage, quantity: counted.bytes))
      if tier.isArchive { charges += overheads(of: counted.objects, tier.usage, .s3) }
    }
    return charges
  }
}

extension Charge.Assumption {
  fileprivate func tiers(
    of cell: StoredCell, _ large: StoredCell.Counted
  ) -> [AccessTier: StoredCell.Counted] {
    switch self {
    case .frequent: [.frequent: .init(objects: cell.objects, bytes: cell.bytes)]
    case .archiveInstant:
      [
        .frequent: .init(objects: cell.smallObjects, bytes: cell.smallBytes),
        .archiveInstant: large,
      ]
    }
  }
}

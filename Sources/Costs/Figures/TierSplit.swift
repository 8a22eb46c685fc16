internal import Vocabulary

/// Where a bucket's objects of INTELLIGENT_TIERING are, by CloudWatch's figures of one day.
///
/// A listing does not tell, CloudWatch does, in bytes: of objects it counts only those of the two archive tiers, by
/// the 32 KiB that each is billed for there. That is all a bill needs, as no other tier is billed by the object.
///
/// The index is newer than the figures. What CloudWatch has below the Frequent tier is taken as it is, for objects get
/// there after 30 days and more; the rest of the index's bytes is Frequent, where all that is new begins. Where the
/// index has less than CloudWatch below Frequent, all of those shrink alike.
///
///     CloudWatch: Frequent 60, Infrequent 30, Archive 10      index: 110
///     so:         Frequent 70, Infrequent 30, Archive 10
package struct TierSplit: Equatable, Sendable {
  private let below: [AccessTier: StoredCell.Counted]

  /// Nil where the figures do not tell it: without any, with one that is not known, and where an archive tier has
  /// bytes and nobody says of how many objects.
  package init?(_ figures: [StorageType: Int64?]) {
    var bytes: [AccessTier: Int64] = [:]
    var overheads: [AccessTier: Int64] = [:]
    for (type, value) in figures {
      guard let tier = type.tier else {
        // It may be a tier that came later.
        guard type.component == .objects || type.storageClass != nil || value == 0 else {
          return nil
        }
        continue
      }
      guard let value else { return nil }
      switch type.component {
      case .storage: bytes[tier] = value
      case .archiveOverhead: overheads[tier] = value
      default: break
      }
    }
    guard !bytes.isEmpty else { return nil }
    var below: [AccessTier: StoredCell.Counted] = [:]
    for (tier, value) in bytes where tier != .frequent && value > 0 {
      var counted = StoredCell.Counted(objects: 0, bytes: value)
      if tier.isArchive {
        guard let overhead = overheads[tier] else { return nil }
        counted.objects = overhead / StorageClassRule.archiveOverhead
      }
      below[tier] = counted
    }
    self.below = below
  }

  /// The split of what the index has, a part for each of `parts`, such as current objects and versions: which of
  /// them is where, nobody says, so each has its share by bytes, and together they are the whole.
  package func tiers(of parts: [Int64]) -> [[AccessTier: StoredCell.Counted]] {
    let total = parts.reduce(Int64(0)) { $0.plus($1) }
    let counted = below.values.reduce(Int64(0)) { $0.plus($1.bytes) }
    // Sums up to here, so that rounding loses nothing between the parts.
    var done = Int64(0)
    return parts.map { part in
      let before = done
      done = done.plus(part)
      var tiers: [AccessTier: StoredCell.Counted] = [:]
      var rest = part
      for (tier, whole) in below {
        func share(_ value: Int64) -> Int64 {
          let scaled = Self.scaled(value, total, max(counted, total))
          return Self.scaled(scaled, done, total) - Self.scaled(scaled, before, total)
        }
        let bytes = share(whole.bytes)
        tiers[tier] = StoredCell.Counted(
          objects: tier.isArchive ? share(whole.objects) : 0, bytes: bytes)
        rest = rest.minus(bytes)
      }
      tiers[.frequent] = StoredCell.Counted(objects: 0, bytes: max(0, rest))
      return tiers
    }
  }

  /// `value × numerator / denominator`, rounded down, without overflow; all of nothing is nothing.
  private static func scaled(_ value: Int64, _ numerator: Int64, _ denominator: Int64) -> Int64 {
    guard denominator > 0, numerator != denominator else { return denominator > 0 ? value : 0 }
    let product = value.magnitude.multipliedFullWidth(by: numerator.magnitude)
    let (quotient, _) = denominator.magnitude.dividingFullWidth(product)
    return Int64(clamping: quotient)
  }
}

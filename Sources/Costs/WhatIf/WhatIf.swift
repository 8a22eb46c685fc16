internal import Vocabulary

/// What would be saved if some objects were moved to another class, or removed.
///
/// The saving is the whole bill before minus the whole bill after: what leaves a volume tier makes the rest dearer.
package struct WhatIf: Sendable {
  /// Objects that match, of one age.
  package struct Part: Sendable {
    package var cell: StoredCell
    /// Whole days since they were last modified.
    package var ageDays: Int
    /// Whether the bytes of some of them are not known, and in no sum.
    package var lacksBytes: Bool

    package init(_ cell: StoredCell, ageDays: Int, lacksBytes: Bool = false) {
      self.cell = cell
      self.ageDays = ageDays
      self.lacksBytes = lacksBytes
    }
  }

  /// What is done with what matches.
  package enum Change: Equatable, Sendable {
    /// Moved by lifecycle; small objects only where that is said.
    case move(to: String, movesSmall: Bool)
    case remove
  }

  package struct Counted: Equatable, Sendable {
    package var objects: Int64 = 0
    package var bytes: Int64 = 0
  }

  package var moved = Counted()
  /// What matches and stays.
  package var left = Counted()
  /// What stays because it is under 128 KiB.
  package var small = Counted()
  /// What stays because it is not 30 days old yet.
  package var young = Counted()
  /// What is changed, as it is billed now and then.
  package var now = Cost()
  package var then = Cost()
  /// What the whole bill is less, a month; nil where that is not known.
  package var saving: Rational?
  /// What the requests of all transitions cost, once.
  package var transitions = KnownCost.nothing
  /// What is charged for leaving a class before its minimum duration: between these.
  package var earlyAtLeast = Rational.zero
  package var earlyAtMost: Rational? = .zero
  /// Whether the bytes of some of what is moved or removed are not known: what it costs is not, either.
  package private(set) var lacksBytes = false
  /// Why something is not known, for each of the parts.
  package private(set) var unknowns: [Set<Cost.Unknown>] = []
  /// The prices that were asked for.
  package private(set) var priceKeys: Set<PriceKey> = []
  /// Dollars for each GiB that is read, by region; nil where reading is free of that, or its price is not
  /// known.
  private var retrievals: Set<Rational?> = []

  /// `parts` is what matches, `whole` everything that is on the bills, what is changed too.
  ///
  /// - Throws: `Transition.Refusal` for a change that lifecycle does to nothing of what matches.
  package init(
    _ change: Change, parts: [Part], of whole: [StoredCell], by prices: PriceList
  ) throws(Transition.Refusal) {
    try change.check(parts)
    var changes: [(place: Int, old: StoredCell, new: StoredCell?)] = []
    unknowns = parts.map { _ in [] }
    for (place, part) in parts.enumerated() {
      let (moving, staying) = Self.divide(part, change)
      left.add(staying)
      if change.isPossible(for: part.cell) {
        if change.isTooYoung(part.ageDays) { young.add(staying) } else { small.add(staying) }
      }
      guard moving.objects > 0 else { continue }
      moved.add(moving)
      lacksBytes = lacksBytes || part.lacksBytes
      addEarly(moving, ageDays: part.ageDays, prices)
      var there: StoredCell?
      if case .move(let target, _) = change {
        there = moving
        there?.storageClass = target
        there?.tiers = nil
        addTransitions(of: place, moving, to: target, prices)
      }
      changes.append((place, moving, there))
    }
    compare(whole, changes, prices)
  }

  /// What it costs before and after.
  private mutating func compare(
    _ whole: [StoredCell], _ changes: [(place: Int, old: StoredCell, new: StoredCell?)],
    _ prices: PriceList
  ) {
    let (olds, news) = (changes.map(\.old), changes.compactMap(\.new))
    let before = Bill(of: whole, by: prices)
    let after = Bill(of: whole + olds.map(\.negated) + news, by: prices)
    for (place, old, new) in changes {
      let (now, then) = (before.cost(of: [old]), new.map { after.cost(of: [$0]) } ?? Cost())
      self.now += now
      self.then += then
      unknowns[place].formUnion(now.unknowns.union(then.unknowns))
    }
    priceKeys.formUnion(Bill.priceKeys(of: olds + news))
    if lacksBytes { now.atMost = nil }
    let isUnknown =
      lacksBytes
      || (olds + news).contains { cell in
        cell.region == nil || cell.isElsewhere || StorageClassRule(cell.storageClass) == nil
      }
    if !isUnknown { saving = before.saving(to: after) }
  }

  /// The part of a cell that is changed, and the part that stays.
  private static func divide(
    _ part: Part, _ change: Change
  ) -> (moving: StoredCell, staying: StoredCell) {
    let cell = part.cell
    let none = cell.with(objects: 0, bytes: 0, smallObjects: 0, smallBytes: 0)
    guard case .move(let target, let movesSmall) = change else { return (cell, none) }
    // Uploads are no objects yet.
    guard Transition.isPossible(from: cell.storageClass, to: target), cell.state != .uploads,
      part.ageDays >= Transition.ageMin(to: target)
    else { return (none, cell) }
    guard !movesSmall else { return (cell, none) }
    var large = cell.with(
      objects: cell.objects.minus(cell.smallObjects), bytes: cell.bytes.minus(cell.smallBytes),
      smallObjects: 0, smallBytes: 0)
    var small = cell.with(
      objects: cell.smallObjects, bytes: cell.smallBytes, smallObjects: cell.smallObjects,
      smallBytes: cell.smallBytes)
    (large.tiers, small.tiers) = cell.dividedTiers
    return (large, small)
  }

  private mutating func addTransitions(
    of place: Int, _ cell: StoredCell, to target: String, _ prices: PriceList
  ) {
    guard let region = cell.region, !cell.isElsewhere else {
      transitions.isWhole = false
      retrievals.insert(nil)
      return
    }
    func cost(of quantity: Int64, _ key: PriceKey?) -> KnownCost? {
      guard let key else { return nil }
      priceKeys.insert(key)
      if let cost = prices[key]?.cost(of: quantity), cost.isWhole { return cost }
      unknowns[place].insert(.price(key))
      return nil
    }
    let requests = cost(of: cell.objects, Transition.price(to: target, in: region))
    transitions.isWhole = transitions.isWhole && requests != nil
    transitions.known += requests?.known ?? .zero
    let key = Transition.retrievalPrice(from: target, in: region)
    retrievals.insert(key.flatMap { cost(of: $0.usage.unit, $0)?.known })
  }

  /// Adds what is charged for the days that are left of a minimum duration, at the class's rate, a month being 30
  /// days.
  ///
  /// STANDARD_IA and ONEZONE_IA have 30 days, GLACIER and GLACIER_IR 90, DEEP_ARCHIVE 180. The 8 KiB of an archived
  /// object are in STANDARD, which has none.
  private mutating func addEarly(_ cell: StoredCell, ageDays: Int, _ prices: PriceList) {
    let days = Transition.durationMin(of: cell.storageClass)
    guard days > 0, cell.state != .uploads else { return }
    let components = Bill(of: [cell], by: prices).components(of: cell)
    let month = components.filter { $0.key != .archiveIndex }.reduce(into: Cost()) {
      $0 += $1.value
    }
    let daily = month.atLeast / Rational(30)
    earlyAtLeast += daily * Rational(Int64(max(0, days - ageDays)))
    // Lifecycle moves nothing to these two before it is 30 days old: what is younger was written there.
    let isKnown = Transition.ageMin(to: cell.storageClass) > ageDays
    let most = isKnown ? max(0, days - ageDays) : days
    earlyAtMost = earlyAtMost.flatMap { sum in
      month.usd.map { sum + $0 / Rational(30) * Rational(Int64(most)) }
    }
  }

  /// What it costs once, at most; nil where a price is not known.
  package var onceAtMost: Rational? {
    transitions.isWhole ? earlyAtMost.map { transitions.known + $0 } : nil
  }

  /// After how many months it has paid for itself; nil for never, or where that is not known.
  package var monthsToBreakEven: Rational? {
    guard let saving, Rational.zero < saving, let onceAtMost else { return nil }
    return onceAtMost / saving
  }

  /// Whether it never pays.
  package var isNever: Bool { saving.map { !(Rational.zero < $0) } ?? false }

  /// How many GiB a month may be read before the saving is gone.
  package var readableGiB: Rational? {
    // Where regions differ, it depends on where one reads.
    guard let saving, Rational.zero < saving, retrievals.count == 1,
      let retrieval = retrievals.first,
      let retrieval, !retrieval.isZero
    else { return nil }
    return saving / retrieval
  }
}

extension WhatIf.Change {
  /// Whether lifecycle does that with objects of a cell's class.
  fileprivate func isPossible(for cell: StoredCell) -> Bool {
    guard case .move(let target, _) = self else { return true }
    return Transition.isPossible(from: cell.storageClass, to: target)
  }

  /// Whether lifecycle does that only later.
  fileprivate func isTooYoung(_ ageDays: Int) -> Bool {
    guard case .move(let target, _) = self else { return false }
    return ageDays < Transition.ageMin(to: target)
  }

  /// A move that is possible for nothing of what matches is a mistake.
  fileprivate func check(_ parts: [WhatIf.Part]) throws(Transition.Refusal) {
    guard case .move(let target, _) = self else { return }
    guard Transition.classes.contains(target) else { throw .unknownTarget(target) }
    let others = parts.filter { $0.cell.storageClass != target }
    guard target != Transition.classes.first || !others.isEmpty else {
      throw .uphill(from: "any class", to: target)
    }
    guard let first = others.first, !others.contains(where: { isPossible(for: $0.cell) }) else {
      return
    }
    throw .uphill(from: first.cell.storageClass, to: target)
  }
}

extension WhatIf.Counted {
  fileprivate mutating func add(_ cell: StoredCell) {
    objects = objects.plus(cell.objects)
    bytes = bytes.plus(cell.bytes)
  }
}

extension StoredCell {
  fileprivate func with(
    objects: Int64, bytes: Int64, smallObjects: Int64, smallBytes: Int64
  ) -> StoredCell {
    var cell = self
    (cell.objects, cell.bytes) = (objects, bytes)
    (cell.smallObjects, cell.smallBytes) = (smallObjects, smallBytes)
    return cell
  }

  /// The tiers of objects from 128 KiB on, and of small ones, which always are in the Frequent tier; nil where
  /// they are not known, or have fewer bytes there.
  fileprivate var dividedTiers: (large: [AccessTier: Counted]?, small: [AccessTier: Counted]?) {
    guard var tiers, tiers[.frequent]?.bytes ?? 0 >= smallBytes else { return (nil, nil) }
    tiers[.frequent]?.bytes -= smallBytes
    return (tiers, [.frequent: Counted(objects: smallObjects, bytes: smallBytes)])
  }

  /// What taking it away adds.
  fileprivate var negated: StoredCell {
    var cell = with(
      objects: Int64(0).minus(objects), bytes: Int64(0).minus(bytes),
      smallObjects: Int64(0).minus(smallObjects), smallBytes: Int64(0).minus(smallBytes))
    cell.tiers = tiers?.mapValues {
      Counted(objects: Int64(0).minus($0.objects), bytes: Int64(0).minus($0.bytes))
    }
    return cell
  }
}

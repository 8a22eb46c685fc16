/// A fault, and which requests of its group meet it: the value of `--fault`.
package struct FaultSpecification: Equatable, Sendable {
  package enum Occurrence: Equatable, Sendable {
    /// So many in a hundred, at random: more than 0, at most 100.
    case percent(Double)
    /// One request; the first is 1.
    case request(Int)
    /// A request and all after it.
    case from(Int)
    /// As many requests of each key, the first ones.
    case firstOfKey(Int)
  }

  package static let percentDefault = 5.0

  package var kind: FaultKind
  package var occurrence: Occurrence

  package init(_ kind: FaultKind, _ occurrence: Occurrence = .percent(percentDefault)) {
    self.kind = kind
    self.occurrence = occurrence
  }

  var percent: Double {
    if case .percent(let percent) = occurrence { percent } else { 0 }
  }
}

/// A fault that one request meets.
struct Fault {
  var kind: FaultKind
  /// What the fault's details follow from.
  var random: UInt64
}

/// Which request meets which fault, as a pure function of the seed and the request's number in its
/// group.
///
/// The same request sent again has another number, so a fault by percentage normally passes.
struct FaultPlan: Sendable {
  private let exact: [FaultSpecification]
  private let chance: [FaultSpecification]
  private let seed: UInt64

  init(_ specifications: [FaultSpecification], seed: UInt64) {
    chance = specifications.filter { $0.percent > 0 }
    exact = specifications.filter { $0.percent == 0 }
    self.seed = seed
  }

  var isEmpty: Bool { exact.isEmpty && chance.isEmpty }

  /// Whether a fault hangs on how often a key was asked for.
  var countsKeys: Bool {
    exact.contains { if case .firstOfKey = $0.occurrence { true } else { false } }
  }

  /// The fault of request `number`, from 1; one that names the request goes before chance.
  ///
  /// `ofKey`: which request of its key it is, from 1.
  func fault(ofRequest number: Int, ofKey keyNumber: Int = 1) -> Fault? {
    let random = mixed(seed: seed, slot: number, lane: 12)
    let named = exact.first { specification in
      switch specification.occurrence {
      case .request(let one): number == one
      case .from(let first): number >= first
      case .firstOfKey(let count): keyNumber <= count
      case .percent: false
      }
    }
    if let named { return Fault(kind: named.kind, random: random) }
    var draw = Double(mixed(seed: seed, slot: number, lane: 11) >> 11) / 0x1p53 * 100
    for specification in chance {
      if draw < specification.percent { return Fault(kind: specification.kind, random: random) }
      draw -= specification.percent
    }
    return nil
  }
}

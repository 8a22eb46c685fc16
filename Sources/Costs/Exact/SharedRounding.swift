/// Amounts as decimals that add up to their total, digit for digit.
///
/// Each is rounded down, and the units that are then missing from the rounded total go to those that lost most
/// (largest remainder); among equals to the first.
///
/// ```swift
/// SharedRounding.decimals([third, third, third], places: 2)   // 0.34, 0.33, 0.33 of 1.00
/// ```
package enum SharedRounding {
  /// What is not known stays unknown, and is no part of the total.
  ///
  /// Those of `first` add up to their own rounded total: two columns that have them in common, such as a lower and
  /// an upper bound, show the same digits for them, whatever the other amounts are.
  package static func decimals(
    _ amounts: [Rational?], places: Int, first: Set<Int> = []
  ) -> (amounts: [String?], total: String) {
    let known = amounts.indices.filter { amounts[$0] != nil }
    let scaled = amounts.map { $0.map { $0 * Rational(.powerOfTen(places)) } }
    func total(_ places: [Int]) -> Rational {
      places.reduce(.zero) { $0 + (scaled[$1] ?? .zero) }.rounded
    }
    let settled = known.filter(first.contains)
    var units: [Rational?] = amounts.map { _ in nil }
    share(total(settled), among: settled, scaled, into: &units)
    let rest = known.filter { !first.contains($0) }
    let whole = total(known)
    share(whole - total(settled), among: rest, scaled, into: &units)
    func text(_ units: Rational) -> String {
      (units / Rational(.powerOfTen(places))).decimal(places: places)
    }
    return (units.map { $0.map(text) }, text(whole))
  }

  /// Rounds amounts at these places so that they add up to `wanted`.
  private static func share(
    _ wanted: Rational, among places: [Int], _ amounts: [Rational?], into units: inout [Rational?]
  ) {
    var rests: [(place: Int, rest: Rational)] = []
    var missing = wanted
    for place in places {
      guard let amount = amounts[place] else { continue }
      let floor = amount.floor
      units[place] = floor
      rests.append((place, amount - floor))
      missing = missing - floor
    }
    rests.sort { $0.rest == $1.rest ? $0.place < $1.place : $1.rest < $0.rest }
    for (place, _) in rests where Rational.zero < missing {
      units[place] = units[place].map { $0 + Rational(1) }
      missing = missing - Rational(1)
    }
    // Beside amounts that were rounded up there may be a unit too many; what is nothing stays nothing.
    for (place, _) in rests.reversed() where missing < .zero && units[place] != .zero {
      units[place] = units[place].map { $0 - Rational(1) }
      missing = missing + Rational(1)
    }
  }
}

extension Rational {
  fileprivate init(_ natural: Natural) {
    self.init(natural, .one, isNegative: false)
  }

  /// The whole number that is next below.
  fileprivate var floor: Rational {
    let (whole, isNegative, _) = units(places: 0)
    return isNegative ? -Rational(whole) : Rational(whole)
  }

  /// The nearest whole number; halves away from zero.
  fileprivate var rounded: Rational {
    let (half, rest) = (Rational(1) / Rational(2), self - floor)
    return half < rest || half == rest && !isBelowZero ? floor + Rational(1) : floor
  }
}

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
  package static func decimals(
    _ amounts: [Rational?], places: Int
  ) -> (amounts: [String?], total: String) {
    let total = amounts.compactMap(\.self).reduce(.zero, +)
    var units: [Rational?] = []
    var rests: [(index: Int, rest: Rational)] = []
    var sum = Rational.zero
    let scale = Rational(Natural.powerOfTen(places))
    for (index, amount) in amounts.enumerated() {
      guard let amount else {
        units.append(nil)
        continue
      }
      let (whole, isNegative, rest) = amount.units(places: places)
      let floor = isNegative ? -Rational(whole) : Rational(whole)
      units.append(floor)
      sum += floor
      if !rest.isZero { rests.append((index, rest)) }
    }
    let wanted = Rational(decimal: total.decimal(places: places)).map { $0 * scale } ?? .zero
    rests.sort { $0.rest == $1.rest ? $0.index < $1.index : $1.rest < $0.rest }
    var missing = wanted - sum
    for (index, _) in rests where Rational.zero < missing {
      units[index] = units[index].map { $0 + Rational(1) }
      missing = missing - Rational(1)
    }
    return (
      units.map { $0.map { ($0 / scale).decimal(places: places) } }, total.decimal(places: places)
    )
  }
}

extension Rational {
  fileprivate init(_ natural: Natural) {
    self.init(natural, .one, isNegative: false)
  }
}

/// An exact fraction: an amount of money, a price, a share.
///
/// ```swift
/// try Rational(decimal: "0.023") * Rational(51_200)     // 1177.60
/// (Rational(8) / Rational(14)).decimal(places: 6)       // 0.571429
/// ```
package struct Rational: Hashable, Sendable {
  /// Has no divisor in common with the denominator, which is not zero.
  private let numerator: Natural
  private let denominator: Natural
  private let isNegative: Bool

  package static let zero = Rational(0)

  package init(_ value: Int64) {
    self.init(Natural(value.magnitude), .one, isNegative: value < 0)
  }

  init(_ numerator: Natural, _ denominator: Natural, isNegative: Bool) {
    let divisor = Natural.commonDivisor(numerator, denominator)
    if divisor == .one {
      (self.numerator, self.denominator) = (numerator, denominator)
    } else {
      self.numerator = numerator.dividing(by: divisor).quotient
      self.denominator = denominator.dividing(by: divisor).quotient
    }
    self.isNegative = isNegative && !numerator.isZero
  }

  /// A number as price lists write it: `0.0230000000`, `-1`, `2.5E-7`; nil for anything else.
  package init?(decimal text: some StringProtocol) {
    if let short = Self.short(text.utf8) {
      self = short
      return
    }
    let parts = text.split(
      maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "e" || $0 == "E" })
    guard let mantissa = parts.first, let exponent = Self.exponent(parts.dropFirst().first) else {
      return nil
    }
    var digits = Substring(mantissa)
    let isNegative = digits.first == "-"
    if isNegative { digits = digits.dropFirst() }
    let halves = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = halves.first, !whole.isEmpty, digits.utf8.count <= Self.digitsMax else {
      return nil
    }
    let fraction = halves.dropFirst().first
    guard fraction?.isEmpty != true else { return nil }
    var value = Natural.zero
    for digit in (whole + (fraction ?? "")).utf8 {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * Natural(10) + Natural(UInt64(digit - 0x30))
    }
    let places = (fraction?.utf8.count ?? 0) - exponent
    self.init(
      places < 0 ? value * .powerOfTen(-places) : value, places > 0 ? .powerOfTen(places) : .one,
      isNegative: isNegative)
  }

  private static let digitsMax = 40

  /// The same for digits and a point that fit into 64 bits, as nearly all prices do: a list has thousands.
  private static func short(_ text: some Collection<UInt8>) -> Rational? {
    guard text.count <= 18 else { return nil }
    var (value, scale, digits, hasPoint) = (UInt64(0), UInt64(1), 0, false)
    for byte in text {
      if byte == UInt8(ascii: "."), !hasPoint, digits > 0 {
        hasPoint = true
        continue
      }
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + UInt64(byte - 0x30)
      digits += 1
      if hasPoint { scale *= 10 }
    }
    guard digits > 0, !hasPoint || scale > 1 else { return nil }
    return Rational(Natural(value), Natural(scale), isNegative: false)
  }

  private static func exponent<Text: StringProtocol>(_ text: Text?) -> Int? {
    guard let text else { return 0 }
    guard let exponent = Int(text), abs(exponent) <= digitsMax else { return nil }
    return exponent
  }

  package var isZero: Bool { numerator.isZero }
  package var isBelowZero: Bool { isNegative }
  /// For bars and sorting alone.
  package var approximation: Double {
    (isNegative ? -1 : 1) * numerator.double / denominator.double
  }

  package static prefix func - (value: Rational) -> Rational {
    Rational(value.numerator, value.denominator, isNegative: !value.isNegative)
  }

  package static func + (left: Rational, right: Rational) -> Rational {
    // Sums begin with nothing.
    if left.isZero { return right }
    if right.isZero { return left }
    // Shares of one tier have the same.
    let isCommon = left.denominator == right.denominator
    let first = isCommon ? left.numerator : left.numerator * right.denominator
    let second = isCommon ? right.numerator : right.numerator * left.denominator
    let denominator = isCommon ? left.denominator : left.denominator * right.denominator
    if left.isNegative == right.isNegative {
      return Rational(first + second, denominator, isNegative: left.isNegative)
    }
    return first < second
      ? Rational(second - first, denominator, isNegative: right.isNegative)
      : Rational(first - second, denominator, isNegative: left.isNegative)
  }

  package static func - (left: Rational, right: Rational) -> Rational { left + -right }
  package static func += (left: inout Rational, right: Rational) { left = left + right }

  package static func * (left: Rational, right: Rational) -> Rational {
    if left.isZero || right.isZero { return .zero }
    return Rational(
      left.numerator * right.numerator, left.denominator * right.denominator,
      isNegative: left.isNegative != right.isNegative)
  }

  /// The right number must not be zero.
  package static func / (left: Rational, right: Rational) -> Rational {
    precondition(!right.isZero, "a divisor is not zero")
    return Rational(
      left.numerator * right.denominator, left.denominator * right.numerator,
      isNegative: left.isNegative != right.isNegative)
  }

  /// How many whole units of 10^-`places` it has, towards minus infinity, and what is left, below one unit.
  func units(places: Int) -> (whole: Natural, isNegative: Bool, rest: Rational) {
    let (whole, rest) = (numerator * .powerOfTen(places)).dividing(by: denominator)
    let left = Rational(rest, denominator, isNegative: false)
    guard isNegative else { return (whole, false, left) }
    return left.isZero
      ? (whole, true, left) : (whole + .one, true, Rational(1) - left)
  }

  /// Rounded to so many decimals, halves away from zero: `1215.000000`.
  package func decimal(places: Int) -> String {
    let (whole, rest) = (numerator * .powerOfTen(places)).dividing(by: denominator)
    let rounded = denominator <= rest + rest ? whole + .one : whole
    return Self.text(rounded, places: places, isNegative: isNegative)
  }

  static func text(_ units: Natural, places: Int, isNegative: Bool) -> String {
    var digits = units.description
    if digits.utf8.count <= places {
      digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
    }
    let sign = isNegative && !units.isZero ? "-" : ""
    return places == 0
      ? sign + digits : "\(sign)\(digits.dropLast(places)).\(digits.suffix(places))"
  }
}

extension Rational: Comparable {
  package static func < (left: Rational, right: Rational) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    let (first, second) = (left.numerator * right.denominator, right.numerator * left.denominator)
    return left.isNegative ? second < first : first < second
  }
}

extension Rational: CustomStringConvertible {
  package var description: String {
    (isNegative ? "-" : "") + (denominator == .one ? "\(numerator)" : "\(numerator)/\(denominator)")
  }
}

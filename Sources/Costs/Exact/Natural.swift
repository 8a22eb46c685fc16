/// A whole number of any size, zero or more.
///
/// Amounts of money are exact here, as fractions: a share of a tier's price has the bytes of an account for
/// its denominator, and the sum of shares of several accounts has all of them.
struct Natural: Hashable, Sendable {
  /// Digits to the base of 2^32, the lowest first; the highest is not zero, and zero has none.
  private var limbs: [UInt32]

  static let zero = Natural(limbs: [])
  static let one = Natural(1)

  init(_ value: UInt64) {
    self.init(limbs: [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)])
  }

  private init(limbs: [UInt32]) {
    var limbs = limbs
    while limbs.last == 0 { limbs.removeLast() }
    self.limbs = limbs
  }

  var isZero: Bool { limbs.isEmpty }

  /// The number, where 64 bits hold it.
  var uint64: UInt64? {
    switch limbs.count {
    case 0: 0
    case 1: UInt64(limbs[0])
    case 2: UInt64(limbs[1]) << 32 | UInt64(limbs[0])
    default: nil
    }
  }

  /// The number, where 128 bits hold it.
  private var uint128: UInt128? {
    guard limbs.count <= 4 else { return nil }
    return limbs.reversed().reduce(0) { $0 << 32 | UInt128($1) }
  }

  private init(wide value: UInt128) {
    self.init(limbs: (0..<4).map { UInt32(truncatingIfNeeded: value >> (32 * $0)) })
  }

  /// The nearest number that a `Double` has, or nearly.
  var double: Double { limbs.reversed().reduce(0) { $0 * 4_294_967_296 + Double($1) } }

  static func + (left: Natural, right: Natural) -> Natural {
    var limbs: [UInt32] = []
    limbs.reserveCapacity(max(left.limbs.count, right.limbs.count) + 1)
    var carry: UInt64 = 0
    for index in 0..<max(left.limbs.count, right.limbs.count) {
      carry += UInt64(left.limb(index)) + UInt64(right.limb(index))
      limbs.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    limbs.append(UInt32(carry))
    return Natural(limbs: limbs)
  }

  /// The right number must not be the larger one.
  static func - (left: Natural, right: Natural) -> Natural {
    precondition(right <= left, "a difference is not below zero")
    var limbs: [UInt32] = []
    limbs.reserveCapacity(left.limbs.count)
    var borrow: Int64 = 0
    for index in left.limbs.indices {
      let difference = Int64(left.limbs[index]) - Int64(right.limb(index)) - borrow
      limbs.append(UInt32(truncatingIfNeeded: difference))
      borrow = difference < 0 ? 1 : 0
    }
    return Natural(limbs: limbs)
  }

  static func * (left: Natural, right: Natural) -> Natural {
    guard !left.isZero, !right.isZero else { return .zero }
    var limbs = [UInt32](repeating: 0, count: left.limbs.count + right.limbs.count)
    for (place, factor) in left.limbs.enumerated() {
      var carry: UInt64 = 0
      for (offset, other) in right.limbs.enumerated() {
        carry += UInt64(factor) * UInt64(other) + UInt64(limbs[place + offset])
        limbs[place + offset] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      limbs[place + right.limbs.count] = UInt32(carry)
    }
    return Natural(limbs: limbs)
  }

  /// The quotient, rounded down, and the rest; the divisor must not be zero.
  ///
  /// Digit by digit as on paper (Knuth, "The Art of Computer Programming", 4.3.1, algorithm D).
  func dividing(by divisor: Natural) -> (quotient: Natural, rest: Natural) {
    precondition(!divisor.isZero, "a divisor is not zero")
    guard divisor <= self else { return (.zero, self) }
    if let whole = uint128, let part = divisor.uint128 {
      let (quotient, rest) = whole.quotientAndRemainder(dividingBy: part)
      return (Natural(wide: quotient), Natural(wide: rest))
    }
    if divisor.limbs.count == 1 { return dividing(byLimb: divisor.limbs[0]) }
    // Both are shifted until the divisor's highest bit is set: the guess of a digit is then at most two too large.
    let shift = divisor.limbs[divisor.limbs.count - 1].leadingZeroBitCount
    let lower = divisor.shifted(by: shift).limbs
    var upper = shifted(by: shift).limbs
    let count = lower.count
    while upper.count <= limbs.count { upper.append(0) }
    var digits = [UInt32](repeating: 0, count: upper.count - count)
    for place in digits.indices.reversed() {
      var digit = Self.guess(upper, lower, at: place)
      if Self.subtract(lower, times: digit, from: &upper, at: place) {
        digit -= 1
        Self.add(lower, to: &upper, at: place)
      }
      digits[place] = UInt32(digit)
    }
    return (
      Natural(limbs: digits), Natural(limbs: Array(upper.prefix(count))).shiftedBack(by: shift)
    )
  }

  /// A digit of a quotient, from the highest two of the divisor: right, or larger by one.
  private static func guess(_ upper: [UInt32], _ lower: [UInt32], at place: Int) -> UInt64 {
    let count = lower.count
    let head = UInt64(upper[place + count]) << 32 | UInt64(upper[place + count - 1])
    var (digit, rest) = head.quotientAndRemainder(dividingBy: UInt64(lower[count - 1]))
    while digit >> 32 != 0
      || digit * UInt64(lower[count - 2]) > rest << 32 | UInt64(upper[place + count - 2])
    {
      digit -= 1
      rest += UInt64(lower[count - 1])
      if rest >> 32 != 0 { break }
    }
    return digit
  }

  /// Whether the difference is below zero, and so has to be mended.
  private static func subtract(
    _ lower: [UInt32], times digit: UInt64, from upper: inout [UInt32], at place: Int
  ) -> Bool {
    var (carry, borrow) = (UInt64(0), Int64(0))
    for index in lower.indices {
      carry += digit * UInt64(lower[index])
      let part = Int64(upper[place + index]) - borrow - Int64(carry & 0xFFFF_FFFF)
      upper[place + index] = UInt32(truncatingIfNeeded: part)
      borrow = part < 0 ? 1 : 0
      carry >>= 32
    }
    let part = Int64(upper[place + lower.count]) - borrow - Int64(carry)
    upper[place + lower.count] = UInt32(truncatingIfNeeded: part)
    return part < 0
  }

  private static func add(_ lower: [UInt32], to upper: inout [UInt32], at place: Int) {
    var carry: UInt64 = 0
    for index in lower.indices {
      carry += UInt64(upper[place + index]) + UInt64(lower[index])
      upper[place + index] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    upper[place + lower.count] &+= UInt32(carry)
  }

  private func dividing(byLimb divisor: UInt32) -> (quotient: Natural, rest: Natural) {
    var digits = limbs
    var rest: UInt64 = 0
    for index in digits.indices.reversed() {
      rest = rest << 32 | UInt64(digits[index])
      digits[index] = UInt32(rest / UInt64(divisor))
      rest %= UInt64(divisor)
    }
    return (Natural(limbs: digits), Natural(rest))
  }

  /// Times 2 to the power of `bits`, which is below 32.
  private func shifted(by bits: Int) -> Natural {
    guard bits > 0 else { return self }
    var carry: UInt32 = 0
    var shifted = limbs.map { limb in
      defer { carry = limb >> UInt32(32 - bits) }
      return limb << UInt32(bits) | carry
    }
    shifted.append(carry)
    return Natural(limbs: shifted)
  }

  private func shiftedBack(by bits: Int) -> Natural {
    guard bits > 0 else { return self }
    return Natural(
      limbs: limbs.indices.map { index in
        limbs[index] >> UInt32(bits) | limb(index + 1) << UInt32(32 - bits)
      })
  }

  private func limb(_ index: Int) -> UInt32 { index < limbs.count ? limbs[index] : 0 }

  /// The largest number that divides both; the other one where one is zero.
  static func commonDivisor(_ left: Natural, _ right: Natural) -> Natural {
    var (larger, smaller) = (left, right)
    while !smaller.isZero {
      if let left = larger.uint64, let right = smaller.uint64 {
        return Natural(commonDivisor(left, right))
      }
      // Nearly all fractions of one bill are of this size, and there is one for each part of it.
      if let left = larger.uint128, let right = smaller.uint128 {
        return Natural(wide: commonDivisor(left, right))
      }
      (larger, smaller) = (smaller, larger.dividing(by: smaller).rest)
    }
    return larger
  }

  private static func commonDivisor<Word: UnsignedInteger>(_ left: Word, _ right: Word) -> Word {
    var (larger, smaller) = (left, right)
    while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
    return larger
  }

  /// 10 to the power of `exponent`.
  static func powerOfTen(_ exponent: Int) -> Natural {
    (0..<exponent).reduce(.one) { power, _ in power * Natural(10) }
  }
}

extension Natural: Comparable {
  static func < (left: Natural, right: Natural) -> Bool {
    guard left.limbs.count == right.limbs.count else { return left.limbs.count < right.limbs.count }
    for index in left.limbs.indices.reversed() where left.limbs[index] != right.limbs[index] {
      return left.limbs[index] < right.limbs[index]
    }
    return false
  }
}

extension Natural: CustomStringConvertible {
  /// Its decimal digits.
  var description: String {
    var groups: [String] = []
    var rest = self
    while !rest.isZero {
      let (quotient, group) = rest.dividing(by: Natural(1_000_000_000))
      let digits = String(group.uint64 ?? 0)
      groups.append(
        quotient.isZero ? digits : String(repeating: "0", count: 9 - digits.count) + digits)
      rest = quotient
    }
    return groups.isEmpty ? "0" : groups.reversed().joined()
  }
}

import Testing

@testable import Costs

@Suite struct ExactTests {
  /// Schoolbook numbers against those that 128 bits hold.
  @Test func naturalsAgreeWithTheProcessors() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let shift = Int.random(in: 0..<64, using: &random)
      let left = UInt64.random(in: .min ... .max, using: &random) >> UInt64(shift)
      let right = UInt64.random(in: .min ... .max, using: &random) >> UInt64(63 - shift)
      let product = Natural(left) * Natural(right)
      #expect("\(product)" == "\(UInt128(left) * UInt128(right))")
      #expect("\(product + Natural(left))" == "\(UInt128(left) * UInt128(right) + UInt128(left))")
      guard right > 0 else { continue }
      let (quotient, rest) = (product + Natural(right / 2)).dividing(by: Natural(right))
      #expect(quotient == Natural(left) && rest == Natural(right / 2))
      #expect(product + Natural(7) - Natural(7) == product)
    }
  }

  /// Quotients of many digits: what is divided comes back from quotient and rest.
  @Test func quotientsAndRestsMakeTheWhole() {
    var random = SystemRandomNumberGenerator()
    // Digits of all ones and zeros are those at which a guess is too large.
    let edges: [UInt64] = [0, 1, 0xFFFF_FFFF, 0x8000_0000, .max, 1 << 63]
    func number(_ limbs: Int) -> Natural {
      (0..<limbs).reduce(Natural.zero) { sum, _ in
        let limb =
          Bool.random()
          ? edges[Int.random(in: 0..<6)] : UInt64.random(in: .min ... .max, using: &random)
        return sum * (Natural(.max) + .one) + Natural(limb)
      }
    }
    for _ in 0..<20_000 {
      let whole = number(Int.random(in: 1...5, using: &random))
      let divisor = number(Int.random(in: 1...4, using: &random))
      guard !divisor.isZero else { continue }
      let (quotient, rest) = whole.dividing(by: divisor)
      #expect(rest < divisor)
      #expect(quotient * divisor + rest == whole)
    }
  }

  /// Divisors of 64, 128 and more bits.
  @Test func fractionsHaveNoCommonDivisor() {
    var random = SystemRandomNumberGenerator()
    for limbs in 1...4 {
      for _ in 0..<500 {
        let (left, right) = (
          Natural(UInt64.random(in: 1...1_000, using: &random)),
          Natural(UInt64.random(in: 1...1_000, using: &random))
        )
        let common = (0..<limbs).reduce(Natural.one) { product, _ in
          product * Natural(UInt64.random(in: 1 << 30...1 << 33, using: &random))
        }
        let short = Rational(left, right, isNegative: false)
        #expect(Rational(left * common, right * common, isNegative: false) == short)
        #expect(
          Natural.commonDivisor(left * common, right * common).dividing(by: common).rest == .zero)
      }
    }
  }

  @Test(arguments: [
    ("0.0230000000", "23/1000"), ("1", "1"), ("-2.50", "-5/2"), ("2.5E-7", "1/4000000"),
    ("0E-10", "0"), ("1e3", "1000"),
  ])
  func decimalsAreExact(text: String, value: String) {
    #expect(Rational(decimal: text).map { "\($0)" } == value)
  }

  @Test(arguments: ["", ".5", "5.", "1,5", "0x1", "1e", "1e99", "--1", "NaN", " 1", "1.2.3", "+1"])
  func otherTextsAreNoDecimals(text: String) { #expect(Rational(decimal: text) == nil) }

  @Test func roundsHalvesAwayFromZero() {
    #expect(Rational(decimal: "0.0000005")?.decimal(places: 6) == "0.000001")
    #expect(Rational(decimal: "-0.0000005")?.decimal(places: 6) == "-0.000001")
    #expect(Rational(decimal: "-0.0000004")?.decimal(places: 6) == "0.000000")
    #expect(Rational(decimal: "1215")?.decimal(places: 6) == "1215.000000")
    #expect(Rational(decimal: "12.5")?.decimal(places: 0) == "13")
  }

  @Test func comparesAndAdds() throws {
    let (third, half) = (Rational(1) / Rational(3), Rational(1) / Rational(2))
    #expect(third < half && -half < -third && -half < third)
    #expect("\(third + half)" == "5/6" && "\(third - half)" == "-1/6" && "\(half - half)" == "0")
    #expect("\(third * -half)" == "-1/6" && "\(third / half)" == "2/3")
  }

  @Test func roundedRowsAddUp() {
    let third = Rational(1) / Rational(3)
    let shared = SharedRounding.decimals([third, nil, third, third], places: 2)
    #expect(shared.amounts == ["0.34", nil, "0.33", "0.33"] && shared.total == "1.00")
    let mixed = SharedRounding.decimals([-third, third, Rational(2) / Rational(3)], places: 1)
    #expect(mixed.amounts == ["-0.3", "0.3", "0.7"] && mixed.total == "0.7")
  }

  /// Two columns that have amounts in common show the same digits for them.
  @Test func roundedColumnsAgreeOnWhatTheyShare() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let count = Int.random(in: 1...8, using: &random)
      func amounts() -> [Rational] {
        (0..<count).map { _ in
          Rational(Int64.random(in: 0...400, using: &random)) / Rational(300)
        }
      }
      let (least, more) = (amounts(), amounts())
      let first = Set((0..<count).filter { _ in Bool.random(using: &random) })
      let most = least.indices.map { first.contains($0) ? least[$0] : least[$0] + more[$0] }
      let columns = [least, most].map {
        SharedRounding.decimals($0, places: 1, first: first)
      }
      for place in first { #expect(columns[0].amounts[place] == columns[1].amounts[place]) }
      for (column, exact) in zip(columns, [least, most]) {
        let digits = column.amounts.compactMap { $0.flatMap { Rational(decimal: $0) } }
        #expect(digits.reduce(.zero, +) == Rational(decimal: column.total))
        #expect(column.total == exact.reduce(.zero, +).decimal(places: 1))
        for (shown, amount) in zip(digits, exact) {
          let off = shown - amount
          #expect(
            (off.isBelowZero ? -off : off) * Rational(10) <= Rational(1) && !shown.isBelowZero)
        }
      }
    }
  }
}

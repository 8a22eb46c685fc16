internal import Vocabulary

/// A run of letters and digits in a key, read as a number: so that keys can be counted on.
///
///     logs/2026/11/part-000123     four numbers: 2026, 11, 000123, and the word "logs", of base 62
struct KeyNumber {
  /// Where it stands in the key.
  let run: Range<Int>
  private let symbols: [UInt8]

  /// Beyond so many bytes keys are taken to be alike.
  private static let bytesMax = 256
  /// More digits are no more exact.
  private static let digitsMax = 13
  private static let decimals = Array("0123456789".utf8)
  private static let hexadecimals = Array("0123456789abcdef".utf8)
  private static let letters =
    Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// The numbers of a key, in their order.
  static func all(in key: [UInt8]) -> [KeyNumber] {
    let runs = runs(in: key)
    // Where some are hexadecimal beyond doubt, others may be.
    let isHex = runs.contains { run in
      let text = key[run]
      return text.contains(where: \.isASCIIDigit) && text.contains(where: isHexLetter)
        && text.allSatisfy { $0.isASCIIDigit || isHexLetter($0) }
    }
    return runs.map { KeyNumber($0, in: key, isHex: isHex) }
  }

  private static func runs(in key: [UInt8]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    let end = min(key.count, bytesMax)
    for index in 0...end {
      if index < end, key[index].isASCIIDigit || key[index].isASCIILetter {
        start = start ?? index
      } else if let begun = start {
        runs.append(begun..<index)
        start = nil
      }
    }
    return runs
  }

  private static func isHexLetter(_ byte: UInt8) -> Bool { (97...102).contains(byte) }

  private init(_ run: Range<Int>, in key: [UInt8], isHex: Bool) {
    self.run = run.lowerBound..<min(run.upperBound, run.lowerBound + Self.digitsMax)
    let text = key[run]
    if text.allSatisfy(\.isASCIIDigit) {
      symbols = isHex ? Self.hexadecimals : Self.decimals
    } else {
      let isNumber = text.allSatisfy { $0.isASCIIDigit || Self.isHexLetter($0) }
      symbols = isNumber ? Self.hexadecimals : Self.letters
    }
  }

  /// Whether it is no word.
  var isNumber: Bool { symbols.count <= Self.hexadecimals.count }

  func value(in key: [UInt8]) -> Double {
    var value = 0.0
    for position in run {
      let byte = position < key.count ? key[position] : 0
      let digit = symbols.firstIndex { $0 >= byte } ?? symbols.count - 1
      value = value * Double(symbols.count) + Double(digit)
    }
    return value
  }

  func distance(from left: [UInt8], to right: [UInt8]) -> Double {
    value(in: right) - value(in: left)
  }

  /// How far it can grow.
  func room(in key: [UInt8]) -> Double { limit - value(in: key) }

  private var limit: Double { run.reduce(1.0) { product, _ in product * Double(symbols.count) } }

  /// Its digits when so much is added; nil where it has no room for that.
  func digits(in key: [UInt8], adding distance: Double) -> [UInt8]? {
    var rest = value(in: key) + distance
    var unit = limit
    guard rest < unit else { return nil }
    return run.map { _ in
      unit /= Double(symbols.count)
      let digit = max(0, min(Int(rest / unit), symbols.count - 1))
      rest -= Double(digit) * unit
      return symbols[digit]
    }
  }
}

/// The keys after `lower` and up to `upper`, which is one of them: what one machine of several lists.
///
/// People and programs write it as one text, `LOWER:UPPER`, whose ends are percent-encoded and may be empty:
///
///     logs%3A1:logs%3A5      after logs:1, up to logs:5
///     :m                     from the beginning up to m
///     m:                     all that follows m
package struct KeyRange: Hashable, Sendable {
  /// Not in the range itself; `Key.start` for the beginning.
  package var lower: Key
  /// The last key that may be in it; nil for no end.
  package var upper: Key?

  /// All keys.
  package static let whole = KeyRange(lower: .start, upper: nil)

  package init(lower: Key, upper: Key?) {
    self.lower = lower
    self.upper = upper
  }

  package var isWhole: Bool { self == .whole }

  /// Whether a key can lie in it.
  package var isAscending: Bool { upper.map { lower < $0 } ?? true }

  package func contains(_ key: Key) -> Bool {
    key > lower && upper.map { key <= $0 } ?? true
  }

  /// Up to which key it goes, compared with another.
  package func endsBefore(_ other: KeyRange) -> Bool {
    guard let upper else { return false }
    return other.upper.map { upper < $0 } ?? true
  }

  /// The same keys below a prefix, with empty ends where the prefix ends too; nil where none can be.
  ///
  ///     a:logs/7 below logs/    →    :logs/7
  package func within(_ prefix: Key) -> KeyRange? {
    let end = prefix.prefixUpperBound
    guard upper.map({ $0 >= prefix }) ?? true, end.map({ lower < $0 }) ?? true else { return nil }
    let isEnd = upper.flatMap { upper in end.map { upper >= $0 } } ?? false
    return KeyRange(lower: lower < prefix ? .start : lower, upper: isEnd ? nil : upper)
  }
}

extension KeyRange {
  /// Why a text is no range.
  package enum Fault: Error, Equatable, Sendable {
    /// No colon, or more than one, stands between two keys.
    case colons(Int)
    case badEscape(String)
    /// No key can be after the one and not after the other.
    case notAscending
  }

  /// Reads `LOWER:UPPER`.
  package init(written text: String) throws(Fault) {
    let colon = UInt8(ascii: ":")
    let ends = text.utf8.split(separator: colon, omittingEmptySubsequences: false)
    guard ends.count == 2 else { throw .colons(ends.count - 1) }
    let (lower, upper) = (try Key(percentEncoded: ends[0]), try Key(percentEncoded: ends[1]))
    self.init(lower: lower, upper: upper.isStart ? nil : upper)
    guard isAscending else { throw .notAscending }
  }

  /// `LOWER:UPPER`, as it is read.
  package var written: String { lower.percentEncoded + ":" + (upper?.percentEncoded ?? "") }
}

extension Key {
  /// A key whose bytes may be written as `%41`; every byte but that sign stands for itself.
  package init(percentEncoded text: some Collection<UInt8>) throws(KeyRange.Fault) {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = Array(rest.prefix(2))
      rest = rest.dropFirst(2)
      guard digits.count == 2, let high = digits[0].hexValue, let low = digits[1].hexValue else {
        throw .badEscape("%" + String(decoding: digits, as: UTF8.self))
      }
      bytes.append(high << 4 | low)
    }
    self.init(bytes)
  }

  /// The key as text of ASCII alone, exact whatever its bytes are.
  ///
  /// Letters, digits and `/ . _ ~ -` stand for themselves, but a `-` at the beginning, which a command line
  /// would take for an option; all else is encoded.
  package var percentEncoded: String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    for (place, byte) in bytes.enumerated() {
      let isPlain =
        byte.isASCIILetter || byte.isASCIIDigit || "/._~".utf8.contains(byte)
        || byte == UInt8(ascii: "-") && place > 0
      guard !isPlain else {
        text.append(byte)
        continue
      }
      let digits = String(byte, radix: 16, uppercase: true).utf8
      text.append(UInt8(ascii: "%"))
      if digits.count == 1 { text.append(UInt8(ascii: "0")) }
      text += digits
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension UInt8 {
  fileprivate var hexValue: UInt8? {
    if isASCIIDigit { return self - UInt8(ascii: "0") }
    let value = (self | 0x20) &- UInt8(ascii: "a")
    return value < 6 ? value + 10 : nil
  }
}

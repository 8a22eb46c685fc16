// The one reader of times. Whoever writes a listing, a cache of credentials or a header has a form of
// their own, and a time that other tools read is no reason to refuse an answer.

extension Timestamp {
  /// Reads a time in any form that AWS's Python SDK reads from servers, programs and caches; nil for
  /// anything else.
  ///
  /// - ISO 8601: `2026-11-20T01:02:03.456Z`, also `t`, `z` or a space in their place, without
  ///   punctuation (`20261120T010203Z`), without seconds or the time of day, with an offset such as
  ///   `+02:00`, `-0730` or `+02`, or with `UTC`.
  /// - RFC 9110's dates: `Fri, 20 Nov 2026 01:02:03 GMT`, `Friday, 20-Nov-26 01:02:03 GMT` and
  ///   `Fri Nov 20 01:02:03 2026`.
  /// - Seconds since 1970, as Python writes numbers: `1795136523`, `1795136523.5`, `-5` or `1.5E9`.
  ///
  /// Blanks around a time are passed over, and fractions are cut to milliseconds. A time without a zone
  /// is one in UTC, or none with `needsZone`: of the end of a session nobody may guess the moment.
  package init?(written text: some Collection<UInt8>, needsZone: Bool = false) {
    var reader = WrittenTimeReader(text)
    guard let moment = reader.moment(needsZone: needsZone) else { return nil }
    self = moment
  }

  package init?(written text: String, needsZone: Bool = false) {
    self.init(written: text.utf8, needsZone: needsZone)
  }
}

/// Reads one text; each part moves on only when it is there.
private struct WrittenTimeReader {
  private let text: [UInt8]
  private var position = 0

  /// 9999-12-31T23:59:59.999Z, and 0001-01-01T00:00:00Z.
  private static let millisecondsMax: Int64 = 253_402_300_799_999
  private static let millisecondsMin: Int64 = -62_135_596_800_000
  private static let months = Timestamp.monthNames.map { $0.lowercased() }

  /// A day and a time of day, as far as they have been read.
  private struct Parts {
    var year = 0
    var month = 0
    var day = 0
    var hour = 0
    var minute = 0
    var second = 0
    var millisecond = 0
    /// The C library writes the year behind the time.
    var isYearLast = false
  }

  init(_ text: some Collection<UInt8>) {
    // No form has more bytes; a longer text is no time, and is not worth its copy.
    var kept = Array(text.drop(while: isBlank).prefix(128))
    while let last = kept.last, isBlank(last) { kept.removeLast() }
    self.text = kept
  }

  mutating func moment(needsZone: Bool) -> Timestamp? {
    if let seconds = secondsSinceEpoch() { return seconds }
    position = 0
    var parts = Parts()
    guard byte.isASCIILetter ? isNamedDate(&parts) : isDate(&parts), isAtEnd || isTime(&parts)
    else {
      position = 0
      return namedDateWithDayFirst(needsZone)
    }
    return finish(parts, needsZone)
  }

  /// `20 Nov 2026 01:02:03 GMT`: RFC 822 lets the weekday out.
  private mutating func namedDateWithDayFirst(_ needsZone: Bool) -> Timestamp? {
    var parts = Parts()
    guard !byte.isASCIILetter, isDayFirst(&parts), isAtEnd || isTime(&parts) else { return nil }
    return finish(parts, needsZone)
  }

  private mutating func finish(_ parts: Parts, _ needsZone: Bool) -> Timestamp? {
    var parts = parts
    skipBlanks()
    if parts.isYearLast {
      guard let year = number(digits: 4) else { return nil }
      parts.year = year
      skipBlanks()
    }
    var offset = 0
    if isAtEnd {
      guard !needsZone else { return nil }
    } else {
      guard let seconds = offsetSeconds(), isAtEnd else { return nil }
      offset = seconds
    }
    guard parts.year >= 1, (1...12).contains(parts.month), parts.day >= 1,
      parts.day <= Timestamp.days(inMonth: parts.month, year: parts.year),
      parts.hour < 24, parts.minute < 60, parts.second < 61
    else { return nil }
    let moment = Timestamp(
      year: parts.year, month: parts.month, day: parts.day, hour: parts.hour,
      minute: parts.minute, second: parts.second - offset, millisecond: parts.millisecond)
    // An offset may lead into a year that has not four digits.
    let range = Self.millisecondsMin...Self.millisecondsMax
    return range.contains(moment.millisecondsSinceEpoch) ? moment : nil
  }

  // MARK: - Forms

  /// Digits, with a sign, a fraction and a power of ten perhaps; counted exactly.
  private mutating func secondsSinceEpoch() -> Timestamp? {
    let isNegative = skip(UInt8(ascii: "-"))
    if !isNegative { _ = skip(UInt8(ascii: "+")) }
    var digits: [Int] = []
    while let digit = digit() { digits.append(digit) }
    var wholeCount = digits.count
    if skip(UInt8(ascii: ".")) || skip(UInt8(ascii: ",")) {
      while let digit = digit() { digits.append(digit) }
    }
    guard !digits.isEmpty else { return nil }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      guard let power = power() else { return nil }
      wholeCount += power
    }
    guard isAtEnd else { return nil }
    var milliseconds: Int64 = 0
    for index in 0..<max(0, wholeCount + 3) {
      milliseconds = milliseconds * 10 + Int64(index < digits.count ? digits[index] : 0)
      guard milliseconds <= Self.millisecondsMax else { return nil }
    }
    if isNegative { milliseconds.negate() }
    guard milliseconds >= Self.millisecondsMin else { return nil }
    return Timestamp(millisecondsSinceEpoch: milliseconds)
  }

  /// What stands behind an `E`: at most three digits, with a sign perhaps.
  private mutating func power() -> Int? {
    let isNegative = skip(UInt8(ascii: "-"))
    if !isNegative { _ = skip(UInt8(ascii: "+")) }
    return number(digitsMax: 3).map { isNegative ? -$0 : $0 }
  }

  /// `2026-11-20` or `20261120`.
  private mutating func isDate(_ parts: inout Parts) -> Bool {
    guard let year = number(digits: 4) else { return false }
    let hasHyphens = skip(UInt8(ascii: "-"))
    guard let month = number(digits: 2), !hasHyphens || skip(UInt8(ascii: "-")),
      let day = number(digits: 2)
    else { return false }
    (parts.year, parts.month, parts.day) = (year, month, day)
    return true
  }

  /// `Fri, 20 Nov 2026`, `Friday, 20-Nov-26` or `Fri Nov 20`.
  private mutating func isNamedDate(_ parts: inout Parts) -> Bool {
    guard word().count >= 3 else { return false }
    _ = skip(UInt8(ascii: ","))
    skipBlanks()
    guard byte.isASCIILetter else { return isDayFirst(&parts) }
    guard let month = month() else { return false }
    skipBlanks()
    guard let day = number(digitsMax: 2) else { return false }
    (parts.month, parts.day, parts.isYearLast) = (month, day, true)
    return true
  }

  private mutating func isDayFirst(_ parts: inout Parts) -> Bool {
    guard let day = number(digitsMax: 2), skipSeparator(), let month = month(), skipSeparator()
    else { return false }
    let start = position
    guard let year = number(digitsMax: 4) else { return false }
    switch position - start {
    // As the C library reads two digits.
    case 2: parts.year = year + (year < 69 ? 2_000 : 1_900)
    case 4: parts.year = year
    default: return false
    }
    (parts.month, parts.day) = (month, day)
    return true
  }

  /// What follows a date: `T01:02:03.456`, ` 01:02` or `T010203`.
  private mutating func isTime(_ parts: inout Parts) -> Bool {
    let start = position
    if !skip(UInt8(ascii: "T")), !skip(UInt8(ascii: "t")) { skipBlanks() }
    guard position > start, let hour = number(digits: 2) else { return false }
    let hasColons = skip(UInt8(ascii: ":"))
    guard let minute = number(digits: 2) else { return false }
    (parts.hour, parts.minute) = (hour, minute)
    if hasColons ? skip(UInt8(ascii: ":")) : byte.isASCIIDigit {
      guard let second = number(digits: 2), let millisecond = fraction() else { return false }
      (parts.second, parts.millisecond) = (second, millisecond)
    }
    return true
  }

  /// Seconds east of Greenwich.
  private mutating func offsetSeconds() -> Int? {
    if byte.isASCIILetter {
      return ["z", "utc", "gmt", "ut"].contains(word()) ? 0 : nil
    }
    let sign: Int
    if skip(UInt8(ascii: "+")) {
      sign = 1
    } else if skip(UInt8(ascii: "-")) {
      sign = -1
    } else {
      return nil
    }
    guard let hours = number(digits: 2), hours < 24 else { return nil }
    let hasColon = skip(UInt8(ascii: ":"))
    let minutes = isAtEnd && !hasColon ? 0 : number(digits: 2)
    guard let minutes, minutes < 60 else { return nil }
    return sign * (hours * 3_600 + minutes * 60)
  }

  // MARK: - Parts

  private var isAtEnd: Bool { position == text.count }

  /// The next byte; zero at the end.
  private var byte: UInt8 { isAtEnd ? 0 : text[position] }

  private mutating func digit() -> Int? {
    guard byte.isASCIIDigit else { return nil }
    defer { position += 1 }
    return Int(byte - UInt8(ascii: "0"))
  }

  private mutating func number(digits count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private mutating func number(digitsMax: Int) -> Int? {
    guard var value = digit() else { return nil }
    for _ in 1..<digitsMax {
      guard let digit = digit() else { break }
      value = value * 10 + digit
    }
    return value
  }

  /// Milliseconds of an optional `.digits`, or `,digits`; nil for a point alone.
  private mutating func fraction() -> Int? {
    guard skip(UInt8(ascii: ".")) || skip(UInt8(ascii: ",")) else { return 0 }
    var milliseconds = 0
    var count = 0
    while let digit = digit() {
      if count < 3 { milliseconds = milliseconds * 10 + digit }
      count += 1
    }
    guard count > 0 else { return nil }
    for _ in min(count, 3)..<3 { milliseconds *= 10 }
    return milliseconds
  }

  private mutating func month() -> Int? {
    Self.months.firstIndex(of: word()).map { $0 + 1 }
  }

  /// The letters that follow, in lower case; empty without any.
  private mutating func word() -> String {
    let start = position
    while byte.isASCIILetter { position += 1 }
    return String(decoding: text[start..<position].map { $0 | 0x20 }, as: UTF8.self)
  }

  private mutating func skip(_ expected: UInt8) -> Bool {
    guard !isAtEnd, byte == expected else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while !isAtEnd, isBlank(byte) { position += 1 }
  }

  /// Blanks or a hyphen; false without either.
  private mutating func skipSeparator() -> Bool {
    if skip(UInt8(ascii: "-")) { return true }
    let start = position
    skipBlanks()
    return position > start
  }
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || (0x09...0x0D).contains(byte)
}

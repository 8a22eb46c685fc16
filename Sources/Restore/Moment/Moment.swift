package import Vocabulary

/// A moment as people write it, whose state is asked for.
///
/// ```
/// 2026-11-20T12:00:00Z        2026-11-20T13:00+01:00      with a zone, and fractions of seconds perhaps
/// 2026-11-20                  that day's beginning, 00:00 UTC
/// 2d ago    36 hours ago      counted from the clock that the asker names
/// now                         all that a listing shows, whatever clocks say
/// ```
package enum Moment: Equatable, Sendable {
  case now
  case at(Timestamp)
  case ago(milliseconds: Int64)

  /// - Throws: `MomentFault` with a form that would be understood; of the same day, where that can be told.
  package init(written text: String) throws(MomentFault) {
    let words = text.lowercased().split(separator: " ").map(String.init)
    if words == ["now"] {
      self = .now
      return
    }
    if words.last == "ago" {
      guard let milliseconds = Self.age(words.dropLast()) else {
        throw MomentFault(.unreadable, example: "2d ago")
      }
      self = .ago(milliseconds: milliseconds)
      return
    }
    if Int64(writtenAge: words.joined()) != nil {
      throw MomentFault(.unreadable, example: words.joined() + " ago")
    }
    self = .at(try Self.time(text))
  }

  /// The time that is meant, when the clock that counts shows `now`; nil for `now` itself.
  ///
  /// - Throws: `MomentFault.future` for one that has yet to come. A few seconds are let pass: clocks differ,
  ///   and headers have whole seconds.
  package func time(now: Timestamp) throws(MomentFault) -> Timestamp? {
    switch self {
    case .now: return nil
    case .at(let time):
      guard time.millisecondsSinceEpoch <= now.millisecondsSinceEpoch.plus(Self.skewMsMax) else {
        throw MomentFault(.future(now: now), example: now.secondsAlone.iso8601)
      }
      return time
    case .ago(let milliseconds):
      // There was no S3 before 1970: what is longer ago is as empty.
      return Timestamp(
        millisecondsSinceEpoch: max(0, now.millisecondsSinceEpoch.minus(milliseconds)))
    }
  }

  private static let skewMsMax: Int64 = 5_000

  /// `2d`, `2 d`, `2 days`.
  private static func age(_ words: ArraySlice<String>) -> Int64? {
    let text = words.joined()
    if let milliseconds = Int64(writtenAge: text) { return milliseconds }
    let number = text.prefix { $0.isNumber || $0 == "." }
    guard words.count <= 2, let unit = units[String(text.dropFirst(number.count))] else {
      return nil
    }
    return Int64(writtenAge: number + unit)
  }

  private static let units = [
    "second": "s", "seconds": "s", "minute": "m", "minutes": "m", "hour": "h", "hours": "h",
    "day": "d", "days": "d", "week": "w", "weeks": "w", "year": "y", "years": "y",
  ]

  /// A day, with a time and its zone perhaps.
  private static func time(_ text: String) throws(MomentFault) -> Timestamp {
    let bytes = Array(text.utf8)
    guard let day = Timestamp(dayOf: bytes) else {
      throw MomentFault(.unreadable, example: example(of: bytes))
    }
    if bytes.count == 10 { return day }
    let separators = [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")]
    if separators.contains(bytes[10]) {
      if let time = Timestamp(written: bytes, needsZone: true) { return time }
      if let time = Timestamp(written: bytes) { throw MomentFault(.noZone, example: time.iso8601) }
    }
    throw MomentFault(.unreadable, example: day.iso8601)
  }

  /// The day that a date in another order means: `11-20-2026`, `20/11/2026`, `20261120`; some day where
  /// nobody can tell.
  private static func example(of text: [UInt8]) -> String {
    let parts = text.split { !(0x30...0x39).contains($0) }
    let numbers = parts.prefix(3).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 3 else { return exampleOfSomeDay(text, parts) }
    let isYearFirst = parts[0].count == 4
    let year = isYearFirst ? numbers[0] : numbers[2]
    var (month, day) = isYearFirst ? (numbers[1], numbers[2]) : (numbers[0], numbers[1])
    // What is no month is the day.
    if month > 12 { swap(&month, &day) }
    return date(year, month, day) ?? someDay
  }

  private static func exampleOfSomeDay(_ text: [UInt8], _ parts: [ArraySlice<UInt8>]) -> String {
    guard text.count >= 8, let digits = parts.first, digits.count == 8 else { return someDay }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return date(number / 10_000, number / 100 % 100, number % 100) ?? someDay
  }

  private static let someDay = "2026-11-20"

  /// The day as it is to be written; nil where the calendar has none.
  private static func date(_ year: Int, _ month: Int, _ day: Int) -> String? {
    guard (1_000...9_999).contains(year), (1...12).contains(month), (1...31).contains(day) else {
      return nil
    }
    let text = "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
    return Timestamp(dayOf: Array(text.utf8)) == nil ? nil : text
  }
}

/// Why a text names no moment.
package struct MomentFault: Error, Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case unreadable
    /// A time of day without a zone: nobody can tell which moment that was.
    case noZone
    /// It has yet to come by the clock that counts, which shows `now`.
    case future(now: Timestamp)
  }

  package let kind: Kind
  /// A moment that would be understood.
  package let example: String

  init(_ kind: Kind, example: String) {
    self.kind = kind
    self.example = example
  }
}

extension Timestamp {
  /// The beginning of the day that a text begins with, in UTC; nil for none of the form `2026-11-20`.
  fileprivate init?(dayOf text: [UInt8]) {
    let form = text.prefix(10)
    let hyphen = UInt8(ascii: "-")
    guard form.count == 10, form[4] == hyphen, form[7] == hyphen,
      form.indices.allSatisfy({ $0 == 4 || $0 == 7 || (0x30...0x39).contains(form[$0]) })
    else { return nil }
    self.init(written: form + Array("T00:00:00Z".utf8))
  }

  fileprivate var secondsAlone: Timestamp {
    Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch / 1_000 * 1_000)
  }
}

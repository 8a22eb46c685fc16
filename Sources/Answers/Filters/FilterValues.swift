package import Arguments
package import Index
internal import Vocabulary

/// Reads the values that filters take: sizes, ages, dates, scopes, patterns.
package enum FilterValues {
  /// `1048576`, `1MiB`, `1.5 GB`, `10K` (binary): a number of bytes.
  package static func size(_ text: String) throws(UsageError) -> Int64 {
    let reason = "use bytes or a unit, like 1048576, 1MiB or 1.5GB"
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unitText = text.dropFirst(number.count).drop { $0 == " " }
    guard let unit = unit(String(unitText)), let bytes = Int64(written: number, times: unit) else {
      throw .invalidValue(reason)
    }
    return bytes
  }

  private static func unit(_ text: String) -> Int64? {
    switch text.lowercased() {
    case "", "b": 1
    case "k", "kib": 1 << 10
    case "m", "mib": 1 << 20
    case "g", "gib": 1 << 30
    case "t", "tib": 1 << 40
    case "p", "pib": 1 << 50
    case "kb": 1_000
    case "mb": 1_000_000
    case "gb": 1_000_000_000
    case "tb": 1_000_000_000_000
    case "pb": 1_000_000_000_000_000
    default: nil
    }
  }

  /// `30d`, `12h`, `2w`, `45m`, `90s`, `1y`: a length of time in milliseconds.
  static func age(_ text: String) throws(UsageError) -> Int64 {
    let reason = "use a number and a unit, like 90s, 45m, 12h, 30d, 2w or 1y"
    guard let milliseconds = Int64(writtenAge: text) else { throw .invalidValue(reason) }
    return milliseconds
  }

  /// `2026-11-20` or `2026-11-20T12:00:00Z`, in UTC.
  static func date(_ text: String) throws(UsageError) -> Timestamp {
    let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
    guard let moment = Timestamp(iso8601: whole) else {
      throw .invalidValue("use a date in UTC, like 2026-11-20 or 2026-11-20T12:00:00Z")
    }
    return moment
  }

  /// `logs`, `s3://logs-*/2026/`: a bucket or a pattern of buckets, perhaps with a prefix.
  static func scope(_ text: String) throws(UsageError) -> ObjectFilter.Scope {
    let argument = try BucketArgument(text)
    return ObjectFilter.Scope(
      bucketPattern: argument.bucket, prefix: argument.prefix ?? .start)
  }

  /// A regular expression over keys, compiled once.
  package static func keyPattern(_ text: String) throws(UsageError) -> ObjectFilter.KeyPattern {
    guard let pattern = RegularExpression(text) else {
      throw .invalidValue("it is not a regular expression")
    }
    return ObjectFilter.KeyPattern(text: text, effort: pattern.effort) { pattern.matches($0) }
  }
}

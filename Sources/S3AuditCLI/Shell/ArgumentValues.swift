internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Vocabulary

/// Reads the values that options take: sizes, ages, dates, bucket targets.
enum ArgumentValues {
  /// `1048576`, `1MiB`, `1.5 GB`, `10K` (binary): a number of bytes.
  static func size(_ text: String) throws(UsageError) -> Int64 {
    let reason = "use bytes or a unit, like 1048576, 1MiB or 1.5GB"
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unitText = text.dropFirst(number.count).drop { $0 == " " }
    guard let unit = unit(String(unitText)), let bytes = scaled(String(number), by: unit) else {
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
    case "kb": 1_000
    case "mb": 1_000_000
    case "gb": 1_000_000_000
    case "tb": 1_000_000_000_000
    default: nil
    }
  }

  /// `30d`, `12h`, `2w`, `45m`, `90s`, `1y`: a length of time in milliseconds.
  static func age(_ text: String) throws(UsageError) -> Int64 {
    let reason = "use a number and a unit, like 90s, 45m, 12h, 30d, 2w or 1y"
    let units: [Character: Int64] = [
      "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
      "y": 31_536_000_000,
    ]
    guard let unit = text.last.flatMap({ units[$0] }),
      let milliseconds = scaled(String(text.dropLast()), by: unit)
    else { throw .invalidValue(reason) }
    return milliseconds
  }

  /// `20`, `1.5`: so many times a second, once at least.
  static func rate(_ text: String) throws(UsageError) -> Double {
    // Double reads more than people mean: 0x10, 1e3, nan.
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
      let rate = Double(text), rate >= 1, rate.isFinite
    else { throw .invalidValue("use a number, 1 or more") }
    return rate
  }

  /// `123456789012`: an account of AWS.
  static func account(_ text: String) throws(UsageError) -> String {
    guard let number = AccountNumber(text) else {
      throw .invalidValue("use the 12 digits of an AWS account")
    }
    return number.digits
  }

  /// `2026-11-20` or `2026-11-20T12:00:00Z`, in UTC.
  static func date(_ text: String) throws(UsageError) -> Timestamp {
    let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
    guard let moment = Timestamp(iso8601: whole) else {
      throw .invalidValue("use a date in UTC, like 2026-11-20 or 2026-11-20T12:00:00Z")
    }
    return moment
  }

  /// `number * unit` for a decimal number, rounded down; nil when it is none or does not fit.
  ///
  /// In whole numbers: 0.35 of a day is a millisecond short in binary fractions.
  private static func scaled(_ number: String, by unit: Int64) -> Int64? {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let first = parts.first, isDigits(first),
      let whole = Int64(first)
    else { return nil }
    let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
    guard !isTooLarge else { return nil }
    guard parts.count == 2 else { return product }
    guard let fraction = fraction(parts[1], of: unit) else { return nil }
    let (sum, overflows) = product.addingReportingOverflow(fraction)
    return overflows ? nil : sum
  }

  /// The digits behind a point as a part of `unit`; nil when they are none.
  private static func fraction(_ digits: Substring, of unit: Int64) -> Int64? {
    guard isDigits(digits) else { return nil }
    // Further digits are worth less than a byte or a millisecond, and 10^18 still fits.
    let counted = digits.prefix(18)
    guard !counted.isEmpty else { return 0 }
    guard let numerator = Int64(counted) else { return nil }
    let denominator = counted.reduce(Int64(1)) { power, _ in power * 10 }
    let part = denominator.dividingFullWidth(unit.multipliedFullWidth(by: numerator))
    return part.quotient
  }

  private static func isDigits(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// `us-east-1`: a region.
  static func region(_ text: String) throws(UsageError) -> String {
    guard Region(text) != nil else { throw .invalidValue("a region is written like us-east-1") }
    return text
  }

  /// `https://host:port/path`: a server; never quoted, as it may hold a password.
  static func endpointURL(_ text: String) throws(UsageError) -> String {
    do throws(ConfigurationError) {
      _ = try Endpoint(parsing: text, from: "--endpoint-url")
      return text
    } catch {
      throw UsageError(
        "\(error.message.prefix(1).uppercased())\(error.message.dropFirst()).",
        hint: error.hint)
    }
  }

  /// `logs`, `logs-*`, `s3://logs`, `s3://logs/2026/`: what a sync is asked to list.
  static func syncTarget(_ text: String) throws(UsageError) -> SyncTarget {
    let (bucket, prefix) = try split(text)
    guard isPattern(bucket) else { return .bucket(bucket, prefix: prefix ?? .start) }
    guard prefix == nil else {
      throw UsageError(
        "The argument '\(text)' has both a bucket pattern and a prefix.",
        hint: "name one bucket in front of a prefix, or whole buckets by pattern")
    }
    return .pattern(bucket)
  }

  /// `logs`, `s3://logs`, `s3://logs/2026/`: what is to be listed of one bucket.
  static func listTarget(_ text: String) throws(UsageError) -> (bucket: String, prefix: Key) {
    let (bucket, prefix) = try split(text)
    guard !isPattern(bucket) else {
      throw UsageError(
        "The argument '\(text)' is a pattern of buckets.", hint: "name one bucket to list")
    }
    return (bucket, prefix ?? .start)
  }

  /// `logs`, `s3://logs`, `logs-*`: a bucket, or a pattern, as IAM writes it in resource names.
  static func policyBucket(_ text: String) throws(UsageError) -> String {
    let (bucket, prefix) = try split(text)
    guard prefix == nil else { throw .invalidValue("a policy is for whole buckets") }
    // Whatever else would mean something to JSON or to a resource name.
    let isPlain = bucket.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-._*?".utf8.contains(byte)
      }
    }
    guard isPlain, bucket.utf8.count <= 255 else {
      throw .invalidValue("use letters, digits, hyphens and dots, and * and ? for a pattern")
    }
    return bucket
  }

  /// The same forms, as part of a query's filter; bucket patterns may have a prefix there.
  static func scope(_ text: String) throws(UsageError) -> ObjectFilter.Scope {
    let (bucket, prefix) = try split(text)
    return ObjectFilter.Scope(bucketPattern: bucket, prefix: prefix ?? .start)
  }

  /// Bucket and prefix, told apart byte by byte.
  ///
  /// A key may begin with a mark that would combine with the slash before it to one `Character`.
  /// An access point's ARN has a slash of its own.
  private static func split(_ text: String) throws(UsageError) -> (bucket: String, prefix: Key?) {
    let scheme = "s3://".utf8
    let slash = UInt8(ascii: "/")
    let hasScheme = text.utf8.starts(with: scheme)
    guard hasScheme || text.utf8.starts(with: "arn:".utf8) else {
      guard !text.isEmpty, !text.utf8.contains(slash) else {
        throw UsageError(
          "The argument '\(text)' is neither a bucket nor a bucket pattern.",
          hint: "name a prefix as s3://BUCKET/PREFIX")
      }
      return (text, nil)
    }
    let rest = text.utf8.dropFirst(hasScheme ? scheme.count : 0)
    let bucket = S3Endpoint.bucket(at: rest)
    guard !bucket.isEmpty else {
      throw UsageError("The argument '\(text)' names no bucket.", hint: "use s3://BUCKET/PREFIX")
    }
    let prefix = rest.dropFirst(bucket.count + 1)
    return (String(Substring(bucket)), prefix.isEmpty ? nil : Key(Array(prefix)))
  }

  private static func isPattern(_ text: String) -> Bool {
    text.contains { $0 == "*" || $0 == "?" || $0 == "[" }
  }

  /// A regular expression over keys, compiled once.
  static func keyPattern(_ text: String) throws(UsageError) -> ObjectFilter.KeyPattern {
    guard let pattern = RegularExpression(text) else {
      throw .invalidValue("it is not a regular expression")
    }
    return ObjectFilter.KeyPattern(text: text) { pattern.matches($0) }
  }
}

/// A regular expression of the Swift standard library, matched anywhere in a key, scalar by scalar.
private struct RegularExpression: Sendable {
  // Safety: a compiled Regex is immutable; it is not marked Sendable because one made with a
  // builder may hold closures, and this one is made from text alone.
  nonisolated(unsafe) private let regex: Regex<AnyRegexOutput>

  init?(_ text: String) {
    // The parser's message speaks of positions in its own syntax tree; the option's name says
    // enough.
    guard let parsed = try? Regex(text) else { return nil }
    regex = parsed.matchingSemantics(.unicodeScalar)
  }

  func matches(_ key: Span<UInt8>) -> Bool {
    let text = key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    // Only transforming closures can throw, and a regex made from text has none.
    return (try? regex.firstMatch(in: text)) != nil
  }
}

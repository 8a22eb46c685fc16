internal import AWS
internal import Answers
internal import Arguments
internal import Index
internal import Sync
internal import Vocabulary

/// Reads the values that options take: rates, regions, targets.
enum ArgumentValues {
  /// `20`, `1.5`: so many times a second, once at least.
  static func rate(_ text: String) throws(UsageError) -> Double {
    // Double reads more than people mean: 0x10, 1e3, nan.
    guard text.utf8.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") }),
      let rate = Double(text), rate >= 1, rate.isFinite
    else { throw .invalidValue("use a number, 1 or more") }
    return rate
  }

  /// `20%`, `7.5`.
  static func percent(_ text: String) throws(UsageError) -> Double {
    let number = text.hasSuffix("%") ? String(text.dropLast()) : text
    guard number.utf8.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") }),
      let percent = Double(number), percent.isFinite, percent > 0
    else { throw .invalidValue("use a percentage like 20%") }
    return percent
  }

  /// `logs`, `logs-*`, `s3://logs`: buckets, without a prefix.
  static func wholeBucket(_ text: String) throws(UsageError) -> ObjectFilter.Scope {
    let argument = try BucketArgument(text)
    guard argument.prefix == nil else {
      throw UsageError("'\(text)' is a prefix.", hint: "name whole buckets")
    }
    return ObjectFilter.Scope(bucketPattern: argument.bucket)
  }

  /// `123456789012`: an account of AWS.
  static func account(_ text: String) throws(UsageError) -> String {
    guard let number = AccountNumber(text) else {
      throw .invalidValue("use the 12 digits of an AWS account")
    }
    return number.digits
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
    let argument = try BucketArgument(text)
    guard argument.isPattern else {
      return .bucket(argument.bucket, prefix: argument.prefix ?? .start)
    }
    guard argument.prefix == nil else {
      throw UsageError(
        "The argument '\(text)' has both a bucket pattern and a prefix.",
        hint: "name one bucket in front of a prefix, or whole buckets by pattern")
    }
    return .pattern(argument.bucket)
  }

  /// `logs`, `s3://logs`, `s3://logs/2026/`: what is to be listed of one bucket.
  static func listTarget(_ text: String) throws(UsageError) -> (bucket: String, prefix: Key) {
    let argument = try BucketArgument(text)
    guard !argument.isPattern else {
      throw UsageError(
        "The argument '\(text)' is a pattern of buckets.", hint: "name one bucket to list")
    }
    return (argument.bucket, argument.prefix ?? .start)
  }

  /// `logs`, `s3://logs`, `logs-*`: a bucket, or a pattern, as IAM writes it in resource names.
  static func policyBucket(_ text: String) throws(UsageError) -> String {
    let argument = try BucketArgument(text)
    guard argument.prefix == nil else { throw .invalidValue("a policy is for whole buckets") }
    // Whatever else would mean something to JSON or to a resource name.
    let bucket = argument.bucket
    let isPlain = bucket.utf8.allSatisfy {
      $0.isASCIILetter || $0.isASCIIDigit || "-._*?".utf8.contains($0)
    }
    guard isPlain, bucket.utf8.count <= 255 else {
      throw .invalidValue("use letters, digits, hyphens and dots, and * and ? for a pattern")
    }
    return bucket
  }
}

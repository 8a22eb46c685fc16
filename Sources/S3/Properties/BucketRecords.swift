internal import AWS
import Vocabulary

/// API Reference, "GetObjectLockConfiguration".
extension ObjectLock: SettingAnswer {
  static let operation = "GetObjectLockConfiguration"
  static let root = "ObjectLockConfiguration"
  static let subresource = "object-lock"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      switch scanner.name {
      case "ObjectLockEnabled": isEnabled = try scanner.nextIsEnabled()
      case "Rule": try readRule(&scanner)
      default: try scanner.skip()
      }
    }
  }

  private mutating func readRule(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "DefaultRetention": try readRule(&scanner)
      case "Mode": mode = try scanner.nextWord()
      case "Days": days = try scanner.nextPositive()
      case "Years": years = try scanner.nextPositive()
      default: try scanner.skip()
      }
    }
  }
}

/// API Reference, "GetBucketLogging": an empty answer without logging.
extension AccessLogging: SettingAnswer {
  static let operation = "GetBucketLogging"
  static let root = "BucketLoggingStatus"
  static let subresource = "logging"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      guard scanner.isNamed("LoggingEnabled") else {
        try scanner.skip()
        continue
      }
      while try scanner.nextChild() {
        switch scanner.name {
        case "TargetBucket": targetBucket = try scanner.nextWord()
        case "TargetPrefix": targetPrefix = try scanner.nextNonEmpty()
        default: try scanner.skip()
        }
      }
    }
  }
}

/// API Reference, "GetBucketTagging".
extension BucketTags: SettingAnswer {
  static let operation = "GetBucketTagging"
  static let root = "Tagging"
  static let subresource = "tagging"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      guard scanner.isNamed("TagSet") else {
        try scanner.skip()
        continue
      }
      while try scanner.nextChild() {
        guard scanner.isNamed("Tag") else {
          try scanner.skip()
          continue
        }
        let (key, value) = try scanner.nextTag()
        tags[key] = value
      }
    }
  }
}

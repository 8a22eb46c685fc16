internal import AWS
import Vocabulary

/// API Reference, "GetBucketLifecycleConfiguration", and the form of rules before 2016 that it
/// still answers with: a `Prefix` in the rule itself, one transition of noncurrent versions.
extension Lifecycle: SettingAnswer {
  static let operation = "GetBucketLifecycle"
  static let root = "LifecycleConfiguration"
  static let subresource = "lifecycle"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      if scanner.isNamed("Rule") {
        rules.append(try Rule(reading: &scanner))
      } else {
        try scanner.skip()
      }
    }
  }
}

extension Lifecycle.Rule {
  fileprivate init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    var ownPrefix: String?
    while try scanner.nextChild() {
      switch scanner.name {
      case "ID": id = try scanner.nextNonEmpty()
      case "Status": isEnabled = try scanner.nextIsEnabled()
      case "Prefix": ownPrefix = try scanner.nextNonEmpty()
      case "Filter": filter = try RuleFilter(reading: &scanner).orNil
      case "Expiration": try readExpiration(&scanner)
      case "Transition":
        transitions = (transitions ?? []) + [try Lifecycle.Transition(reading: &scanner)]
      case "NoncurrentVersionExpiration": try readNoncurrentExpiration(&scanner)
      case "NoncurrentVersionTransition":
        noncurrentTransitions =
          (noncurrentTransitions ?? []) + [try Lifecycle.Transition(reading: &scanner)]
      case "AbortIncompleteMultipartUpload": try readAbort(&scanner)
      default: try scanner.skip()
      }
    }
    if let ownPrefix, filter?.prefix == nil {
      var whole = filter ?? RuleFilter()
      whole.prefix = ownPrefix
      filter = whole
    }
  }

  private mutating func readExpiration(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "Days": expirationDays = try scanner.nextPositive()
      case "Date": expirationDate = try scanner.nextNonEmpty()
      case "ExpiredObjectDeleteMarker":
        expiresDeleteMarkers = try scanner.nextBool() ? true : nil
      default: try scanner.skip()
      }
    }
  }

  private mutating func readNoncurrentExpiration(
    _ scanner: inout XMLScanner
  ) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "NoncurrentDays": noncurrentExpirationDays = try scanner.nextPositive()
      case "NewerNoncurrentVersions": noncurrentVersionsKept = try scanner.nextPositive()
      default: try scanner.skip()
      }
    }
  }

  private mutating func readAbort(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("DaysAfterInitiation") {
        abortUploadsDays = try scanner.nextInteger()
      } else {
        try scanner.skip()
      }
    }
  }
}

extension Lifecycle.Transition {
  /// Zero days are a wish, unlike in an expiration: at once.
  fileprivate init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      switch scanner.name {
      case "StorageClass": storageClass = try scanner.nextString()
      case "Days", "NoncurrentDays": days = try scanner.nextInteger()
      case "Date": date = try scanner.nextNonEmpty()
      case "NewerNoncurrentVersions": versionsKept = try scanner.nextPositive()
      default: try scanner.skip()
      }
    }
  }
}

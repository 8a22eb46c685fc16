internal import AWS
import Vocabulary

/// API Reference, "GetBucketReplication".
extension Replication: SettingAnswer {
  static let operation = "GetBucketReplication"
  static let root = "ReplicationConfiguration"
  static let subresource = "replication"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      switch scanner.name {
      case "Role": role = try scanner.nextNonEmpty()
      case "Rule": rules.append(try Rule(reading: &scanner))
      default: try scanner.skip()
      }
    }
  }
}

extension Replication.Rule {
  fileprivate init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    var hasFilter = false
    var statusOfDeleteMarkers: Bool?
    while try scanner.nextChild() {
      switch scanner.name {
      case "ID": id = try scanner.nextNonEmpty()
      case "Status": isEnabled = try scanner.nextIsEnabled()
      case "Priority": priority = try scanner.nextInteger()
      case "Filter":
        hasFilter = true
        filter = try RuleFilter(reading: &scanner).orNil
      // The form before filters.
      case "Prefix":
        var own = RuleFilter()
        own.prefix = try scanner.nextNonEmpty()
        filter = filter ?? own.orNil
      case "Destination": try readDestination(&scanner)
      case "DeleteMarkerReplication": statusOfDeleteMarkers = try Self.status(&scanner)
      case "ExistingObjectReplication": replicatesExistingObjects = try Self.status(&scanner)
      default: try scanner.skip()
      }
    }
    // A rule without a filter is of version 1, which replicates the delete markers that users make
    // and cannot say otherwise (User Guide, "Replication configuration file elements", "Backward
    // compatibility considerations").
    replicatesDeleteMarkers = statusOfDeleteMarkers ?? !hasFilter
  }

  private mutating func readDestination(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "Bucket": destination = try scanner.nextNonEmpty()
      case "Account": account = try scanner.nextNonEmpty()
      case "StorageClass": storageClass = try scanner.nextNonEmpty()
      case "EncryptionConfiguration": try readEncryption(&scanner)
      default: try scanner.skip()
      }
    }
  }

  private mutating func readEncryption(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("ReplicaKmsKeyID") {
        kmsKey = try scanner.nextNonEmpty()
      } else {
        try scanner.skip()
      }
    }
  }

  /// Whether the `Status` in the element just started is `Enabled`.
  private static func status(_ scanner: inout XMLScanner) throws(XMLError) -> Bool {
    var isEnabled = false
    while try scanner.nextChild() {
      if scanner.isNamed("Status") {
        isEnabled = try scanner.nextIsEnabled()
      } else {
        try scanner.skip()
      }
    }
    return isEnabled
  }
}

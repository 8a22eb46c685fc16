internal import AWS
import Vocabulary

/// API Reference, "GetPublicAccessBlock": of the bucket; an account has another one of its own.
extension PublicAccessBlock: SettingAnswer {
  static let operation = "GetPublicAccessBlock"
  static let root = "PublicAccessBlockConfiguration"
  static let subresource = "publicAccessBlock"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      switch scanner.name {
      case "BlockPublicAcls": blockPublicAcls = try scanner.nextBool()
      case "IgnorePublicAcls": ignorePublicAcls = try scanner.nextBool()
      case "BlockPublicPolicy": blockPublicPolicy = try scanner.nextBool()
      case "RestrictPublicBuckets": restrictPublicBuckets = try scanner.nextBool()
      default: try scanner.skip()
      }
    }
  }
}

/// API Reference, "GetBucketPolicyStatus".
extension PolicyStatus: SettingAnswer {
  static let operation = "GetBucketPolicyStatus"
  static let root = "PolicyStatus"
  static let subresource = "policyStatus"

  /// An answer that says neither yes nor no is none.
  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    var isKnown = false
    while try scanner.nextChild() {
      if scanner.isNamed("IsPublic") {
        isPublic = try scanner.nextBool()
        isKnown = true
      } else {
        try scanner.skip()
      }
    }
    guard isKnown else { throw XMLError(offset: scanner.offset, expected: "IsPublic") }
  }
}

/// API Reference, "GetBucketAcl".
extension AccessControl: SettingAnswer {
  static let operation = "GetBucketAcl"
  static let root = "AccessControlPolicy"
  static let subresource = "acl"

  /// An answer without a list of grants is none: it would look private.
  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    var hasList = false
    while try scanner.nextChild() {
      switch scanner.name {
      case "Owner": owner = try Self.grantee(&scanner)
      case "AccessControlList":
        hasList = true
        try readGrants(&scanner)
      default: try scanner.skip()
      }
    }
    guard hasList else {
      throw XMLError(offset: scanner.offset, expected: "an AccessControlList")
    }
  }

  private mutating func readGrants(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      guard scanner.isNamed("Grant") else {
        try scanner.skip()
        continue
      }
      var grant = Grant()
      while try scanner.nextChild() {
        switch scanner.name {
        case "Grantee": grant.grantee = try Self.grantee(&scanner) ?? ""
        case "Permission": grant.permission = try scanner.nextWord() ?? ""
        default: try scanner.skip()
        }
      }
      grants.append(grant)
    }
  }

  /// Its kind is in an attribute, and told by which element it has.
  private static func grantee(_ scanner: inout XMLScanner) throws(XMLError) -> String? {
    var found: String?
    while try scanner.nextChild() {
      switch scanner.name {
      case "ID", "URI", "EmailAddress": found = try scanner.nextWord()
      default: try scanner.skip()
      }
    }
    return found
  }
}

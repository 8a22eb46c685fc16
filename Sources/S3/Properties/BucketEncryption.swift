internal import AWS
import Vocabulary

/// API Reference, "GetBucketEncryption".
extension DefaultEncryption: SettingAnswer {
  static let operation = "GetBucketEncryption"
  static let root = "ServerSideEncryptionConfiguration"
  static let subresource = "encryption"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      if scanner.isNamed("Rule") { try readRule(&scanner) } else { try scanner.skip() }
    }
  }

  private mutating func readRule(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "ApplyServerSideEncryptionByDefault": try readDefault(&scanner)
      case "BucketKeyEnabled": hasBucketKey = try scanner.nextBool()
      case "BlockedEncryptionTypes": try readBlocked(&scanner)
      default: try scanner.skip()
      }
    }
  }

  private mutating func readDefault(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "SSEAlgorithm": algorithm = try scanner.nextWord()
      case "KMSMasterKeyID": kmsKey = try scanner.nextWord()
      default: try scanner.skip()
      }
    }
  }

  private mutating func readBlocked(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      guard scanner.isNamed("EncryptionType") else {
        try scanner.skip()
        continue
      }
      let type = try scanner.nextString()
      if type != "NONE" { blocked = (blocked ?? []) + [type] }
    }
  }
}

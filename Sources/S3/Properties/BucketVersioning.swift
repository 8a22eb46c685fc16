internal import AWS
import Vocabulary

/// API Reference, "GetBucketVersioning": an empty answer when versioning was never turned on.
extension Versioning: SettingAnswer {
  static let operation = "GetBucketVersioning"
  static let root = "VersioningConfiguration"
  static let subresource = "versioning"

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      switch scanner.name {
      case "Status": status = try scanner.nextWord()
      // The request to set it spells it "MfaDelete", and so do some servers.
      case "MfaDelete", "MFADelete": mfaDelete = try scanner.nextIsEnabled()
      default: try scanner.skip()
      }
    }
  }
}

internal import AWS
import Vocabulary

/// One answer to ListBucketIntelligentTieringConfigurations (Amazon S3 API Reference).
struct TieringPage: SettingAnswer {
  static let operation = "ListBucketIntelligentTieringConfigurations"
  static let root = "ListBucketIntelligentTieringConfigurationsOutput"
  static let subresource = "intelligent-tiering"

  var configurations: [IntelligentTiering.Configuration] = []
  /// Nil when the server does not say.
  var isTruncated: Bool?
  var nextToken: String?
  /// Whether the page says what comes next by another name.
  var hasOtherNext = false

  /// Whether there is more: a token with configurations says so, whatever else the page says.
  var goesOn: Bool {
    isTruncated ?? false || (nextToken != nil || hasOtherNext) && !configurations.isEmpty
  }

  init(reading scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("IntelligentTieringConfiguration") {
        configurations.append(try IntelligentTiering.Configuration(reading: &scanner))
        continue
      }
      switch scanner.pagingElement {
      case .isTruncated: isTruncated = try scanner.nextTruth()
      case .nextToken: nextToken = try scanner.nextToken()
      case .token, nil: try scanner.skip()
      default: if try scanner.nextSaysAnything() { hasOtherNext = true }
      }
    }
  }
}

extension IntelligentTiering.Configuration {
  fileprivate init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    while try scanner.nextChild() {
      switch scanner.name {
      case "Id", "ID": id = try scanner.nextNonEmpty()
      case "Status": isEnabled = try scanner.nextIsEnabled()
      case "Filter": filter = try RuleFilter(reading: &scanner).orNil
      case "Tiering":
        var tiering = IntelligentTiering.Tiering()
        while try scanner.nextChild() {
          switch scanner.name {
          case "AccessTier": tiering.tier = try scanner.nextString()
          case "Days": tiering.days = try scanner.nextInteger()
          default: try scanner.skip()
          }
        }
        tierings.append(tiering)
      default: try scanner.skip()
      }
    }
  }
}

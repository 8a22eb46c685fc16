/// A lifecycle transition from one storage class to another (S3 User Guide, "Transitioning objects using Amazon S3
/// Lifecycle").
package enum Transition {
  /// Downhill: a class can be moved to those behind it only, with exceptions.
  private static let order = [
    "STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER",
    "DEEP_ARCHIVE",
  ]

  package enum Refusal: Error, Equatable, Sendable {
    /// No such class, or none that lifecycle moves to.
    case unknownTarget(String)
    /// Lifecycle moves this one nowhere, or not to that one.
    case uphill(from: String, to: String)
  }

  /// The classes that objects can be moved between.
  package static let classes = order

  /// Days that an object has to have before lifecycle moves it there.
  package static func ageMin(to target: String) -> Int {
    target == "STANDARD_IA" || target == "ONEZONE_IA" ? 30 : 0
  }

  /// Whether lifecycle moves objects of a class to another one.
  package static func isPossible(from source: String, to target: String) -> Bool {
    guard let end = order.firstIndex(of: target), end > 0 else { return false }
    if source == "REDUCED_REDUNDANCY" { return true }
    guard let start = order.firstIndex(of: source) else { return false }
    // Both are read at once from several or one zone: lifecycle does not lead from one to the other.
    if source == "ONEZONE_IA", target == "GLACIER_IR" { return false }
    return start < end
  }

  /// What each object that is moved costs.
  static func price(to target: String, in region: String) -> PriceKey? {
    let operations: [String: (UsageType, String)] = [
      "STANDARD_IA": (.transitions, "S3-SIATransition"),
      "ONEZONE_IA": (.transitions, "S3-ZIATransition"),
      "INTELLIGENT_TIERING": (.transitions, "S3-INTTransition"),
      "GLACIER_IR": (.transitions, "S3-GIRTransition"),
      "GLACIER": (.glacierTransitions, "S3-GlacierTransition"),
      "DEEP_ARCHIVE": (.glacierTransitions, "S3-GDATransition"),
    ]
    return operations[target].map { PriceKey($0.0, in: region, operation: $0.1) }
  }

  /// What reading a GiB back costs; nil where reading is free of that.
  static func retrievalPrice(from storageClass: String, in region: String) -> PriceKey? {
    switch storageClass {
    case "STANDARD_IA": PriceKey(UsageType(rawValue: "Retrieval-SIA"), in: region)
    case "ONEZONE_IA": PriceKey(UsageType(rawValue: "Retrieval-ZIA"), in: region)
    case "GLACIER_IR": PriceKey(UsageType(rawValue: "Retrieval-GIR"), in: region)
    case "GLACIER", "DEEP_ARCHIVE":
      Retrieval.prices(from: storageClass, by: .standard, in: region)?.bytes
    default: nil
    }
  }

  /// Days for which an object of a class is paid at least.
  package static func durationMin(of storageClass: String) -> Int {
    switch storageClass {
    case "STANDARD_IA", "ONEZONE_IA": 30
    case "GLACIER_IR", "GLACIER": 90
    case "DEEP_ARCHIVE": 180
    default: 0
    }
  }
}

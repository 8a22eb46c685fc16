/// The offer of AWS's price list that a price stands in.
package enum PriceService: String, CaseIterable, Sendable {
  case s3 = "AmazonS3"
  /// The class DEEP_ARCHIVE has an offer of its own.
  case deepArchive = "AmazonS3GlacierDeepArchive"
}

/// What is paid for, and where.
///
/// The usage type is without the prefix of its region: `TimedStorage-ByteHrs`, where the list of Ireland has
/// `EU-TimedStorage-ByteHrs`. Several operations share some usage types (Price List, "operation").
package struct PriceKey: Hashable, Sendable {
  package var service: PriceService
  package var region: String
  package var usage: UsageType
  /// Empty where the list has none.
  package var operation: String

  package init(
    _ usage: UsageType, in region: String, service: PriceService = .s3, operation: String = ""
  ) {
    self.service = service
    self.region = region
    self.usage = usage
    self.operation = operation
  }
}

/// A usage type of the bill, without the prefix of its region (AWS, "Understanding your AWS billing and usage
/// reports for Amazon S3").
package struct UsageType: Hashable, RawRepresentable, Sendable {
  package let rawValue: String

  package init(rawValue: String) {
    self.rawValue = rawValue
  }

  private init(_ rawValue: String) {
    self.rawValue = rawValue
  }

  package static let standard = UsageType("TimedStorage-ByteHrs")
  package static let reducedRedundancy = UsageType("TimedStorage-RRS-ByteHrs")
  package static let standardIA = UsageType("TimedStorage-SIA-ByteHrs")
  package static let oneZoneIA = UsageType("TimedStorage-ZIA-ByteHrs")
  package static let glacierInstant = UsageType("TimedStorage-GIR-ByteHrs")
  package static let glacier = UsageType("TimedStorage-GlacierByteHrs")
  package static let glacierStaging = UsageType("TimedStorage-GlacierStaging")
  package static let deepArchive = UsageType("TimedStorage-GDA-ByteHrs")
  package static let deepArchiveStaging = UsageType("TimedStorage-GDA-Staging")
  package static let express = UsageType("TimedStorage-XZ-ByteHrs")
  package static let frequent = UsageType("TimedStorage-INT-FA-ByteHrs")
  package static let infrequent = UsageType("TimedStorage-INT-IA-ByteHrs")
  package static let archiveInstant = UsageType("TimedStorage-INT-AIA-ByteHrs")
  package static let archiveAccess = UsageType("TimedStorage-INT-AA-ByteHrs")
  package static let deepArchiveAccess = UsageType("TimedStorage-INT-DAA-ByteHrs")
  package static let monitoring = UsageType("Monitoring-Automation-INT")
  /// PUT, COPY, POST and LIST; LIST of every class.
  package static let writingRequests = UsageType("Requests-Tier1")
  /// GET and all others.
  package static let readingRequests = UsageType("Requests-Tier2")
  package static let glacierTransitions = UsageType("Requests-Tier3")
  package static let transitions = UsageType("Requests-Tier4")

  /// How many bytes or pieces are one unit of its price: storage is priced by the GiB (S3 FAQ: 1 GB is 2^30
  /// bytes), requests and objects by the piece.
  package var unit: Int64 {
    rawValue.hasPrefix("Requests-") || self == .monitoring ? 1 : 1 << 30
  }
}

/// What S3 charges for bringing versions back from archives, by region and usage.
///
/// Whoever asks names a usage as the price list does, and gets nil for what is not known here: nothing else
/// stands in for a price, and no unknown price is 0.
///
///     UsagePrice.dollars(.bulkRetrieval, in: "us-east-1")       0, which is what it costs
///     UsagePrice.dollars(.bulkRetrieval, in: "eu-west-1")       nil: it has a price, which is not known
package enum UsagePrice {
  /// A usage type without the prefix of its region, and the operation where that has a price of its own.
  package enum Usage: String, CaseIterable, Sendable {
    /// A GiB kept for a month, up to 50 TB of them, as the copies of archived versions are.
    case standardStorage = "TimedStorage-ByteHrs"

    case bulkRequest = "Requests-Tier5 RestoreObject"
    case standardRequest = "Requests-Tier3 RestoreObject"
    case expeditedRequest = "Requests-Tier6 RestoreObject"
    case deepBulkRequest = "Requests-GDA-Tier5"
    case deepStandardRequest = "Requests-GDA-Tier3"

    /// A GiB brought back.
    case bulkRetrieval = "Bulk-Retrieval-Bytes RestoreObject"
    case standardRetrieval = "Standard-Retrieval-Bytes RestoreObject"
    case expeditedRetrieval = "Expedited-Retrieval-Bytes RestoreObject"
    case deepBulkRetrieval = "Bulk-Retrieval-Bytes DeepArchiveRestoreObject"
    case deepStandardRetrieval = "Standard-Retrieval-Bytes DeepArchiveRestoreObject"
  }

  /// US dollars before tax for one request, GiB or GiB and month; nil where it is not known.
  package static func dollars(_ usage: Usage, in region: String) -> Double? {
    usage == .standardStorage
      ? storage[region] : regionsOfRetrievals.contains(region) ? retrievals[usage] : nil
  }

  /// AmazonS3 price list of 2026-09-18, in which all of these cost the same in both regions.
  private static let regionsOfRetrievals: Set<String> = ["us-east-1", "us-east-2"]

  private static let retrievals: [Usage: Double] = [
    .bulkRequest: 0, .standardRequest: 0.000_05, .expeditedRequest: 0.01,
    .deepBulkRequest: 0.000_025, .deepStandardRequest: 0.000_1,
    .bulkRetrieval: 0, .standardRetrieval: 0.01, .expeditedRetrieval: 0.03,
    .deepBulkRetrieval: 0.002_5, .deepStandardRetrieval: 0.02,
  ]

  /// The first volume tier of `STANDARD`, AWS Price List API of 2026-07-01.
  private static let storage: [String: Double] = [
    "us-east-1": 0.023, "us-east-2": 0.023, "us-west-1": 0.026, "us-west-2": 0.023,
    "ca-central-1": 0.025, "sa-east-1": 0.0405, "eu-west-1": 0.023, "eu-west-2": 0.024,
    "eu-west-3": 0.024, "eu-central-1": 0.0245, "eu-north-1": 0.023, "af-south-1": 0.0274,
    "me-south-1": 0.025, "ap-southeast-1": 0.025, "ap-southeast-2": 0.025, "ap-southeast-3": 0.025,
    "ap-northeast-1": 0.025, "ap-northeast-2": 0.025, "ap-south-1": 0.025,
  ]
}

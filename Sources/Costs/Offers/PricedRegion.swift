/// Where a price counts: by the region's code, else by the name of the place, else by the prefix of the usage
/// type (AWS, "Understanding your AWS billing and usage reports for Amazon S3").
enum PricedRegion {
  /// Nil for a place that is not known.
  static func code(regionCode: String, location: String, prefix: Substring) -> String? {
    if !regionCode.isEmpty { return isCode(regionCode) ? regionCode : nil }
    if !location.isEmpty { return codes[location] }
    return prefix.isEmpty ? nil : prefixes[String(prefix)]
  }

  /// Whether a text may be the code of a region: `eu-west-1`.
  private static func isCode(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
  }

  /// Places as price lists have called them, older names too.
  private static let codes: [String: String] = [
    "US East (N. Virginia)": "us-east-1", "US East (Ohio)": "us-east-2",
    "US West (N. California)": "us-west-1", "US West (Oregon)": "us-west-2",
    "Canada (Central)": "ca-central-1", "Canada West (Calgary)": "ca-west-1",
    "Mexico (Central)": "mx-central-1",
    "South America (Sao Paulo)": "sa-east-1", "EU (Ireland)": "eu-west-1",
    "EU (London)": "eu-west-2", "EU (Paris)": "eu-west-3", "EU (Frankfurt)": "eu-central-1",
    "EU (Stockholm)": "eu-north-1", "EU (Milan)": "eu-south-1", "Europe (Ireland)": "eu-west-1",
    "Europe (London)": "eu-west-2", "Europe (Paris)": "eu-west-3",
    "Europe (Frankfurt)": "eu-central-1", "Europe (Stockholm)": "eu-north-1",
    "Europe (Milan)": "eu-south-1", "Europe (Spain)": "eu-south-2",
    "Europe (Zurich)": "eu-central-2", "Asia Pacific (Mumbai)": "ap-south-1",
    "Asia Pacific (Hyderabad)": "ap-south-2", "Asia Pacific (Singapore)": "ap-southeast-1",
    "Asia Pacific (Sydney)": "ap-southeast-2", "Asia Pacific (Jakarta)": "ap-southeast-3",
    "Asia Pacific (Melbourne)": "ap-southeast-4", "Asia Pacific (Malaysia)": "ap-southeast-5",
    "Asia Pacific (New Zealand)": "ap-southeast-6", "Asia Pacific (Thailand)": "ap-southeast-7",
    "Asia Pacific (Tokyo)": "ap-northeast-1", "Asia Pacific (Seoul)": "ap-northeast-2",
    "Asia Pacific (Osaka)": "ap-northeast-3", "Asia Pacific (Osaka-Local)": "ap-northeast-3",
    "Asia Pacific (Hong Kong)": "ap-east-1", "Asia Pacific (Taipei)": "ap-east-2",
    "Middle East (Bahrain)": "me-south-1", "Middle East (UAE)": "me-central-1",
    "Israel (Tel Aviv)": "il-central-1", "Africa (Cape Town)": "af-south-1",
    "AWS GovCloud (US)": "us-gov-west-1", "AWS GovCloud (US-West)": "us-gov-west-1",
    "AWS GovCloud (US-East)": "us-gov-east-1",
  ]

  private static let prefixes: [String: String] = [
    "USE1": "us-east-1", "USE2": "us-east-2", "USW1": "us-west-1", "USW2": "us-west-2",
    "CAN1": "ca-central-1", "EU": "eu-west-1", "EUW1": "eu-west-1", "EUW2": "eu-west-2",
    "EUW3": "eu-west-3", "EUC1": "eu-central-1", "EUC2": "eu-central-2", "EUN1": "eu-north-1",
    "EUS1": "eu-south-1", "EUS2": "eu-south-2", "APS3": "ap-south-1", "APS5": "ap-south-2",
    "APS1": "ap-southeast-1", "APS2": "ap-southeast-2", "APS4": "ap-southeast-3",
    "APS6": "ap-southeast-4", "APN1": "ap-northeast-1", "APN2": "ap-northeast-2",
    "APN3": "ap-northeast-3", "APE1": "ap-east-1", "SAE1": "sa-east-1", "MES1": "me-south-1",
    "MEC1": "me-central-1", "AFS1": "af-south-1", "CPT": "af-south-1", "ILC1": "il-central-1",
    "UGW1": "us-gov-west-1", "UGE1": "us-gov-east-1", "CNN1": "cn-north-1",
    "CNW1": "cn-northwest-1",
  ]
}

extension UsageType {
  /// A usage type as lists write it, and the prefix of its region; nil for one that is of no use here.
  ///
  /// ```
  /// EU-TimedStorage-ByteHrs            TimedStorage-ByteHrs, EU
  /// TimedStorage-ByteHrs               TimedStorage-ByteHrs, no prefix: us-east-1
  /// USE1-Files-TimedStorage-ByteHrs    nil: another product
  /// ```
  static func read(_ text: String) -> (usage: UsageType, prefix: Substring)? {
    if known.contains(text) { return (UsageType(rawValue: text), "") }
    guard let dash = text.firstIndex(of: "-") else { return nil }
    let prefix = text[..<dash]
    let rest = String(text[text.index(after: dash)...])
    let isPrefix = prefix.utf8.allSatisfy { byte in
      (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
    }
    return isPrefix && known.contains(rest) ? (UsageType(rawValue: rest), prefix) : nil
  }

  /// All that the program can do something with: those that are recorded, and those that are not yet.
  private static let known: Set<String> = Set(RecordedPrices.rows.map(\.key.usage.rawValue))
    .union([
      UsageType.glacierStaging.rawValue, "TimedStorage-ZIA-SmObjects",
      "TimedStorage-GIR-SmObjects", "TimedStorage-RRS-ByteHrs", "TimedStorage-XZ-ByteHrs",
    ])
}

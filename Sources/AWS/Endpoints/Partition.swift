import Vocabulary

/// A group of regions with accounts and domains of its own, such as China's.
///
/// From botocore's `partitions.json`; `EndpointRuleVectorTests` compares.
package struct Partition: Hashable, Sendable {
  /// As in ARNs, such as `aws-us-gov`.
  package let id: String
  package let dnsSuffix: String
  /// The domain of hosts that have addresses of both kinds, IPv4 and IPv6.
  package let dualStackDNSSuffix: String
  /// Where the services live that have one endpoint for the whole partition.
  package let implicitGlobalRegion: String
  package var supportsFIPS: Bool { true }
  package var supportsDualStack: Bool { true }
  /// Regions are called `<prefix>-<word>-<number>`.
  private let regionPrefixes: [String]

  /// The partition of a region; `aws` for names that follow no partition's rule.
  package init(of region: Region) {
    self.init(ofRegionNamed: region.name)
  }

  /// The partition of a region by its name, which may be anything, as in the endpoint rules.
  package init(ofRegionNamed name: String) {
    self = Self.all.first { $0.contains(regionNamed: name) } ?? .aws
  }

  /// Every partition; only the first has regions of several prefixes.
  package static let all = [
    aws,
    Partition(
      "aws-cn", "amazonaws.com.cn", dualStack: "api.amazonwebservices.com.cn",
      global: "cn-northwest-1", regions: ["cn"]),
    Partition(
      "aws-eusc", "amazonaws.eu", dualStack: "api.amazonwebservices.eu",
      global: "eusc-de-east-1", regions: ["eusc-de"]),
    Partition(
      "aws-iso", "c2s.ic.gov", dualStack: "api.aws.ic.gov", global: "us-iso-east-1",
      regions: ["us-iso"]),
    Partition(
      "aws-iso-b", "sc2s.sgov.gov", dualStack: "api.aws.scloud", global: "us-isob-east-1",
      regions: ["us-isob"]),
    Partition(
      "aws-iso-e", "cloud.adc-e.uk", dualStack: "api.cloud-aws.adc-e.uk",
      global: "eu-isoe-west-1", regions: ["eu-isoe"]),
    Partition(
      "aws-iso-f", "csp.hci.ic.gov", dualStack: "api.aws.hci.ic.gov", global: "us-isof-south-1",
      regions: ["us-isof"]),
    Partition(
      "aws-us-gov", "amazonaws.com", dualStack: "api.aws", global: "us-gov-west-1",
      regions: ["us-gov"]),
  ]

  private static let aws = Partition(
    "aws", "amazonaws.com", dualStack: "api.aws", global: "us-east-1",
    regions: ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"])

  private init(
    _ id: String, _ dnsSuffix: String, dualStack: String, global: String, regions: [String]
  ) {
    self.id = id
    self.dnsSuffix = dnsSuffix
    dualStackDNSSuffix = dualStack
    implicitGlobalRegion = global
    regionPrefixes = regions
  }

  /// `aws-cn-global` stands for services of the whole partition.
  private func contains(regionNamed name: String) -> Bool {
    if name == "\(id)-global" { return true }
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, let number = parts.last, let word = parts.dropLast().last else {
      return false
    }
    return regionPrefixes.contains(parts.dropLast(2).joined(separator: "-"))
      && !number.isEmpty && number.utf8.allSatisfy(\.isASCIIDigit)
      && !word.isEmpty && word.utf8.allSatisfy(isWordByte)
  }
}

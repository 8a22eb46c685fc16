/// The rules of services that have an endpoint in every region, and at most one of their own.
///
/// After the rule sets of botocore (`endpoint-rule-set-1.json` of each service).
package enum RegionalEndpointRules {
  /// The endpoint of a service, for every service but S3.
  package static func resolve(
    _ service: ServiceName, _ parameters: EndpointParameters
  ) throws(EndpointRuleError) -> ResolvedEndpoint {
    if let endpoint = parameters.endpoint {
      if parameters.useFIPS {
        throw EndpointRuleError(
          "Invalid Configuration: FIPS and custom endpoint are not supported")
      }
      if parameters.useDualStack {
        throw EndpointRuleError(
          "Invalid Configuration: Dualstack and custom endpoint are not supported")
      }
      return ResolvedEndpoint(endpoint)
    }
    guard let region = parameters.region else {
      throw EndpointRuleError("Invalid Configuration: Missing Region")
    }
    let place = Place(
      region: region, partition: Partition(ofRegionNamed: region),
      useFIPS: parameters.useFIPS, useDualStack: parameters.useDualStack)
    let special: ResolvedEndpoint? =
      switch service {
      case .sts: globalSTS(place, useGlobalEndpoint: parameters.useGlobalEndpoint)
      case .signin: signin(place)
      case .s3, .cloudwatch, .sso, .ssoOIDC, .pricing, .costExplorer: nil
      }
    if let special { return special }
    try place.checkSupport()
    let fips = place.useFIPS && !isAlwaysFIPS(service, place) ? "-fips" : ""
    return ResolvedEndpoint(
      "https://\(hostPrefix(of: service))\(fips).\(region).\(place.domain)")
  }

  private struct Place {
    var region: String
    var partition: Partition
    var useFIPS: Bool
    var useDualStack: Bool

    var isPlain: Bool { !useFIPS && !useDualStack }

    var domain: String {
      useDualStack ? partition.dualStackDNSSuffix : partition.dnsSuffix
    }

    func checkSupport() throws(EndpointRuleError) {
      let lacksFIPS = useFIPS && !partition.supportsFIPS
      let lacksDualStack = useDualStack && !partition.supportsDualStack
      guard lacksFIPS || lacksDualStack else { return }
      if useFIPS && useDualStack {
        throw EndpointRuleError(
          "FIPS and DualStack are enabled, but this partition does not support one or both")
      }
      throw EndpointRuleError(
        useFIPS
          ? "FIPS is enabled but this partition does not support FIPS"
          : "DualStack is enabled but this partition does not support DualStack")
    }
  }

  private static func hostPrefix(of service: ServiceName) -> String {
    switch service {
    case .s3: "s3"
    case .sts: "sts"
    case .cloudwatch: "monitoring"
    case .sso: "portal.sso"
    case .ssoOIDC: "oidc"
    case .signin: "signin"
    case .pricing: "api.pricing"
    case .costExplorer: "ce"
    }
  }

  /// In GovCloud the plain hosts of some services are FIPS endpoints already.
  private static func isAlwaysFIPS(_ service: ServiceName, _ place: Place) -> Bool {
    guard place.partition.id == "aws-us-gov" else { return false }
    return switch service {
    case .cloudwatch: true
    case .sts, .sso, .ssoOIDC: !place.useDualStack
    case .s3, .signin, .pricing, .costExplorer: false
    }
  }

  // MARK: - STS

  private static func globalSTS(_ place: Place, useGlobalEndpoint: Bool) -> ResolvedEndpoint? {
    guard place.isPlain else { return nil }
    let isGlobal =
      place.region == "aws-global"
      || (useGlobalEndpoint && stsRegionsOfOld.contains(place.region))
    guard isGlobal || useGlobalEndpoint else { return nil }
    let host = isGlobal ? "sts.amazonaws.com" : "sts.\(place.region).\(place.domain)"
    return ResolvedEndpoint(
      "https://\(host)",
      [
        AuthScheme(
          name: .sigV4, signingName: "sts",
          signingRegions: [isGlobal ? "us-east-1" : place.region], disablesDoubleEncoding: false)
      ])
  }

  /// The regions that had no endpoint of their own when there was but the global one.
  private static let stsRegionsOfOld: Set = [
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2",
  ]

  // MARK: - Sign-in

  private static func signin(_ place: Place) -> ResolvedEndpoint? {
    guard !place.useDualStack else { return nil }
    if place.useFIPS {
      guard place.partition.id == "aws-us-gov" else { return nil }
      let region = place.region == "us-gov-west-1" ? "" : "\(place.region)."
      return ResolvedEndpoint("https://\(region)signin-fips.amazonaws-us-gov.com")
    }
    let domain = signinDomains[place.partition.id] ?? place.partition.dnsSuffix
    return ResolvedEndpoint("https://\(place.region).signin.\(domain)")
  }

  private static let signinDomains = [
    "aws": "aws.amazon.com", "aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com",
    "aws-iso": "c2shome.ic.gov", "aws-iso-b": "sc2shome.sgov.gov",
    "aws-iso-e": "csphome.adc-e.uk", "aws-iso-f": "csphome.hci.ic.gov",
    "aws-eusc": "amazonaws-eusc.eu",
  ]
}

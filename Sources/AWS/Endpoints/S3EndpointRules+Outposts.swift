/// The alias of an access point of S3 on Outposts, which names the hardware at fixed places from
/// its end.
struct OutpostsBucketAlias {
  let name: String
  /// `e` for EC2 in an outpost, `o` for the outpost's own S3.
  let hardwareType: String
  let outpostID: String
  let isBeta: Bool

  /// Nil for any other name.
  init?(_ name: String) {
    guard isASCII(name), name.utf8.count >= 50, name.hasSuffix("--op-s3") else { return nil }
    self.name = name
    let reversed = Array(name.utf8.reversed())
    func part(_ range: Range<Int>) -> String {
      String(decoding: reversed[range].reversed(), as: UTF8.self)
    }
    hardwareType = part(49..<50)
    outpostID = part(32..<49)
    isBeta = part(8..<12) == "beta"
  }
}

extension S3EndpointRules {
  func endpoint(of alias: OutpostsBucketAlias) throws(EndpointRuleError) -> ResolvedEndpoint {
    guard isHostLabel(alias.outpostID, allowsDots: false) else {
      throw EndpointRuleError(
        "Invalid ARN: The outpost Id must only contain a-z, A-Z, 0-9 and `-`.")
    }
    guard isVirtualHostable(alias.name, allowsDots: false) else {
      throw EndpointRuleError("Invalid Outposts Bucket alias - it must be a valid bucket name.")
    }
    let hardware: String
    switch alias.hardwareType {
    case "e": hardware = "ec2"
    case "o": hardware = "op-\(alias.outpostID)"
    default:
      throw EndpointRuleError(
        "Unrecognized hardware type: \"Expected hardware type o or e but got "
          + "\(alias.hardwareType)\"")
    }
    if alias.isBeta && parameters.endpoint == nil {
      throw EndpointRuleError("Expected a endpoint to be specified but no endpoint was found")
    }
    let host =
      if alias.isBeta, let url { url.authority } else {
        "s3-outposts.\(region).\(partition.dnsSuffix)"
      }
    return outposts("https://\(alias.name).\(hardware).\(host)", in: region)
  }

  /// `arn:aws:s3-outposts:region:account:outpost/id/accesspoint/name`.
  func outpostsEndpoint(of arn: ARN, _ bucket: String) throws(EndpointRuleError) -> ResolvedEndpoint
  {
    if parameters.useDualStack {
      throw EndpointRuleError("S3 Outposts does not support Dual-stack")
    }
    if parameters.useFIPS { throw EndpointRuleError("S3 Outposts does not support FIPS") }
    if parameters.accelerate {
      throw EndpointRuleError("S3 Outposts does not support S3 Accelerate")
    }
    if arn.resource.count > 4 {
      throw EndpointRuleError("Invalid Arn: Outpost Access Point ARN contains sub resources")
    }
    guard arn.resource.count > 1 else {
      throw EndpointRuleError("Invalid ARN: The Outpost Id was not set")
    }
    let outpostID = arn.resource[1]
    guard isHostLabel(outpostID, allowsDots: false) else {
      throw EndpointRuleError(
        "Invalid ARN: The outpost Id may only contain a-z, A-Z, 0-9 and `-`. "
          + "Found: `\(outpostID)`")
    }
    let arnPartition = try checkRegion(of: arn, bucket)
    try checkAccount(of: arn)
    guard arn.resource.count > 2 else {
      throw EndpointRuleError("Invalid ARN: Expected a 4-component resource")
    }
    guard arn.resource.count > 3 else {
      throw EndpointRuleError("Invalid ARN: expected an access point name")
    }
    guard arn.resource[2] == "accesspoint" else {
      throw EndpointRuleError(
        "Expected an outpost type `accesspoint`, found \(arn.resource[2])")
    }
    let name = arn.resource[3]
    try checkAccessPoint(name)
    let host = url?.authority ?? "s3-outposts.\(arn.region).\(arnPartition.dnsSuffix)"
    return outposts("https://\(name)-\(arn.accountID).\(outpostID).\(host)", in: arn.region)
  }

  private func outposts(_ url: String, in region: String) -> ResolvedEndpoint {
    ResolvedEndpoint(
      url, [AuthScheme(.sigV4a, "s3-outposts", "*"), AuthScheme(.sigV4, "s3-outposts", region)])
  }
}

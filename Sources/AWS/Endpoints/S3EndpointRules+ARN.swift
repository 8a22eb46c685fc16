/// The name of a resource of AWS: `arn:partition:service:region:account:resource`.
struct ARN: Hashable {
  let partition: String
  let service: String
  /// Empty for resources of no one region.
  let region: String
  let accountID: String
  /// The parts between slashes or colons; never empty.
  let resource: [String]

  /// Nil without all six parts, of which region and account may be empty.
  init?(_ text: String) {
    // Bytes, because a colon and a mark on it are one character.
    let parts = text.utf8.split(
      separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false
    ).map { String(Substring($0)) }
    guard parts.count == 6, parts[0] == "arn",
      ![parts[1], parts[2], parts[5]].contains("")
    else { return nil }
    partition = parts[1]
    service = parts[2]
    region = parts[3]
    accountID = parts[4]
    resource = parts[5].utf8.split(omittingEmptySubsequences: false) { byte in
      byte == UInt8(ascii: ":") || byte == UInt8(ascii: "/")
    }.map { String(Substring($0)) }
  }
}

extension S3EndpointRules {
  /// The endpoint for an ARN in a bucket's place.
  func endpoint(of arn: ARN, _ bucket: String) throws(EndpointRuleError) -> ResolvedEndpoint {
    let type = arn.resource[0]
    if type.isEmpty { throw EndpointRuleError("Invalid ARN: No ARN type specified") }
    if arn.service == "s3-object-lambda" { return try objectLambda(arn, bucket) }
    if type == "accesspoint" { return try accessPoint(arn, bucket) }
    if arn.service == "s3-outposts" { return try outpostsEndpoint(of: arn, bucket) }
    throw EndpointRuleError("Invalid ARN: Unrecognized format: \(bucket) (type: \(type))")
  }

  // MARK: - Access points

  private func objectLambda(
    _ arn: ARN, _ bucket: String
  ) throws(EndpointRuleError) -> ResolvedEndpoint {
    guard arn.resource[0] == "accesspoint" else {
      throw EndpointRuleError(
        "Invalid ARN: Object Lambda ARNs only support `accesspoint` arn types, but found: "
          + "`\(arn.resource[0])`")
    }
    let name = try accessPointName(of: arn)
    try refuseForObjectLambda()
    if arn.region.isEmpty {
      throw EndpointRuleError("Invalid ARN: bucket ARN is missing a region")
    }
    try checkSingleAccessPoint(arn)
    let arnPartition = try checkRegion(of: arn, bucket)
    if arn.accountID.isEmpty { throw EndpointRuleError("Invalid ARN: Missing account id") }
    try checkAccount(of: arn)
    try checkAccessPoint(name)
    let label = "\(name)-\(arn.accountID)"
    let fips = parameters.useFIPS ? "-fips" : ""
    let host = "s3-object-lambda\(fips).\(arn.region).\(arnPartition.dnsSuffix)"
    return ResolvedEndpoint(
      url?.with(label) ?? "https://\(label).\(host)",
      [AuthScheme(.sigV4, "s3-object-lambda", arn.region)])
  }

  private func accessPoint(
    _ arn: ARN, _ bucket: String
  ) throws(EndpointRuleError) -> ResolvedEndpoint {
    let name = try accessPointName(of: arn)
    if arn.region.isEmpty { return try multiRegionAccessPoint(name, arn) }
    try checkSingleAccessPoint(arn)
    let arnPartition = try checkRegion(of: arn, bucket)
    guard arn.service == "s3" else {
      throw EndpointRuleError(
        "Invalid ARN: The ARN was not for the S3 service, found: \(arn.service)")
    }
    try checkAccount(of: arn)
    try checkAccessPoint(name)
    if parameters.accelerate {
      throw EndpointRuleError("Access Points do not support S3 Accelerate")
    }
    let label = "\(name)-\(arn.accountID)"
    let host = host("s3-accesspoint", in: arn.region, arnPartition)
    return ResolvedEndpoint(
      url?.with(label) ?? "https://\(label).\(host)", [AuthScheme(.sigV4, "s3", arn.region)])
  }

  private func multiRegionAccessPoint(
    _ name: String, _ arn: ARN
  ) throws(EndpointRuleError) -> ResolvedEndpoint {
    guard isHostLabel(name, allowsDots: true) else {
      throw EndpointRuleError("Invalid Access Point Name")
    }
    if parameters.useDualStack { throw EndpointRuleError("S3 MRAP does not support dual-stack") }
    if parameters.useFIPS { throw EndpointRuleError("S3 MRAP does not support FIPS") }
    if parameters.accelerate {
      throw EndpointRuleError("S3 MRAP does not support S3 Accelerate")
    }
    if parameters.disableMultiRegionAccessPoints {
      throw EndpointRuleError(
        "Invalid configuration: Multi-Region Access Point ARNs are disabled.")
    }
    guard partition.id == arn.partition else {
      throw EndpointRuleError(
        "Client was configured for partition `\(partition.id)` but bucket referred to partition "
          + "`\(arn.partition)`")
    }
    return ResolvedEndpoint(
      "https://\(name).accesspoint.s3-global.\(partition.dnsSuffix)",
      [AuthScheme(.sigV4a, "s3", "*")])
  }

  // MARK: - Checks

  private func accessPointName(of arn: ARN) throws(EndpointRuleError) -> String {
    guard arn.resource.count > 1, !arn.resource[1].isEmpty else {
      throw EndpointRuleError(
        "Invalid ARN: Expected a resource of the format `accesspoint:<accesspoint name>` but no "
          + "name was provided")
    }
    return arn.resource[1]
  }

  private func checkSingleAccessPoint(_ arn: ARN) throws(EndpointRuleError) {
    if parameters.disableAccessPoints {
      throw EndpointRuleError("Access points are not supported for this operation")
    }
    guard arn.resource.count == 2 else {
      throw EndpointRuleError(
        "Invalid ARN: The ARN may only contain a single resource component after `accesspoint`.")
    }
  }

  /// The partition of the ARN's region, if the client may go there.
  func checkRegion(of arn: ARN, _ bucket: String) throws(EndpointRuleError) -> Partition {
    if parameters.useARNRegion == false && arn.region != region {
      throw EndpointRuleError(
        "Invalid configuration: region from ARN `\(arn.region)` does not match client region "
          + "`\(region)` and UseArnRegion is `false`", accessPointRegion: arn.region)
    }
    let arnPartition = Partition(ofRegionNamed: arn.region)
    guard arnPartition == partition else {
      throw EndpointRuleError(
        "Client was configured for partition `\(partition.id)` but ARN (`\(bucket)`) has "
          + "`\(arnPartition.id)`", accessPointRegion: arn.region)
    }
    guard isHostLabel(arn.region, allowsDots: true) else {
      throw EndpointRuleError("Invalid region in ARN: `\(arn.region)` (invalid DNS name)")
    }
    return arnPartition
  }

  func checkAccount(of arn: ARN) throws(EndpointRuleError) {
    guard isHostLabel(arn.accountID, allowsDots: false) else {
      throw EndpointRuleError(
        "Invalid ARN: The account id may only contain a-z, A-Z, 0-9 and `-`. "
          + "Found: `\(arn.accountID)`")
    }
  }

  func checkAccessPoint(_ name: String) throws(EndpointRuleError) {
    guard isHostLabel(name, allowsDots: false) else {
      throw EndpointRuleError(
        "Invalid ARN: The access point name may only contain a-z, A-Z, 0-9 and `-`. "
          + "Found: `\(name)`")
    }
  }
}

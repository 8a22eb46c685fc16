import Signing

/// The rules of S3's endpoints.
///
/// After the rule set of botocore (`s3/2006-03-01/endpoint-rule-set-1.json`), rule by rule and with
/// its words for what is wrong, also where a rule is odd: what AWS's own tools do is what counts.
package struct S3EndpointRules {
  let parameters: EndpointParameters
  let region: String
  let partition: Partition
  /// The custom endpoint, if it is a URL.
  let url: RuleURL?

  /// The endpoint for a bucket, or for S3 itself.
  package static func resolve(
    _ parameters: EndpointParameters
  ) throws(EndpointRuleError) -> ResolvedEndpoint {
    guard let region = parameters.region else {
      throw EndpointRuleError("A region must be set when sending requests to S3.")
    }
    return try S3EndpointRules(
      parameters: parameters, region: region, partition: Partition(ofRegionNamed: region),
      url: parameters.endpoint.flatMap { RuleURL($0) }
    ).resolve()
  }

  private func resolve() throws(EndpointRuleError) -> ResolvedEndpoint {
    try refuseContradictions()
    guard let bucket = parameters.bucket else { return try service() }
    if let directory = S3DirectoryBucket(bucket) { return try endpoint(of: directory) }
    if let alias = OutpostsBucketAlias(bucket) { return try endpoint(of: alias) }
    return try endpoint(ofBucket: bucket)
  }

  private func refuseContradictions() throws(EndpointRuleError) {
    let isCustom = parameters.endpoint != nil
    if parameters.accelerate && parameters.useFIPS {
      throw EndpointRuleError("Accelerate cannot be used with FIPS")
    }
    if parameters.useDualStack && isCustom {
      throw EndpointRuleError("Cannot set dual-stack in combination with a custom endpoint.")
    }
    if isCustom && parameters.useFIPS {
      throw EndpointRuleError("A custom endpoint cannot be combined with FIPS")
    }
    if isCustom && parameters.accelerate {
      throw EndpointRuleError("A custom endpoint cannot be combined with S3 Accelerate")
    }
    if parameters.useFIPS && partition.id == "aws-cn" {
      throw EndpointRuleError("Partition does not support FIPS")
    }
  }

  // MARK: - Without a bucket

  private func service() throws(EndpointRuleError) -> ResolvedEndpoint {
    if parameters.useS3ExpressControlEndpoint { return expressControl() }
    guard isHostLabel(region, allowsDots: true) else { throw Self.invalidRegion }
    if parameters.useObjectLambdaEndpoint { return try objectLambda() }
    if parameters.endpoint != nil {
      // The rules have no words of their own for what is no URL here.
      guard let url else { throw Self.invalidRegion }
      return sigV4("\(url.origin)\(url.path)")
    }
    return sigV4("https://\(s3Host)")
  }

  private func objectLambda() throws(EndpointRuleError) -> ResolvedEndpoint {
    try refuseForObjectLambda()
    let scheme = AuthScheme(.sigV4, "s3-object-lambda", region)
    if let url { return ResolvedEndpoint("\(url.origin)\(url.path)", [scheme]) }
    let fips = parameters.useFIPS ? "-fips" : ""
    return ResolvedEndpoint(
      "https://s3-object-lambda\(fips).\(region).\(partition.dnsSuffix)", [scheme])
  }

  func refuseForObjectLambda() throws(EndpointRuleError) {
    if parameters.useDualStack {
      throw EndpointRuleError("S3 Object Lambda does not support Dual-stack")
    }
    if parameters.accelerate {
      throw EndpointRuleError("S3 Object Lambda does not support S3 Accelerate")
    }
  }

  // MARK: - Buckets

  private func endpoint(ofBucket bucket: String) throws(EndpointRuleError) -> ResolvedEndpoint {
    if let endpoint = parameters.endpoint, url == nil {
      throw EndpointRuleError("Custom endpoint `\(endpoint)` was not a valid URI")
    }
    if !parameters.forcePathStyle {
      if isVirtualHostable(bucket, allowsDots: false) { return try virtualHost(bucket) }
      if let url, url.scheme == "http", isVirtualHostable(bucket, allowsDots: true) {
        guard isHostLabel(region, allowsDots: false) else { throw Self.invalidRegion }
        return ResolvedEndpoint(url.with(bucket), [AuthScheme(.sigV4, "s3", region)])
      }
      if let arn = ARN(bucket) { return try endpoint(of: arn, bucket) }
    }
    if bucket.hasPrefix("arn:") && isASCII(bucket) {
      throw EndpointRuleError(
        ARN(bucket) == nil
          ? "Invalid ARN: `\(bucket)` was not a valid ARN"
          : "Path-style addressing cannot be used with ARN buckets")
    }
    if parameters.accelerate {
      throw EndpointRuleError("Path-style addressing cannot be used with S3 Accelerate")
    }
    let encoded = URIEncoding.encode(bucket)
    if let url { return sigV4("\(url.origin)\(url.normalizedPath)\(encoded)") }
    return sigV4("https://\(s3Host)/\(encoded)")
  }

  private func virtualHost(_ bucket: String) throws(EndpointRuleError) -> ResolvedEndpoint {
    guard isHostLabel(region, allowsDots: false) else { throw Self.invalidRegion }
    if parameters.accelerate {
      if partition.id == "aws-cn" {
        throw EndpointRuleError("S3 Accelerate cannot be used in this region")
      }
      let dualStack = parameters.useDualStack ? ".dualstack" : ""
      // There is no such host, but the rules say so.
      let place = parameters.useDualStack && isGlobal ? ".us-east-1" : ""
      return sigV4("https://\(bucket).s3-accelerate\(dualStack)\(place).\(partition.dnsSuffix)")
    }
    guard let url else { return sigV4("https://\(bucket).\(s3Host)") }
    return sigV4(
      url.isIP ? "\(url.origin)\(url.normalizedPath)\(bucket)" : url.with(bucket))
  }

  // MARK: - Hosts and signatures

  var isGlobal: Bool { region == "aws-global" }

  /// The host of a region, or of the whole partition for who still asks for that.
  private var s3Host: String {
    let isPlain = !parameters.useFIPS && !parameters.useDualStack
    if isPlain && (isGlobal || (parameters.useGlobalEndpoint && region == "us-east-1")) {
      return "s3.\(partition.dnsSuffix)"
    }
    return host("s3", in: isGlobal ? "us-east-1" : region, partition)
  }

  /// The host of a service that has FIPS and dual-stack variants.
  func host(_ service: String, in region: String, _ partition: Partition) -> String {
    let fips = parameters.useFIPS ? "-fips" : ""
    let dualStack = parameters.useDualStack ? "dualstack." : ""
    return "\(service)\(fips).\(dualStack)\(region).\(partition.dnsSuffix)"
  }

  private func sigV4(_ url: String) -> ResolvedEndpoint {
    ResolvedEndpoint(url, [AuthScheme(.sigV4, "s3", isGlobal ? "us-east-1" : region)])
  }

  private static let invalidRegion = EndpointRuleError(
    "Invalid region: region was not a valid DNS name.")
}

extension AuthScheme {
  /// A scheme of S3, which signs paths as they are sent.
  init(_ name: Name, _ signingName: String, _ region: String) {
    self.init(
      name: name, signingName: signingName, signingRegions: [region],
      disablesDoubleEncoding: true)
  }
}

extension RuleURL {
  /// Scheme and authority.
  var origin: String { "\(scheme)://\(authority)" }

  /// The URL with a name in front of its host.
  func with(_ name: String) -> String { "\(scheme)://\(name).\(authority)\(path)" }
}

// MARK: - Words of the rules

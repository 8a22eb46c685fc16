/// How a bucket is named in a URL.
package enum AddressingStyle: String, Hashable, Sendable, CaseIterable {
  /// `https://host/bucket/key`.
  case path
  /// `https://bucket.host/key`, wherever the bucket's name allows it.
  case virtual
  /// Virtual on AWS's hosts, path on any other: most servers that speak S3 know no other style.
  case auto
}

/// Where S3 is reached: AWS's hosts for a region, or one endpoint that the user gave.
///
/// AWS's rules decide (``S3EndpointRules``). The region, custom endpoint and bucket that they are
/// given can change the host in no other way than the rules mean.
package struct S3Endpoint: Hashable, Sendable {
  package var region: Region
  /// Nil for AWS.
  package var custom: Endpoint?
  package var settings: S3Settings

  package init(region: Region, custom: Endpoint? = nil, settings: S3Settings) {
    self.region = region
    self.custom = custom
    self.settings = settings
  }

  package init(region: Region, custom: Endpoint? = nil, addressingStyle: AddressingStyle = .auto) {
    self.init(
      region: region, custom: custom, settings: S3Settings(addressingStyle: addressingStyle))
  }

  /// The address of requests that name no bucket, such as ListBuckets.
  ///
  /// Throws `Kind.endpoint` when the settings contradict each other.
  package var service: ServiceAddress {
    get throws(ConfigurationError) { try address(parameters, of: "S3") }
  }

  /// The address of requests to `bucket`, which becomes part of the host or of the base path.
  ///
  /// `bucket` is a name, the alias of an access point or an access point's ARN. `isControl` is for
  /// operations on a directory bucket itself, such as GetBucketPolicy; for other buckets it makes
  /// no difference. Throws `Kind.bucketName` for what no bucket can be called, and `Kind.endpoint`
  /// where the settings allow no address or requests could not be signed.
  package func address(
    bucket: String, isControl: Bool = false
  ) throws(ConfigurationError) -> ServiceAddress {
    try Self.validate(bucket)
    var parameters = parameters
    parameters.bucket = bucket
    parameters.forcePathStyle = usesPathStyle(bucket)
    parameters.useS3ExpressControlEndpoint = isControl
    return try address(parameters, of: "s3://\(bucket)")
  }

  /// Whether an answer may send requests for `bucket` to another region.
  ///
  /// An ARN says its region itself, and directory buckets are known in theirs alone.
  package func followsRedirects(bucket: String) -> Bool {
    !bucket.hasPrefix("arn:") && S3DirectoryBucket(bucket) == nil
  }

  private var parameters: EndpointParameters {
    var parameters = EndpointParameters(region: region.name)
    parameters.endpoint = custom.map { "\($0.scheme.rawValue)://\($0.authority)" }
    // An endpoint of the user's says all by itself, as for the CLI (botocore `args.py`).
    parameters.useFIPS = settings.usesFIPS && custom == nil
    parameters.useDualStack = settings.usesDualStack && custom == nil
    parameters.accelerate = settings.usesAccelerate
    parameters.useARNRegion = settings.usesARNRegion
    parameters.useGlobalEndpoint = settings.usesGlobalUSEast1
    parameters.disableMultiRegionAccessPoints = settings.disablesMultiRegionAccessPoints
    parameters.disableS3ExpressSessionAuth = settings.disablesExpressSessions
    return parameters
  }

  private func address(
    _ parameters: EndpointParameters, of resource: String
  ) throws(ConfigurationError) -> ServiceAddress {
    let resolved: ResolvedEndpoint
    do {
      resolved = try S3EndpointRules.resolve(parameters)
    } catch {
      throw ConfigurationError(error, of: resource, parameters)
    }
    var address = try ServiceAddress(
      resolved, of: resource, region: region, signingName: ServiceName.s3.signingName)
    // The rules would escape what is escaped already, and put the path of some endpoints behind the
    // bucket. A proxy's path stays as it was given, before all else.
    if let custom, !custom.basePath.isEmpty {
      let endpoint = address.endpoint
      address.endpoint = Endpoint(
        scheme: endpoint.scheme, host: endpoint.host, port: endpoint.port,
        basePath: custom.basePath + endpoint.basePath)
    }
    return address
  }

  /// As botocore sets `ForcePathStyle` (`args.py`, `handlers.py`).
  private func usesPathStyle(_ bucket: String) -> Bool {
    if bucket.hasPrefix("arn:") { return false }
    // An address takes no name in front, also where the rules forget that.
    if let custom, custom.isAddress { return true }
    if settings.usesAccelerate { return false }
    switch settings.addressingStyle {
    case .path: return true
    case .virtual: return false
    case .auto: return custom.map { !$0.isAccelerate } ?? false
    }
  }

  /// Names from before 2018, and those of other servers, are wider than today's rule for AWS.
  private static func validate(_ bucket: String) throws(ConfigurationError) {
    let isARN = bucket.hasPrefix("arn:")
    let isPlain = bucket.utf8.allSatisfy { byte in
      byte > 0x20 && byte != 0x7F && (isARN ? byte < 0x80 : byte != UInt8(ascii: "/"))
    }
    guard (1...255).contains(bucket.utf8.count), bucket != ".", bucket != "..", isPlain else {
      throw ConfigurationError(
        .bucketName, "\(quoted(bucket)) is not the name of a bucket",
        hint: "a name has 3 to 63 lower-case letters, digits, hyphens and dots")
    }
  }
}

extension Endpoint {
  /// Whether the user gave AWS's host of Transfer Acceleration, which knows no path style.
  fileprivate var isAccelerate: Bool {
    ["s3-accelerate.amazonaws.com", "s3-accelerate.dualstack.amazonaws.com"].contains(host)
  }
}

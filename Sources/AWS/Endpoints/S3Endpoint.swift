import Signing

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
package struct S3Endpoint: Hashable, Sendable {
  package var region: Region
  /// Nil for AWS.
  package var custom: Endpoint?
  package var addressingStyle: AddressingStyle

  package init(region: Region, custom: Endpoint? = nil, addressingStyle: AddressingStyle = .auto) {
    self.region = region
    self.custom = custom
    self.addressingStyle = addressingStyle
  }

  /// The address of requests that name no bucket, such as ListBuckets.
  package var service: ServiceAddress { address(serviceEndpoint) }

  /// The address of requests to `bucket`, which becomes part of the host or of the base path.
  ///
  /// Throws `Kind.bucketName` for what no bucket can be called, and for an access point's ARN.
  package func address(bucket: String) throws(ConfigurationError) -> ServiceAddress {
    try Self.validate(bucket)
    let service = serviceEndpoint
    if usesVirtualHost(bucket, on: service) {
      return address(
        Endpoint(
          scheme: service.scheme, host: "\(bucket).\(service.host)", port: service.port,
          basePath: service.basePath))
    }
    return address(
      Endpoint(
        scheme: service.scheme, host: service.host, port: service.port,
        basePath: "\(service.basePath)/\(URIEncoding.encode(bucket))"))
  }

  private var serviceEndpoint: Endpoint {
    custom ?? Endpoint(host: "s3.\(region.name).\(region.dnsSuffix)")
  }

  private func address(_ endpoint: Endpoint) -> ServiceAddress {
    ServiceAddress(endpoint: endpoint, region: region, signingName: "s3")
  }

  private func usesVirtualHost(_ bucket: String, on service: Endpoint) -> Bool {
    guard bucket.utf8.count >= 3, !service.isAddress else { return false }
    switch addressingStyle {
    case .path: return false
    case .auto where custom != nil: return false
    case .auto, .virtual: break
    }
    if isHostLabel(bucket) { return true }
    // The certificate covers one label, so a bucket with dots has none of its own.
    return service.scheme == .http && bucket.utf8.count <= 63 && !Self.looksLikeAddress(bucket)
      && bucket.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isHostLabel)
  }

  private static func looksLikeAddress(_ bucket: String) -> Bool {
    Endpoint(host: bucket).isAddress
  }

  /// Names from before 2018, and those of other servers, are wider than today's rule for AWS.
  private static func validate(_ bucket: String) throws(ConfigurationError) {
    if bucket.hasPrefix("arn:") {
      throw ConfigurationError(
        .bucketName, "\(quoted(bucket)) is an ARN, which this version cannot use yet",
        help: "name the bucket, or the access point's alias")
    }
    let isPlain = bucket.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    guard (1...255).contains(bucket.utf8.count), bucket != ".", bucket != "..", isPlain else {
      throw ConfigurationError(
        .bucketName, "\(quoted(bucket)) is not the name of a bucket",
        help: "a name has 3 to 63 lower-case letters, digits, hyphens and dots")
    }
  }
}

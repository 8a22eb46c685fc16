import Signing

/// A directory bucket or an access point of one, which say so at the end of their names.
struct S3DirectoryBucket {
  let name: String
  /// The availability zone or local zone in the name; nil when there is none where one should be.
  let zone: String?
  /// Whether it is the bucket, not an access point.
  let isBucket: Bool

  /// Nil for the name of any other bucket.
  init?(_ name: String) {
    guard isASCII(name) else { return nil }
    isBucket = name.hasSuffix("--x-s3")
    guard isBucket || name.hasSuffix("--xa-s3") else { return nil }
    self.name = name
    let rest = name.utf8.dropLast(isBucket ? 6 : 7)
    let length = Self.zoneLengths.first { rest.dropLast($0).suffix(2).elementsEqual("--".utf8) }
    zone = length.map { String(decoding: rest.suffix($0), as: UTF8.self) }
  }

  /// How long the names of zones are, such as `usw2-az1`; the rules know no other lengths.
  private static let zoneLengths = [8, 9, 13, 14, 20]
}

extension S3EndpointRules {
  func endpoint(of bucket: S3DirectoryBucket) throws(EndpointRuleError) -> ResolvedEndpoint {
    if parameters.accelerate {
      throw EndpointRuleError("S3Express does not support S3 Accelerate.")
    }
    if let url { return try endpoint(of: bucket, at: url) }
    if bucket.isBucket && parameters.useS3ExpressControlEndpoint && parameters.endpoint == nil {
      var control = expressControl()
      control.url += "/\(URIEncoding.encode(bucket.name))"
      return control
    }
    try validate(bucket)
    guard let zone = bucket.zone else {
      throw EndpointRuleError("Unrecognized S3Express bucket name format.")
    }
    let fips = parameters.useFIPS ? "-fips" : ""
    let dualStack = parameters.useDualStack ? "dualstack." : ""
    return express(
      "https://\(bucket.name).s3express\(fips)-\(zone).\(dualStack)\(region).\(partition.dnsSuffix)",
      sessionScheme)
  }

  /// The endpoint for operations on directory buckets themselves.
  func expressControl() -> ResolvedEndpoint {
    if let url { return express("\(url.origin)\(url.path)", .sigV4) }
    return express("https://\(host("s3express-control", in: region, partition))", .sigV4)
  }

  private func endpoint(
    of bucket: S3DirectoryBucket, at url: RuleURL
  ) throws(EndpointRuleError) -> ResolvedEndpoint {
    if url.isIP {
      return express(
        "\(url.origin)/\(URIEncoding.encode(bucket.name))\(url.path)", sessionScheme)
    }
    try validate(bucket)
    return express(url.with(bucket.name), sessionScheme)
  }

  private func validate(_ bucket: S3DirectoryBucket) throws(EndpointRuleError) {
    guard isVirtualHostable(bucket.name, allowsDots: false) else {
      throw EndpointRuleError("S3Express bucket name is not a valid virtual hostable name.")
    }
  }

  private var sessionScheme: AuthScheme.Name {
    parameters.disableS3ExpressSessionAuth ? .sigV4 : .s3Express
  }

  private func express(_ url: String, _ scheme: AuthScheme.Name) -> ResolvedEndpoint {
    ResolvedEndpoint(url, [AuthScheme(scheme, "s3express", region)], backend: "S3Express")
  }
}

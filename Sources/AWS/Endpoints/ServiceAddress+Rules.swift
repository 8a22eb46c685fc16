extension ServiceAddress {
  /// What the rules answered, as an address that s3audit can sign for.
  ///
  /// `region` and `signingName` count where the rules name none. Of several schemes the first that
  /// s3audit knows is taken. Throws `Kind.endpoint` when it knows none.
  init(
    _ resolved: ResolvedEndpoint, of resource: String, region: Region, signingName: String
  ) throws(ConfigurationError) {
    let endpoint = try Endpoint(parsing: resolved.url, from: resource)
    guard !resolved.authSchemes.isEmpty else {
      self.init(endpoint: endpoint, region: region, signingName: signingName)
      return
    }
    guard let scheme = resolved.authSchemes.first(where: { $0.name != .sigV4a }) else {
      throw ConfigurationError(
        .endpoint,
        "requests to \(resource) are signed for several regions at once (SigV4a), which s3audit"
          + " cannot do",
        hint: "name the buckets behind the multi-region access point")
    }
    guard let name = scheme.signingRegions.first, let signingRegion = Region(name) else {
      throw ConfigurationError(
        .region, "the region of \(resource) is not valid",
        hint: "a region is written like us-east-1")
    }
    self.init(
      endpoint: endpoint, region: signingRegion, signingName: scheme.signingName,
      scheme: scheme.name == .s3Express ? .s3Express : .sigV4)
  }
}

extension ConfigurationError {
  /// Why the rules find no endpoint for a resource, with the way out.
  init(_ error: EndpointRuleError, of resource: String, _ parameters: EndpointParameters) {
    let message = "no endpoint for \(resource): \(error.message)"
    if let region = error.accessPointRegion.flatMap(Region.init) {
      let partition = Partition(of: region)
      let isElsewhere = partition != Partition(ofRegionNamed: parameters.region ?? "")
      self.init(
        .accessPointElsewhere(region: region.name, partition: isElsewhere ? partition.id : nil),
        message)
      return
    }
    var hint: String?
    let settings = [
      ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", parameters.useFIPS),
      ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", parameters.useDualStack),
      ("", "use_accelerate_endpoint", parameters.accelerate),
    ].filter(\.2).map { variable, property, _ in
      variable.isEmpty ? property : "\(variable) or \(property)"
    }
    if !settings.isEmpty {
      let switches = "turn off what \(settings.joined(separator: " and ")) sets"
      hint =
        parameters.endpoint == nil
        ? switches : "\(switches), or use AWS's own endpoint instead of the configured one"
    } else if parameters.bucket?.hasPrefix("arn:") == true {
      hint =
        "an access point is named like arn:aws:s3:us-east-1:123456789012:accesspoint/name"
    }
    self.init(.endpoint, message, hint: hint)
  }
}

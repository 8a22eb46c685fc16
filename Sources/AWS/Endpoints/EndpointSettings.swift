/// What the user set about the endpoints of all services, in options, environment and profile.
///
/// Names and order are those of the AWS SDKs and Tools Reference Guide: a variable, then the
/// profile. Where the CLI takes any word but `true` for false, here it must be `true` or `false`.
package struct EndpointSettings: Sendable {
  /// Endpoints with validated cryptography (FIPS 140) only.
  package let usesFIPS: Bool
  /// Endpoints that have IPv6 addresses too.
  package let usesDualStack: Bool
  /// STS by its one old endpoint, for regions as old as that.
  package let usesGlobalSTS: Bool
  /// A PEM file of trusted authorities; nil for the system's.
  package let caBundlePath: String?
  /// The variable or property that names the file: `AWS_CA_BUNDLE`, `ca_bundle`, or `REQUESTS_CA_BUNDLE` (botocore
  /// `_get_verify_value`).
  package let caBundlePlace: String?
  package let s3: S3Settings
  private let configured: ConfiguredEndpoint

  /// Reads the settings of a profile.
  ///
  /// `endpointURL` is the user's choice for this run, and about S3 alone. Throws `Kind.endpoint`, which
  /// names the variable or the property that has no valid value.
  package init(
    environment: Environment, profile: ProfileSection, files: ProfileFiles,
    endpointURL: String? = nil, addressingStyle: AddressingStyle? = nil
  ) throws(ConfigurationError) {
    let source = SettingSource(environment: environment, profile: profile)
    usesFIPS = try source.flag("AWS_USE_FIPS_ENDPOINT", ["use_fips_endpoint"]) ?? false
    usesDualStack =
      try source.flag("AWS_USE_DUALSTACK_ENDPOINT", ["use_dualstack_endpoint"]) ?? false
    usesGlobalSTS =
      try source.isLegacy("AWS_STS_REGIONAL_ENDPOINTS", ["sts_regional_endpoints"])
    let bundle =
      source.text("AWS_CA_BUNDLE", ["ca_bundle"]) ?? source.text("REQUESTS_CA_BUNDLE", [])
    caBundlePath = bundle.map { environment.expandingTilde($0.value) }
    caBundlePlace = bundle?.place
    s3 = try S3Settings(
      source, usesFIPS: usesFIPS, usesDualStack: usesDualStack, addressingStyle: addressingStyle)
    configured = try ConfiguredEndpoint(source, files: files, s3Option: endpointURL)
  }

  /// The endpoint of a service in a region.
  ///
  /// Throws `Kind.endpoint` when the settings contradict each other.
  package func endpoint(
    of service: ServiceName, in region: Region
  ) throws(ConfigurationError) -> Endpoint {
    try address(of: service, in: region).endpoint
  }

  /// The endpoint of a service, and what signatures for it are made for.
  ///
  /// Where one endpoint serves a whole partition, the signature is for another region than the one
  /// asked for. Throws like ``endpoint(of:in:)``.
  package func address(
    of service: ServiceName, in region: Region
  ) throws(ConfigurationError) -> ServiceAddress {
    if service == .s3 { return try s3Endpoint(in: region).service }
    let realRegion = region.withoutFIPS
    var parameters = EndpointParameters(region: realRegion.name)
    parameters.useGlobalEndpoint = usesGlobalSTS
    if let custom = try customEndpoint(of: service) {
      // FIPS and dual stack do not apply to the user's own endpoint, as for the CLI (botocore
      // `args.py`).
      parameters.endpoint = custom.description
    } else {
      parameters.useFIPS = usesFIPS || realRegion != region
      parameters.useDualStack = usesDualStack
    }
    let resolved: ResolvedEndpoint
    do {
      resolved = try RegionalEndpointRules.resolve(service, parameters)
    } catch {
      throw ConfigurationError(error, of: service.title, parameters)
    }
    return try ServiceAddress(
      resolved, of: service.title, region: realRegion, signingName: service.signingName)
  }

  /// Where S3 is reached by a client that begins in `region`.
  package func s3Endpoint(in region: Region) throws(ConfigurationError) -> S3Endpoint {
    let realRegion = region.withoutFIPS
    var s3 = s3
    if realRegion != region { s3.usesFIPS = true }
    return S3Endpoint(region: realRegion, custom: try customEndpoint(of: .s3), settings: s3)
  }

  /// The endpoint the user gave for a service; nil for AWS's own.
  package func customEndpoint(of service: ServiceName) throws(ConfigurationError) -> Endpoint? {
    try customEndpoint(ofServiceNamed: service.rawValue)
  }

  /// What gives a service's endpoint: an option, a variable or a property; nil for AWS's own.
  package func customEndpointOrigin(of service: ServiceName) -> SettingOrigin? {
    // Who asks for the endpoint itself is told what is wrong with it.
    (try? configured.setting(ofServiceNamed: service.rawValue))?.origin
  }

  /// Whether requests to a service may be signed with the account's credentials.
  ///
  /// Credentials that belong to another server than AWS are never shown to AWS: where S3 has an
  /// endpoint of the user's, a service must have one too.
  package func showsCredentials(to service: ServiceName) -> Bool {
    customEndpointOrigin(of: .s3) == nil || customEndpointOrigin(of: service) != nil
  }

  /// The endpoint the user gave for any service, by its name in variables and sections, such as `sso_oidc`.
  package func customEndpoint(
    ofServiceNamed name: String
  ) throws(ConfigurationError) -> Endpoint? {
    try configured.endpoint(ofServiceNamed: name)
  }

  /// Finds endpoints for providers of credentials, each by the settings of the profile it serves.
  package static func finder(
    environment: Environment, files: ProfileFiles
  ) -> CredentialContext.EndpointFinder {
    { (service, region, profile) throws(ConfigurationError) in
      try EndpointSettings(environment: environment, profile: profile, files: files)
        .endpoint(of: service, in: region)
    }
  }
}

/// What the user set about S3 alone.
package struct S3Settings: Hashable, Sendable {
  package var addressingStyle = AddressingStyle.auto
  package var usesFIPS = false
  package var usesDualStack = false
  /// Transfer Acceleration: the nearest edge location instead of the bucket's region.
  package var usesAccelerate = false
  /// Whether an access point's ARN may lead to another region than the client's.
  package var usesARNRegion = true
  package var disablesMultiRegionAccessPoints = false
  /// Whether requests to directory buckets are signed like any other, without a session.
  package var disablesExpressSessions = false
  /// `s3.amazonaws.com` for us-east-1, as before there was a regional host.
  package var usesGlobalUSEast1 = false

  package init(addressingStyle: AddressingStyle = .auto) {
    self.addressingStyle = addressingStyle
  }

  init(
    _ source: SettingSource, usesFIPS: Bool, usesDualStack: Bool, addressingStyle: AddressingStyle?
  ) throws(ConfigurationError) {
    self.usesFIPS = usesFIPS
    let configuredStyle = try source.choice(AddressingStyle.self, ["s3.addressing_style"])
    self.addressingStyle = addressingStyle ?? configuredStyle ?? .auto
    // A `true` in S3's own block wins, also over the variable; a `false` there says nothing (botocore
    // `_is_s3_dualstack_mode`).
    let isOnForS3 = try source.flag(nil, ["s3.use_dualstack_endpoint"]) ?? false
    self.usesDualStack = isOnForS3 || usesDualStack
    usesAccelerate = try source.flag(nil, ["s3.use_accelerate_endpoint"]) ?? false
    usesARNRegion =
      try source.flag("AWS_S3_USE_ARN_REGION", ["s3_use_arn_region", "s3.use_arn_region"]) ?? true
    disablesMultiRegionAccessPoints =
      try source.flag(
        "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
        ["s3_disable_multiregion_access_points", "s3.s3_disable_multiregion_access_points"])
      ?? false
    disablesExpressSessions =
      try source.flag(
        "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", ["s3_disable_express_session_auth"]) ?? false
    usesGlobalUSEast1 = try source.isLegacy(
      "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
      ["s3_us_east_1_regional_endpoint", "s3.us_east_1_regional_endpoint"])
  }
}

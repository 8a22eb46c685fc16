/// The endpoints that the user gave instead of AWS's own.
struct ConfiguredEndpoint: Sendable {
  private let source: SettingSource
  /// The section of services that the profile refers to.
  private let services: ProfileSection?
  private let s3Option: String?
  private let isIgnored: Bool

  init(
    _ source: SettingSource, files: ProfileFiles, s3Option: String?
  ) throws(ConfigurationError) {
    self.source = source
    self.s3Option = s3Option
    services = source.profile["services"].flatMap { files.config.services[$0] }
    isIgnored =
      try source.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ["ignore_configured_endpoint_urls"])
      ?? false
  }

  /// The endpoint the user gave for a service; nil for AWS's own.
  ///
  /// The first of the option, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the
  /// profile's `services` section and its `endpoint_url`. All but the option are passed over when
  /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or the profile's `ignore_configured_endpoint_urls` is
  /// true (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
  func endpoint(ofServiceNamed service: String) throws(ConfigurationError) -> Endpoint? {
    guard let (url, origin) = try setting(ofServiceNamed: service) else { return nil }
    return try Endpoint(parsing: url, from: "\(origin)")
  }

  /// The setting that counts, unread, and where it comes from.
  ///
  /// Throws `Kind.endpoint` when that could be in a section that does not exist: AWS itself, where
  /// requests would go otherwise, is not who was meant.
  func setting(
    ofServiceNamed service: String
  ) throws(ConfigurationError) -> (url: String, origin: SettingOrigin)? {
    if service == ServiceName.s3.rawValue, let s3Option { return (s3Option, .option) }
    guard !isIgnored else { return nil }
    let environment = source.environment
    let profile = source.profile
    for variable in ["AWS_ENDPOINT_URL_\(service.uppercased())", "AWS_ENDPOINT_URL"] {
      if let url = environment[variable] { return (url, .named(variable)) }
    }
    if let name = profile["services"] {
      guard let services else {
        throw ConfigurationError(
          .endpoint,
          "profile \(quoted(profile.name)) names the services section \(quoted(name)), which does "
            + "not exist", hint: "add a section [services \(name)], or remove the name")
      }
      try services.requireReadable()
      if let url = services.nested(service)["endpoint_url"] {
        return (url, .named("services section '\(name)'"))
      }
    }
    return profile["endpoint_url"].map { ($0, .named("profile '\(profile.name)'")) }
  }
}

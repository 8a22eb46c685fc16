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
  /// The first of `--endpoint-url`, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the
  /// profile's `services` section and its `endpoint_url`. All but the flag are passed over when
  /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or the profile's `ignore_configured_endpoint_urls` is
  /// true (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
  func endpoint(ofServiceNamed service: String) throws(ConfigurationError) -> Endpoint? {
    guard let (url, place) = setting(ofServiceNamed: service) else { return nil }
    return try Endpoint(parsing: url, from: place)
  }

  /// The setting that counts, unread, and what to call its place.
  func setting(ofServiceNamed service: String) -> (url: String, place: String)? {
    if service == ServiceName.s3.rawValue, let s3Option { return (s3Option, "--endpoint-url") }
    guard !isIgnored else { return nil }
    let environment = source.environment
    let profile = source.profile
    let variable = "AWS_ENDPOINT_URL_\(service.uppercased())"
    let places = [
      (environment[variable], variable), (environment["AWS_ENDPOINT_URL"], "AWS_ENDPOINT_URL"),
      (
        services?.nested(service)["endpoint_url"],
        "services section '\(profile["services"] ?? "")'"
      ),
      (profile["endpoint_url"], "profile '\(profile.name)'"),
    ]
    for case (let url?, let place) in places { return (url, place) }
    return nil
  }
}

import Signing

/// What the user set about where a service is and how its buckets are addressed.
package enum ConfiguredEndpoint {
  /// The endpoint the user gave for a service, such as `s3`; nil for AWS's own.
  ///
  /// The first of `--endpoint-url`, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the
  /// profile's `services` section and its `endpoint_url`. All but the flag are passed over when
  /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or the profile's `ignore_configured_endpoint_urls` is
  /// true (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
  package static func resolve(
    service: String, option: String?, environment: Environment, profile: SelectedProfile
  ) throws(ConfigurationError) -> Endpoint? {
    if let option { return try Endpoint(parsing: option, from: "--endpoint-url") }
    let ignore =
      environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]
      ?? profile.section["ignore_configured_endpoint_urls"]
    guard ignore?.lowercased() != "true" else { return nil }

    let variable = "AWS_ENDPOINT_URL_\(service.uppercased())"
    let places = [
      (environment[variable], variable), (environment["AWS_ENDPOINT_URL"], "AWS_ENDPOINT_URL"),
      (
        profile.services?.nested(service)["endpoint_url"],
        "services section '\(profile.section["services"] ?? "")'"
      ),
      (profile.section["endpoint_url"], "profile '\(profile.name)'"),
    ]
    for case (let url?, let place) in places { return try Endpoint(parsing: url, from: place) }
    return nil
  }

  /// `--addressing-style`, then `addressing_style` of the profile's `s3` block, then automatic.
  package static func addressingStyle(
    option: AddressingStyle?, profile: ProfileSection
  ) throws(ConfigurationError) -> AddressingStyle {
    if let option { return option }
    guard let text = profile.nested("s3")["addressing_style"] else { return .auto }
    guard let style = AddressingStyle(rawValue: text.lowercased()) else {
      throw ConfigurationError(
        .endpoint, "addressing_style of profile '\(profile.name)' is not valid",
        help: "use path, virtual or auto")
    }
    return style
  }
}

/// How the metadata service of EC2 instances (IMDS) is asked, as environment and profile say.
package struct InstanceMetadata: Hashable, Sendable {
  package var endpoint: Endpoint
  /// How long a connection, and then an answer, may take.
  package var timeout: Duration
  /// How often each question is asked; nil for once, and four times when the service stumbles.
  package var attemptsMax: Int?
  /// Whether the user has asked for version 1, which hands out credentials without a token.
  ///
  /// Only by setting the switch that disables it to false: version 1 gives the instance's
  /// credentials to whoever can make it send a request.
  package var allowsVersion1: Bool

  /// Throws `Kind.endpoint` for an address or a mode, `Kind.credentialsSource` for a number that
  /// cannot be worked with.
  package init(
    environment: Environment, profile: ProfileSection
  ) throws(ConfigurationError) {
    let settings = Settings(environment: environment, profile: profile)
    endpoint = try Self.endpoint(settings)
    timeout = .seconds(
      try settings.count("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout") ?? 1)
    attemptsMax = try settings.count(
      "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")
    allowsVersion1 =
      settings["AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"]?
      .value.lowercased() == "false"
  }

  /// Whether `AWS_EC2_METADATA_DISABLED` forbids to ask at all.
  package static func isDisabled(in environment: Environment) -> Bool {
    environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true"
  }

  /// Where the token is asked for that all other questions need.
  package var tokenURL: String { "\(endpoint)/latest/api/token" }

  private static func endpoint(_ settings: Settings) throws(ConfigurationError) -> Endpoint {
    let address = settings["AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint"]
    if let address { return try Endpoint(parsing: address.value, from: address.place) }
    var usesIPv6 = false
    if let mode = settings[
      "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode"]
    {
      switch mode.value.lowercased() {
      case "ipv4": usesIPv6 = false
      case "ipv6": usesIPv6 = true
      default:
        throw ConfigurationError(
          .endpoint, "\(quoted(mode.value)) of \(mode.place) is not a mode of the metadata service",
          hint: "use IPv4 or IPv6")
      }
    } else if let old = settings["AWS_IMDS_USE_IPV6", "imds_use_ipv6"] {
      usesIPv6 = old.value.lowercased() == "true"
    }
    return Endpoint(scheme: .http, host: usesIPv6 ? "[fd00:ec2::254]" : "169.254.169.254")
  }

  /// A variable, else a property of the profile, as botocore has it.
  private struct Settings {
    var environment: Environment
    var profile: ProfileSection

    subscript(variable: String, property: String) -> (value: String, place: String)? {
      if let value = environment[variable] { return (value, variable) }
      return profile[property].map { ($0, "\(property) of profile \(quoted(profile.name))") }
    }

    func count(_ variable: String, _ property: String) throws(ConfigurationError) -> Int? {
      guard let setting = self[variable, property] else { return nil }
      guard let count = Int(setting.value), (1...3_600).contains(count) else {
        throw ConfigurationError(
          .credentialsSource, "\(setting.place) is not a number from 1 to 3600")
      }
      return count
    }
  }
}

internal import AWS
internal import Report
internal import Signing

/// How the account would be reached, as options, variables and files say it: step by step, so that
/// one mistake does not hide the rest.
struct DoctorSetup {
  private(set) var checks: [DoctorCheck] = []
  private(set) var profile: SelectedProfile?
  /// Nil when something of it cannot be worked with.
  private(set) var endpoint: S3Endpoint?
  let environment: Environment
  private let options: ToolOptions.ConnectionOptions

  init(_ options: ToolOptions.ConnectionOptions, environment: Environment) {
    self.options = options
    self.environment = environment
    attempting("profile") { (setup) throws(ConfigurationError) in try setup.readProfile() }
    if profile != nil {
      attempting("endpoint") { (setup) throws(ConfigurationError) in try setup.findEndpoint() }
      attempting("retries") { (setup) throws(ConfigurationError) in try setup.readRetries() }
    }
    checkProxies()
    checkAuthorities()
  }

  /// Whether requests go to AWS itself.
  var isAWS: Bool { endpoint.map { $0.custom == nil } ?? false }

  private mutating func attempting(
    _ name: String, _ step: (inout DoctorSetup) throws(ConfigurationError) -> Void
  ) {
    do throws(ConfigurationError) {
      try step(&self)
    } catch {
      checks.append(
        DoctorCheck(
          .configuration, error.kind == .region ? "region" : name, .failed, onOneLine("\(error)"),
          help: error.help, weight: .needed))
    }
  }

  private mutating func add(_ name: String, _ detail: String) {
    checks.append(DoctorCheck(.configuration, name, .ok, detail))
  }

  private mutating func readProfile() throws(ConfigurationError) {
    let files = try ProfileFiles.load(from: environment)
    for (name, file) in [("config file", files.config), ("credentials file", files.credentials)] {
      add(name, file.path + (file.isPresent ? "" : ", which does not exist"))
    }
    let selected = try files.select(option: options.profile, environment: environment)
    let isNamed = selected.origin != .fallback
    add("profile", selected.name + (isNamed ? ", from \(selected.origin)" : ", as none is named"))
    profile = selected
  }

  private mutating func findEndpoint() throws(ConfigurationError) {
    guard let profile else { return }
    let found = try RegionResolver.locate(
      option: options.region, environment: environment, profile: profile.section)
    let region = found?.region ?? .usEast1
    add("region", "\(region), \(found.map { "from \($0.place)" } ?? "as none is set")")
    let custom = try ConfiguredEndpoint.resolve(
      service: "s3", option: options.endpointURL, environment: environment, profile: profile)
    let endpoint = S3Endpoint(
      region: region, custom: custom,
      addressingStyle: try ConfiguredEndpoint.addressingStyle(
        option: options.addressingStyle, profile: profile.section))
    add("endpoint", custom?.description ?? "AWS: \(endpoint.service.endpoint)")
    add("addressing style", endpoint.addressingStyle.rawValue)
    self.endpoint = endpoint
  }

  private mutating func readRetries() throws(ConfigurationError) {
    guard let profile else { return }
    let configured = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    let count = configured ?? Service.attemptsMax
    add("retries", "\(counted(Int64(count), "attempt")) a request at most")
  }

  // MARK: - Proxies and authorities

  /// libcurl's own rules; see `HTTPConfiguration`.
  private static let proxyVariables = [
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
  ]

  private mutating func checkProxies() {
    var isProxied = false
    for name in Self.proxyVariables {
      guard let value = environment[name] else { continue }
      isProxied = true
      checks.append(DoctorCheck(.configuration, "proxy", .ok, "\(name): \(Self.host(of: value))"))
    }
    for name in ["no_proxy", "NO_PROXY"] {
      guard isProxied, let value = environment[name] else { continue }
      let hosts = value.split(separator: ",").map { Self.host(of: String($0)) }
      checks.append(
        DoctorCheck(.configuration, "proxy", .ok, "\(name): \(hosts.joined(separator: ", "))"))
    }
    if let value = environment["HTTP_PROXY"], environment["http_proxy"] == nil {
      checks.append(
        DoctorCheck(
          .configuration, "proxy", .warning,
          "HTTP_PROXY (\(Self.host(of: value))) is ignored, as web servers set it from requests",
          help: "write http_proxy in lower case"))
    }
  }

  /// Host and port of a proxy: the rest may hold a name and a password.
  static func host(of proxy: String) -> String {
    var rest = proxy[...]
    if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
    // A password may hold a slash that ought to be escaped.
    if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
    return rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
      .trimmingPrefix { $0 == " " }.description
  }

  private mutating func checkAuthorities() {
    guard let path = environment["AWS_CA_BUNDLE"] else { return }
    let problem: String?
    do throws(ConfigurationError) {
      let bytes = try environment.readFile(environment.expandingTilde(path))
      problem =
        bytes == nil
        ? "does not exist"
        : String(decoding: bytes ?? [], as: UTF8.self).contains("-----BEGIN ")
          ? nil : "holds no certificates in PEM format"
    } catch {
      problem = "cannot be read"
    }
    let help = "name a file of certificates in PEM format, or unset AWS_CA_BUNDLE"
    checks.append(
      problem.map {
        DoctorCheck(
          .configuration, "authorities", .failed, "AWS_CA_BUNDLE: \(path) \($0)", help: help,
          weight: .needed)
      } ?? DoctorCheck(.configuration, "authorities", .ok, "AWS_CA_BUNDLE: \(path)"))
  }
}

/// A message of several lines as one.
func onOneLine(_ text: String) -> String {
  text.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.joined(separator: "; ")
    .replacing(":; ", with: ": ")
}

internal import AWS
internal import Report
internal import Signing

/// How the account would be reached, as options, variables and files say it: step by step, so that
/// one mistake does not hide the rest.
struct DoctorSetup {
  private(set) var checks: [DoctorCheck] = []
  private(set) var profile: SelectedProfile?
  private(set) var region = Region.usEast1
  /// Nil when something of them cannot be worked with.
  private(set) var settings: EndpointSettings?
  /// Where S3 is; nil like the settings.
  private(set) var service: ServiceAddress?
  let environment: Environment
  private let options: ConnectionOptions
  private let instanceRegion: Region?

  /// `instanceRegion` is what the instance has answered, which counts where nobody names a region.
  init(
    _ options: ConnectionOptions, environment: Environment,
    instanceRegion: Region? = nil
  ) {
    self.options = options
    self.instanceRegion = instanceRegion
    self.environment = environment
    attempting("profile") { (setup) throws(ConfigurationError) in try setup.readProfile() }
    if profile != nil {
      attempting("region") { (setup) throws(ConfigurationError) in try setup.findRegion() }
      attempting("retries") { (setup) throws(ConfigurationError) in try setup.readRetries() }
    }
    checkProxies()
  }

  private mutating func attempting(
    _ name: String, _ step: (inout DoctorSetup) throws(ConfigurationError) -> Void
  ) {
    do throws(ConfigurationError) {
      try step(&self)
    } catch {
      checks.append(
        DoctorCheck(
          .configuration, name, .failed, onOneLine(message(of: error)),
          help: hint(for: error), weight: .needed))
    }
  }

  private mutating func add(_ name: String, _ detail: String) {
    checks.append(DoctorCheck(.configuration, name, .ok, detail))
  }

  private mutating func readProfile() throws(ConfigurationError) {
    let files = try ProfileFiles.load(from: environment)
    for (name, file) in [("config file", files.config), ("credentials file", files.credentials)] {
      let detail = file.path + (file.absence.map { ", which \($0)" } ?? "")
      checks.append(
        DoctorCheck(
          .configuration, name, file.isRefused ? .warning : .ok, detail,
          help: file.isRefused ? "make it a file that you may read" : nil))
      report(file.remarks, of: name)
    }
    let selected = try files.select(option: options.profile, environment: environment)
    let isNamed = selected.origin != .fallback
    add(
      "profile", selected.name + (isNamed ? ", from \(selected.origin.text)" : ", as none is named")
    )
    profile = selected
  }

  /// What some program or other stumbles over in a profile file; the first lines of it, as a file of
  /// another kind has one on every line.
  private mutating func report(_ remarks: [ProfileRemark], of name: String) {
    for remark in remarks.prefix(Self.remarksMax) {
      checks.append(
        DoctorCheck(
          .configuration, name, .warning, onOneLine("\(remark)"), help: help(for: remark.kind)))
    }
    let rest = remarks.count - Self.remarksMax
    if rest > 0 {
      checks.append(
        DoctorCheck(
          .configuration, name, .warning, "\(counted(Int64(rest), "more line")) like these"))
    }
  }

  private static let remarksMax = 5

  private func help(for kind: ProfileRemark.Kind) -> String {
    switch kind {
    case .unreadable: "mend the line: who uses its section is refused"
    case .refusedBySDKs:
      "nothing for s3audit, which reads it as the aws command does; SDKs of AWS refuse the file"
    case .refusedByCLI:
      "nothing for s3audit, which reads it as SDKs of AWS do; the aws command refuses the file"
    }
  }

  private mutating func findRegion() throws(ConfigurationError) {
    guard let profile else { return }
    let found = try RegionResolver.locate(
      option: options.region, environment: environment, profile: profile.section)
    let place =
      found?.origin.text(option: "--region") ?? instanceRegion.map { _ in "the instance" }
    region = found?.region ?? instanceRegion ?? .usEast1
    add("region", "\(region), \(place.map { "from \($0)" } ?? "as none is set")")
    attempting("endpoint") { (setup) throws(ConfigurationError) in try setup.findEndpoint() }
  }

  private mutating func findEndpoint() throws(ConfigurationError) {
    guard let profile else { return }
    let settings = try EndpointSettings(
      environment: environment, profile: profile.section, files: profile.files,
      endpointURL: options.endpointURL, addressingStyle: options.addressingStyle)
    let endpoint = try settings.s3Endpoint(in: region)
    let service = try endpoint.service
    let place = settings.customEndpointOrigin(of: .s3)?.text(option: "--endpoint-url")
    add(
      "endpoint",
      "\(service.endpoint), "
        + (place.map { "from \($0)" } ?? "AWS, partition \(Partition(of: region).id)"))
    add("addressing style", settings.s3.addressingStyle.rawValue)
    for (name, isOn) in [
      ("FIPS", endpoint.settings.usesFIPS && place == nil),
      ("dual stack", endpoint.settings.usesDualStack && place == nil),
      ("acceleration", settings.s3.usesAccelerate),
    ] where isOn { add(name, "on") }
    checkAuthorities(settings.caBundlePath, from: settings.caBundlePlace ?? "")
    self.settings = settings
    self.service = service
  }

  private mutating func readRetries() throws(ConfigurationError) {
    guard let profile else { return }
    let configured = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    let count = configured ?? Patience.ofCrawls.retries.attemptsMax
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

  private mutating func checkAuthorities(_ path: String?, from place: String) {
    guard let path else { return }
    let problem: String?
    do throws(ConfigurationError) {
      let bytes = try environment.readFile(path)
      let text = bytes.map { String(decoding: $0, as: UTF8.self) }
      problem =
        switch text {
        case nil: "does not exist"
        case let text? where text.contains("-----BEGIN "): nil
        case _?: "holds no certificates in PEM format"
        }
    } catch {
      problem = "cannot be read"
    }
    guard let problem else { return add("authorities", "\(path), from \(place)") }
    checks.append(
      DoctorCheck(
        .configuration, "authorities", .failed, "\(path), from \(place), \(problem)",
        help: "name a file of certificates in PEM format, or unset \(place)", weight: .needed))
  }
}

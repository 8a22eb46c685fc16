internal import AWS
internal import HTTP
internal import Index
internal import S3
internal import Signing
internal import Vocabulary

/// What connections with several profiles share, so that a limit holds for all of them together.
struct ServiceLimits: Sendable {
  let connections: Int
  fileprivate let http: HTTPClient
  fileprivate let pace: SharedPace?

  init(connections: Int, requestsPerSecondMax: Double?, environment: Environment) throws {
    self.connections = connections
    http = try HTTPClient(
      HTTPConfiguration(
        connectionsMax: connections, caBundlePath: environment["AWS_CA_BUNDLE"],
        userAgent: "s3audit/\(IndexFile.programVersion)"))
    pace = requestsPerSecondMax.map { SharedPace(perSecond: $0) }
  }
}

/// The connection to an account, as options, environment and profile describe it.
struct Service {
  var client: S3Client
  /// Where names of buckets are unique: empty for AWS, the id of another partition of it, or the
  /// endpoint's URL.
  var endpointName: String
  var region: Region
  /// Where the credentials came from.
  var credentialsSource: String
  /// The profile that the account goes by; nil when the credentials are of none.
  var profileName: String?
  /// Finds out the account's number; nil when nobody says.
  var accountNumber: @Sendable () async -> String?

  // A crawl of hours must outlive a stumble: the SDKs' three attempts are for single calls. Ten wait
  // for up to 25 seconds in all, and a quota for each request in flight keeps one bucket's trouble
  // from ending the others. Being asked for fewer requests is no trouble: it only takes longer.
  private static let attemptsMax = 10
  private static let throttlingPatience = Duration.seconds(600)
  private static let quotaPerConnection = 500

  /// Finds the region, endpoint and credentials of one profile and makes a client of them.
  ///
  /// - Throws: `ConfigurationError` that says what is missing and where it was looked for.
  static func connect(
    _ options: ToolOptions.ConnectionOptions, environment: Environment, limits: ServiceLimits,
    now: @escaping @Sendable () -> Timestamp
  ) async throws -> Service {
    let files = try ProfileFiles.load(from: environment)
    let profile = try files.select(option: options.profile, environment: environment)
    let region =
      try RegionResolver.resolve(
        option: options.region, environment: environment, profile: profile.section) ?? .usEast1
    let custom = try ConfiguredEndpoint.resolve(
      service: "s3", option: options.endpointURL, environment: environment, profile: profile)
    let endpoint = S3Endpoint(
      region: region, custom: custom,
      addressingStyle: try ConfiguredEndpoint.addressingStyle(
        option: options.addressingStyle, profile: profile.section))
    let signingTime: @Sendable () -> SigningTime = {
      SigningTime(secondsSinceEpoch: now().millisecondsSinceEpoch / 1_000)
    }
    let (credentials, source) = try await credentials(
      options, environment: environment, profile: profile, now: signingTime())
    let attempts = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    let caller = RetryingCaller(
      http: limits.http, credentials: credentials,
      policy: RetryPolicy(
        attemptsMax: attempts ?? attemptsMax, throttlingPatience: throttlingPatience),
      quota: RetryQuota(capacity: limits.connections * quotaPerConnection),
      pace: limits.pace,
      environment: CallerEnvironment(now: signingTime))
    let number = try await credentials(signingTime())?.accountID
    return Service(
      client: S3Client(caller: caller, endpoint: endpoint),
      endpointName: custom?.description ?? region.partitionName, region: region,
      credentialsSource: source, profileName: profileName(profile, credentialsSource: source),
      accountNumber: { number })
  }

  /// The profile that an account goes by: the one that was asked for, or the one that its
  /// credentials are of.
  private static func profileName(
    _ profile: SelectedProfile, credentialsSource: String
  ) -> String? {
    switch profile.origin {
    case .option: profile.name
    case .variable where credentialsSource != EnvironmentCredentials.providerName: profile.name
    case .fallback
    where credentialsSource != EnvironmentCredentials.providerName
      && profile.files.profile(profile.name) != nil:
      profile.name
    case .variable, .fallback: nil
    }
  }

  /// What `--verbose` says of it, line by line.
  var description: [String] {
    let endpoint =
      switch endpointName {
      case "": "AWS"
      case let name where name.hasPrefix("aws"): "AWS, partition \(name)"
      case let name: name
      }
    return [
      "credentials: \(credentialsSource); region: \(region.name)", "endpoint: \(endpoint)",
    ]
  }

  private static func credentials(
    _ options: ToolOptions.ConnectionOptions, environment: Environment, profile: SelectedProfile,
    now: SigningTime
  ) async throws -> (CredentialSource, String) {
    if options.isAnonymous { return ({ _ in nil }, "none (--no-sign-request)") }
    let cache = CredentialCache(CredentialChain(environment: environment, profile: profile))
    let found = try await cache.credentials(at: now)
    return (cache.source, found.providerName)
  }
}

extension Region {
  /// The partition of AWS where the region is, empty for the commercial one: the same bucket's name
  /// may be taken once in each (botocore `partitions.json`).
  fileprivate var partitionName: String {
    for (prefix, partition) in Self.partitions where name.hasPrefix(prefix) { return partition }
    return ""
  }

  private static let partitions = [
    ("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"), ("eu-isoe-", "aws-iso-e"), ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
  ]
}

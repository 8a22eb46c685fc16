internal import AWS
internal import HTTP
internal import Index
internal import S3
internal import Signing
internal import Synchronization
internal import Vocabulary

/// What connections with several profiles share, so that a limit holds for all of them together.
final class ServiceLimits: Sendable {
  let connections: Int
  fileprivate let pace: SharedPace?
  /// By the file of authorities they trust, which is a profile's own choice.
  private let clients = Mutex<[String?: HTTPClient]>([:])

  init(connections: Int, requestsPerSecondMax: Double?) {
    self.connections = connections
    pace = requestsPerSecondMax.map { SharedPace(perSecond: $0) }
  }

  fileprivate func http(caBundlePath: String?) throws -> HTTPClient {
    try clients.withLock { clients in
      if let client = clients[caBundlePath] { return client }
      let client = try HTTPClient(
        HTTPConfiguration(
          connectionsMax: connections, caBundlePath: caBundlePath,
          userAgent: "s3audit/\(IndexFile.programVersion)"))
      clients[caBundlePath] = client
      return client
    }
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
  /// What the first request is signed with; nil when none is.
  var credentials: Credentials?
  /// Asks STS whose the credentials are; nil when requests are not signed.
  var identify: (@Sendable () async throws -> CallerIdentity)?
  /// The profile that the account goes by; nil when the credentials are of none.
  var profileName: String?
  /// Finds out the account's number; nil when nobody says.
  var accountNumber: @Sendable () async -> String?

  /// What to say about this machine's clock when it had to be corrected; nil while it serves.
  var clockNote: String? {
    let seconds = client.clockOffsetSeconds
    guard seconds != 0 else { return nil }
    return "clock: \(abs(seconds)) seconds \(seconds > 0 ? "behind" : "ahead of") the service's; "
      + "requests are signed with the service's time"
  }

  // A crawl of hours must outlive a stumble: the SDKs' three attempts are for single calls. Ten wait
  // for up to 25 seconds in all, and a quota for each request in flight keeps one bucket's trouble
  // from ending the others. Being asked for fewer requests is no trouble: it only takes longer.
  static let attemptsMax = 10
  private static let throttlingPatience = Duration.seconds(600)
  private static let quotaPerConnection = 500
  // A property is one call, and a sync waits for it before it closes what is listed: one that gets no
  // answer is recorded as that, and asked for again the next night.
  private static let attemptsMaxForProperties = RetryPolicy.attemptsMaxDefault

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
    let settings = try EndpointSettings(
      environment: environment, profile: profile.section, files: files,
      endpointURL: options.endpointURL, addressingStyle: options.addressingStyle)
    let endpoint = try settings.s3Endpoint(in: region)
    let signingTime: @Sendable () -> SigningTime = {
      SigningTime(secondsSinceEpoch: now().millisecondsSinceEpoch / 1_000)
    }
    let http = try limits.http(caBundlePath: settings.caBundlePath)
    let context = CredentialContext(
      environment: environment, files: files, http: http,
      caller: CallerEnvironment(now: signingTime), region: options.region.flatMap(Region.init))
    let (credentials, source) = try await credentials(options, profile: profile, context: context)
    let attempts = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    func caller(_ policy: RetryPolicy) -> RetryingCaller {
      RetryingCaller(
        http: http, credentials: credentials, policy: policy,
        quota: RetryQuota(capacity: limits.connections * quotaPerConnection), pace: limits.pace,
        environment: context.caller, clock: context.clock)
    }
    let first = try await credentials.credentials(at: context.now)
    var identify: (@Sendable () async throws -> CallerIdentity)?
    if let first {
      identify = { try await STSClient(profile, context).callerIdentity(of: first) }
    }
    let number = AccountNumber(
      credentials, profile: profile, context: context, settings: settings)
    var callOptions = S3CallOptions()
    callOptions.paysForRequests = options.paysForRequests
    callOptions.expectedBucketOwner = options.expectedBucketOwner
    return Service(
      client: S3Client(
        caller: caller(
          RetryPolicy(
            attemptsMax: attempts ?? attemptsMax, throttlingPatience: throttlingPatience)),
        propertyCaller: caller(
          RetryPolicy(
            attemptsMax: min(attempts ?? attemptsMaxForProperties, attemptsMaxForProperties))),
        endpoint: endpoint, options: callOptions),
      endpointName: endpoint.custom?.description ?? Partition(of: region).bucketNamespace,
      region: endpoint.region,
      credentialsSource: source, credentials: first, identify: identify,
      profileName: profileName(profile, credentialsSource: source),
      accountNumber: { await number.find() })
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
    case .variable, .fallback, .source: nil
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
    _ options: ToolOptions.ConnectionOptions, profile: SelectedProfile, context: CredentialContext
  ) async throws -> (CredentialSource, String) {
    if options.isAnonymous { return (.anonymous, "none (--no-sign-request)") }
    let cache = CredentialCache(
      CredentialChain(profile, context), presentTime: { context.now })
    let found = try await cache.credentials(at: context.now)
    return (cache.source, found.providerName)
  }
}

extension Partition {
  /// What tells its buckets from those of the same name elsewhere: nothing for the commercial
  /// partition, its id for every other.
  fileprivate var bucketNamespace: String { id == "aws" ? "" : id }
}

internal import AWS
internal import HTTP
internal import Index
internal import S3
internal import Signing
internal import Synchronization
internal import Vocabulary

/// How long a connection goes on with a service that does not answer as it should.
struct Patience: Sendable {
  /// Without what the user set.
  let retries: RetryPolicy
  let firstByteMax: Duration?
  /// Whether the user may ask for more attempts.
  private let mayGrow: Bool

  // A crawl of hours must outlive a stumble: the SDKs' three attempts are for single calls. Ten wait
  // for up to 25 seconds in all, and a quota for each request in flight keeps one bucket's trouble
  // from ending the others. Being asked for fewer requests is no trouble: it only takes longer.
  static let ofCrawls = Patience(
    retries: RetryPolicy(attemptsMax: 10, throttlingPatience: .seconds(600)), firstByteMax: nil,
    mayGrow: true)

  /// Who looks for the trouble wants to hear of it, not to get over it.
  static let ofExaminations = Patience(
    retries: RetryPolicy(attemptsMax: 2), firstByteMax: .seconds(10), mayGrow: false)

  fileprivate func retries(configured attemptsMax: Int?) -> RetryPolicy {
    var retries = retries
    if let attemptsMax {
      retries.attemptsMax = mayGrow ? attemptsMax : min(attemptsMax, retries.attemptsMax)
    }
    return retries
  }
}

/// What connections with several profiles share, so that a limit holds for all of them together.
final class ServiceLimits: Sendable {
  let connections: Int
  fileprivate let pace: SharedPace?
  fileprivate let patience: Patience
  /// By the file of authorities they trust, which is a profile's own choice.
  private let clients = Mutex<[String?: HTTPClient]>([:])

  init(connections: Int, requestsPerSecondMax: Double?, patience: Patience = .ofCrawls) {
    self.connections = connections
    self.patience = patience
    pace = requestsPerSecondMax.map { SharedPace(perSecond: $0) }
  }

  fileprivate func http(caBundlePath: String?) throws -> HTTPClient {
    try clients.withLock { clients in
      if let client = clients[caBundlePath] { return client }
      let client = try HTTPClient(
        HTTPConfiguration(
          connectionsMax: connections, caBundlePath: caBundlePath,
          userAgent: "s3audit/\(IndexFile.programVersion)", firstByteMax: patience.firstByteMax))
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
  /// The region of the instance that gave the credentials, where nobody named another.
  var instanceRegion: Region?
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

  private static let quotaPerConnection = 500
  // A property is one call, and a sync waits for it before it closes what is listed: one that gets no
  // answer is recorded as that, and asked for again the next night.
  private static let attemptsMaxForProperties = RetryPolicy.attemptsMaxDefault

  /// Finds the region, endpoint and credentials of one profile and makes a client of them.
  ///
  /// - Throws: `ConfigurationError` that says what is missing and where it was looked for.
  static func connect(
    _ options: ConnectionOptions, environment: Environment, limits: ServiceLimits,
    now: @escaping @Sendable () -> Timestamp
  ) async throws -> Service {
    let files = try ProfileFiles.load(from: environment)
    let profile = try files.select(option: options.profile, environment: environment)
    let named = try RegionResolver.resolve(
      option: options.region, environment: environment, profile: profile.section)
    let settings = try EndpointSettings(
      environment: environment, profile: profile.section, files: files,
      endpointURL: options.endpointURL, addressingStyle: options.addressingStyle)
    // Whatever is wrong with it, and what leaves no bucket an address, is told before anybody is
    // asked for credentials.
    _ = try settings.s3Endpoint(in: named ?? .usEast1).service
    let signingTime: @Sendable () -> SigningTime = {
      SigningTime(secondsSinceEpoch: now().millisecondsSinceEpoch / 1_000)
    }
    let http = try limits.http(caBundlePath: settings.caBundlePath)
    var context = CredentialContext(
      environment: environment, files: files, http: http,
      caller: CallerEnvironment(now: signingTime), region: options.region.flatMap(Region.init))
    let (credentials, source) = try await credentials(options, profile: profile, context: context)
    let attempts = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    let retries = limits.patience.retries(configured: attempts)
    func caller(_ policy: RetryPolicy) -> RetryingCaller {
      RetryingCaller(
        http: http, credentials: credentials, policy: policy,
        // Who wrote down a number means it.
        attemptsUnansweredMax: attempts ?? RetryPolicy.attemptsMaxDefault,
        quota: RetryQuota(capacity: limits.connections * quotaPerConnection), pace: limits.pace,
        environment: context.caller, clock: context.clock)
    }
    let first = try await credentials.credentials(at: context.now)
    var instanceRegion: Region?
    if named == nil, let first {
      instanceRegion = try await InstanceRegion.find(of: first, profile, context)
      context.region = instanceRegion
    }
    let region = named ?? instanceRegion ?? .usEast1
    let endpoint = try settings.s3Endpoint(in: region)
    let number = AccountNumber(
      credentials, profile: profile, context: context, settings: settings)
    var identify: (@Sendable () async throws -> CallerIdentity)?
    if let first { identify = { try await number.identity(of: first) } }
    var callOptions = S3CallOptions()
    callOptions.paysForRequests = options.paysForRequests
    callOptions.expectedBucketOwner = options.expectedBucketOwner
    return Service(
      client: S3Client(
        caller: caller(retries),
        propertyCaller: caller(
          RetryPolicy(attemptsMax: min(retries.attemptsMax, attemptsMaxForProperties))),
        endpoint: endpoint, options: callOptions),
      endpointName: endpoint.custom?.description ?? Partition(of: region).bucketNamespace,
      region: endpoint.region, instanceRegion: instanceRegion,
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
      "credentials: \(credentialsSource); region: \(region.name)"
        + (instanceRegion == nil ? "" : ", the instance's"), "endpoint: \(endpoint)",
    ]
  }

  private static func credentials(
    _ options: ConnectionOptions, profile: SelectedProfile, context: CredentialContext
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

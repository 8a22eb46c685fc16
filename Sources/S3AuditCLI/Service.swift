internal import AWS
internal import HTTP
internal import Index
internal import S3
internal import Signing
internal import Vocabulary

/// The connection to an account, as options, environment and profile describe it.
struct Service {
  var client: S3Client
  /// Empty for AWS, else the endpoint's URL.
  var endpointName: String
  var region: Region
  /// Where the credentials came from.
  var credentialsSource: String

  // A crawl of hours must outlive a stumble: the SDKs' three attempts are for single calls. Ten wait
  // for up to 25 seconds in all, and a quota for each request in flight keeps one bucket's trouble
  // from ending the others. Being asked for fewer requests is no trouble: it only takes longer.
  private static let attemptsMax = 10
  private static let throttlingPatience = Duration.seconds(600)
  private static let quotaPerConnection = 500

  /// Finds the region, endpoint and credentials and makes a client of them.
  ///
  /// - Throws: `ConfigurationError` that says what is missing and where it was looked for.
  static func connect(
    _ options: ToolOptions.ConnectionOptions, environment: Environment, connections: Int,
    requestsPerSecondMax: Double?, now: @escaping @Sendable () -> Timestamp
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
    let (credentials, source) = try await credentials(
      options, environment: environment, profile: profile, now: signingTime())
    let http = try HTTPClient(
      HTTPConfiguration(
        connectionsMax: connections, caBundlePath: settings.caBundlePath,
        userAgent: "s3audit/\(IndexFile.programVersion)"))
    let attempts = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    let caller = RetryingCaller(
      http: http, credentials: credentials,
      policy: RetryPolicy(
        attemptsMax: attempts ?? attemptsMax, throttlingPatience: throttlingPatience),
      quota: RetryQuota(capacity: connections * quotaPerConnection),
      pace: requestsPerSecondMax.map { RequestPace(perSecond: $0) },
      environment: CallerEnvironment(now: signingTime))
    return Service(
      client: S3Client(caller: caller, endpoint: endpoint),
      endpointName: endpoint.custom?.description ?? "", region: region, credentialsSource: source)
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

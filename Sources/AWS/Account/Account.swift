/// An account as its user reaches it: who signs, from which region, by which endpoints, how fast and
/// how patiently.
///
/// `connect` finds all of that out once. Clients of services are made of the account: S3's and those of
/// `caller(for:)` share its credentials and their renewal, its clock, its connections and its pace.
/// STS's, which is asked whose given credentials are, shares the connections and the clock alone.
///
///     let account = try await Account.connect(
///       AccountOptions(profile: "work"), environment: .process(), limits: limits, time: time)
///     let s3 = S3Client(account: account)
///     let number = await account.number()
///
/// Any other service is called in any region without a client of its own; where the service is, and
/// what a signature for it says, the user's settings and AWS's endpoint rules tell:
///
///     let cloudWatch = try account.caller(for: .cloudwatch, in: region)  // eu-west-1
///     let metrics = try await cloudWatch.send(
///       QueryRequest("ListMetrics", version: "2010-08-01", [("Namespace", "AWS/S3")]))
///
/// A service that is not yet in `ServiceName` gets a case there, with its signing name and its host in
/// `RegionalEndpointRules`. A client with types of its own stands in `Services`.
package struct Account: Sendable {
  package let profile: SelectedProfile
  /// The region that counts where a call names none.
  package let region: Region
  /// The region of the instance that gave the credentials, where nobody named another.
  package let instanceRegion: Region?
  package let settings: EndpointSettings
  /// Where S3 is for a client that begins in `region`.
  package let s3Endpoint: S3Endpoint
  /// What requests are signed with, renewed before it expires and when a service refuses it.
  package let credentials: CredentialSource
  /// What the first request is signed with; nil when requests are not signed.
  package let firstCredentials: Credentials?
  let context: CredentialContext
  private let limits: AccountLimits
  /// What the user set; nil for as many attempts as the patience has.
  private let attemptsMax: Int?

  private static let quotaPerConnection = 500

  /// Finds the region, the endpoints and the credentials of a profile.
  ///
  /// Whatever is wrong with the settings, and what leaves no bucket an address, neither those of the
  /// options nor any other, is told before anybody is asked for credentials. Throws `ConfigurationError` that says what is missing and where
  /// it was looked for, and what a provider of credentials throws that is configured and does not
  /// work.
  package static func connect(
    _ options: AccountOptions, environment: Environment, limits: AccountLimits,
    time: CallerEnvironment
  ) async throws -> Account {
    let files = try ProfileFiles.load(from: environment)
    let profile = try files.select(option: options.profile, environment: environment)
    let named = try RegionResolver.resolve(
      option: options.region, environment: environment, profile: profile.section)
    let settings = try EndpointSettings(
      environment: environment, profile: profile.section, files: files,
      endpointURL: options.endpointURL, addressingStyle: options.addressingStyle)
    _ = try settings.address(of: .s3, in: named ?? .usEast1)
    try settings.requireAddress(
      ofOneOf: options.buckets, in: named,
      isUsEast1Otherwise: profile.asksServicesForKeys(environment))
    var context = CredentialContext(
      environment: environment, files: files,
      send: try limits.sender(trusting: settings.caBundlePath), caller: time,
      endpoint: EndpointSettings.finder(environment: environment, files: files),
      region: options.region.flatMap(Region.init))
    let credentials =
      options.isAnonymous ? .anonymous : try await renewing(profile: profile, context: context)
    let attemptsMax = try RetryPolicy.configuredAttemptsMax(
      environment: environment, profile: profile.section)
    let first = try await credentials.credentials(at: context.now)
    var instanceRegion: Region?
    if named == nil, let first {
      instanceRegion = try await InstanceRegion.find(of: first, profile, context)
      context.region = instanceRegion
    }
    let region = named ?? instanceRegion ?? .usEast1
    return Account(
      profile: profile, region: region, instanceRegion: instanceRegion, settings: settings,
      s3Endpoint: try settings.s3Endpoint(in: region), credentials: credentials,
      firstCredentials: first, context: context, limits: limits, attemptsMax: attemptsMax)
  }

  /// The chain of providers behind a cache, which has found credentials once.
  private static func renewing(
    profile: SelectedProfile, context: CredentialContext
  ) async throws -> CredentialSource {
    let cache = CredentialCache(
      CredentialChain(profile, context), presentTime: { context.now })
    _ = try await cache.credentials(at: context.now)
    return cache.source
  }

  // MARK: - Calls

  /// Calls to `service` in `region`, which is the account's own unless another is named.
  ///
  /// `patience` is the one of the limits unless a call wants another. Throws `ConfigurationError`
  /// when the settings allow the service no endpoint, and `Kind.foreignCredentials` when the account
  /// is another server's and the service would be AWS's: credentials of the one are not shown to the
  /// other.
  package func caller(
    for service: ServiceName, in region: Region? = nil, patience: Patience? = nil
  ) throws(ConfigurationError) -> ServiceCaller {
    guard settings.showsCredentials(to: service) else {
      throw ConfigurationError(
        .foreignCredentials,
        "S3 is not AWS's, and \(service.endpointVariable) names no other \(service.title)")
    }
    return try ServiceCaller(
      service, in: region ?? self.region, settings: settings,
      caller: retryingCaller(for: service, patience: patience))
  }

  /// Signs and repeats calls to any address of `service`: what a client is made of that finds the
  /// addresses itself.
  ///
  /// Each has a quota of retries of its own, as large as the account's connections allow; the pace is
  /// common to all.
  package func retryingCaller(
    for service: ServiceName, patience: Patience? = nil
  ) -> RetryingCaller {
    let patience = patience ?? limits.patience
    return RetryingCaller(
      send: patience.limiting(context.send),
      builder: RequestBuilder(options: service.signingOptions), credentials: credentials,
      policy: patience.retries(configured: attemptsMax),
      // Who wrote down a number means it.
      attemptsUnansweredMax: attemptsMax ?? RetryPolicy.attemptsMaxDefault,
      quota: RetryQuota(capacity: limits.connections * Self.quotaPerConnection),
      pace: limits.pace,
      // Requests to S3 alone cost money, and only AWS's do.
      spending: service == .s3 && s3Endpoint.custom == nil ? limits.spending : nil,
      environment: context.caller, clock: context.clock)
  }

  package var patience: Patience { limits.patience }

  // MARK: - What it is called

  /// The provider that the credentials came from; nil when requests are not signed.
  package var credentialsSource: String? { firstCredentials?.providerName }

  /// The profile that the account goes by: the one that was asked for, or the one that its
  /// credentials are of; nil when they are of none.
  package var profileName: String? {
    let isOfEnvironment = credentialsSource == EnvironmentCredentials.providerName
    return switch profile.origin {
    case .option: profile.name
    case .variable where !isOfEnvironment: profile.name
    case .fallback where !isOfEnvironment && profile.files.profile(profile.name) != nil:
      profile.name
    case .variable, .fallback, .source: nil
    }
  }
}

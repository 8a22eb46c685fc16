internal import HTTP
package import Signing

/// A role to assume, as a profile or the environment describes it.
package struct AssumedRole: Hashable, Sendable {
  package var arn: String
  /// What the session is called in the account's logs; nil for a name of ours.
  package var sessionName: String?
  package var externalID: String?
  /// How long the credentials shall serve; nil for the service's hour.
  package var durationSeconds: Int?
  /// Where the role is written down, for messages: `profile 'x'`.
  package var place: String

  package init(
    arn: String, sessionName: String? = nil, externalID: String? = nil,
    durationSeconds: Int? = nil, place: String
  ) {
    self.arn = arn
    self.sessionName = sessionName
    self.externalID = externalID
    self.durationSeconds = durationSeconds
    self.place = place
  }
}

/// Whose credentials are in use, in the words of STS.
package struct CallerIdentity: Hashable, Sendable {
  package var accountID: String
  package var arn: String
  package var userID: String

  package init(accountID: String, arn: String, userID: String) {
    self.accountID = accountID
    self.arn = arn
    self.userID = userID
  }
}

/// The Security Token Service: turns credentials or a token into those of a role, and tells whose
/// credentials are whose.
///
/// Query protocol of 2011-06-15. Sent again as the SDKs do in standard mode; `AWS_MAX_ATTEMPTS` and
/// `max_attempts` count. Every call throws `STSError`, or `ConfigurationError` for an endpoint or a
/// region that cannot be worked with.
package struct STSClient: Sendable {
  private let profile: SelectedProfile
  private let context: CredentialContext
  private let attemptsMax: Int?

  /// `profile` is the one whose region, endpoint and retry settings count; `attemptsMax` comes
  /// before what they say.
  package init(
    _ profile: SelectedProfile, _ context: CredentialContext, attemptsMax: Int? = nil
  ) {
    self.profile = profile
    self.context = context
    self.attemptsMax = attemptsMax
  }

  /// The credentials of `role`, signed for with `credentials`.
  package func assumeRole(
    _ role: AssumedRole, with credentials: Credentials, providerName: String
  ) async throws -> Credentials {
    var parameters = parameters(of: role)
    if let id = role.externalID { parameters.append(("ExternalId", id)) }
    if let seconds = role.durationSeconds {
      parameters.append(("DurationSeconds", String(seconds)))
    }
    let call = Call(.assumeRole(role), action: "AssumeRole", parameters: parameters)
    return try Self.credentials(
      try await send(call, credentials: credentials), of: call, providerName: providerName)
  }

  /// The credentials of `role` for a token of an identity provider; the request is not signed.
  package func assumeRole(
    _ role: AssumedRole, webIdentityToken token: Secret, providerName: String
  ) async throws -> Credentials {
    let call = Call(
      .assumeRoleWithWebIdentity(role), action: "AssumeRoleWithWebIdentity",
      parameters: parameters(of: role) + [("WebIdentityToken", token.revealed)])
    return try Self.credentials(
      try await send(call, credentials: nil), of: call, providerName: providerName)
  }

  /// Whose `credentials` are; needs no permission.
  package func callerIdentity(of credentials: Credentials) async throws -> CallerIdentity {
    let call = Call(.getCallerIdentity, action: "GetCallerIdentity")
    let answer = try await send(call, credentials: credentials)
    guard let account = answer.text(ofFirst: "Account"), let arn = answer.text(ofFirst: "Arn")
    else {
      throw call.unreadable("it names no account")
    }
    return CallerIdentity(
      accountID: account, arn: arn, userID: answer.text(ofFirst: "UserId") ?? "")
  }

  private func parameters(of role: AssumedRole) -> [(String, String)] {
    let name = role.sessionName ?? "s3audit-\(context.now.secondsSinceEpoch)"
    return [("RoleArn", role.arn), ("RoleSessionName", name)]
  }
}

// MARK: - Requests

extension STSClient {
  private struct Call {
    var operation: STSError.Operation
    var request: QueryRequest

    init(
      _ operation: STSError.Operation, action: String, parameters: [(String, String)] = []
    ) {
      self.operation = operation
      request = QueryRequest(action, version: "2011-06-15", parameters)
    }

    func answer(in response: HTTPResponse) throws(STSError) -> QueryElement {
      do {
        return try request.answer(in: response)
      } catch {
        if let problem = error.problem { throw unreadable(problem) }
        throw STSError(
          operation, statusCode: error.statusCode, code: error.code, message: error.message,
          requestID: error.requestID, retryCause: error.retryCause)
      }
    }

    /// An answer that STS would not give: a proxy's page, or a body cut short.
    func unreadable(_ problem: String) -> STSError {
      STSError(
        operation, message: "the answer is not one of STS: \(problem)", retryCause: .transient)
    }
  }

  private func send(_ call: Call, credentials: Credentials?) async throws -> QueryElement {
    let address = try address(for: call.operation)
    let configured = try RetryPolicy.configuredAttemptsMax(
      environment: context.environment, profile: profile.section)
    let policy = RetryPolicy(
      attemptsMax: attemptsMax ?? configured ?? RetryPolicy.attemptsMaxDefault)
    let caller = RetryingCaller(
      send: context.send, builder: RequestBuilder(options: ServiceName.sts.signingOptions),
      credentials: credentials.map { known in CredentialSource { _ in known } } ?? .anonymous,
      policy: policy, attemptsUnansweredMax: policy.attemptsMax, environment: context.caller,
      clock: context.clock)
    do {
      return try await caller.send(call.request.call(to: address)) { response in
        let answer = try call.answer(in: response)
        learnTime(from: response)
        return answer
      }
    } catch var error as STSError {
      if Credentials.codesOfWrongKeys.contains(error.code ?? "") {
        error.keysHint = credentials?.quotesHint
      }
      throw error
    } catch let error as HTTPError {
      if error.kind == .cancelled { throw CancellationError() }
      throw STSError(
        call.operation, message: error.description, retryCause: RetryCause(error),
        transportHint: error.hint)
    }
  }

  /// Takes in how wrong this machine's clock is, also where STS has not complained: whether the
  /// credentials have expired that it has just issued is a question of its time.
  private func learnTime(from response: HTTPResponse) {
    guard context.clock.offsetSeconds == 0,
      let offset = response.headers.clockOffsetSeconds(at: context.caller.now())
    else { return }
    if abs(offset) > ServiceClock.offsetSecondsMin { context.clock.offsetSeconds = offset }
  }

  private static func credentials(
    _ answer: QueryElement, of call: Call, providerName: String
  ) throws -> Credentials {
    guard let id = answer.text(ofFirst: "AccessKeyId"),
      let secret = answer.text(ofFirst: "SecretAccessKey"),
      let token = answer.text(ofFirst: "SessionToken")
    else { throw call.unreadable("it holds no credentials") }
    guard let expiration = answer.text(ofFirst: "Expiration").flatMap(SigningTime.init(written:))
    else {
      throw call.unreadable("it does not say when the credentials expire")
    }
    return try Credentials(
      accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: Secret(token),
      expiration: expiration, providerName: providerName,
      accountID: answer.text(ofFirst: "Arn").flatMap(accountID(ofARN:))
    ).checked(from: "STS")
  }

  /// The account in `arn:partition:service:region:account:resource`.
  private static func accountID(ofARN arn: String) -> String? {
    let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", !parts[4].isEmpty else { return nil }
    return String(parts[4])
  }
}

// MARK: - Addresses

extension STSClient {
  private func address(
    for operation: STSError.Operation
  ) throws(ConfigurationError) -> ServiceAddress {
    let region =
      try RegionResolver.resolve(
        option: context.region?.name, environment: context.environment, profile: profile.section)
      ?? Self.fallbackRegion(for: operation)
    let endpoint = try context.endpoint(.sts, region, profile.section)
    // The global endpoint takes no signature for another region.
    return ServiceAddress(
      endpoint: endpoint,
      region: endpoint.host == "sts.amazonaws.com" ? .usEast1 : region.withoutFIPS,
      signingName: "sts")
  }

  /// A region of the role's partition: credentials mean nothing in another one.
  private static func fallbackRegion(for operation: STSError.Operation) -> Region {
    switch operation {
    case .getCallerIdentity: return .usEast1
    case .assumeRole(let role), .assumeRoleWithWebIdentity(let role):
      let id = role.arn.split(separator: ":").dropFirst().first
      let partition = Partition.all.first { $0.id == id ?? "" }
      return partition.flatMap { Region($0.implicitGlobalRegion) } ?? .usEast1
    }
  }
}

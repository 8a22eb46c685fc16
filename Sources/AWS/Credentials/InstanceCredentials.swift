internal import HTTP
internal import Signing
internal import Synchronization

/// Credentials of the role of the EC2 instance that this process runs on, from its metadata
/// service, version 2.
///
/// The last place of the chain, and on most machines there is no such service: it is given a second
/// and one attempt (botocore's defaults), and everything it does not give is an absence. Version 1
/// is used only when the user asks for it.
package final class InstanceCredentials: CredentialProvider {
  package let name = "instance metadata"
  private let profile: SelectedProfile
  private let context: CredentialContext
  /// Why the last look found nothing.
  private let finding = Mutex("the metadata service of EC2 has not been asked")

  private static let tokenSeconds = 21_600
  private static let answerBytesMax = 1 << 20
  /// How often a question is asked of a service that is there and stumbles.
  private static let stumblesMax = 3
  private static let rolePath = "/latest/meta-data/iam/security-credentials/"

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    self.profile = profile
    self.context = context
  }

  package var absence: String { finding.withLock { $0 } }

  /// The instance's credentials; nil where there is no instance, or it has no role.
  ///
  /// Throws `ConfigurationError` for settings that cannot be worked with.
  package func credentials() async throws -> Credentials? {
    do {
      guard !InstanceMetadata.isDisabled(in: context.environment) else {
        throw Absence("AWS_EC2_METADATA_DISABLED is true")
      }
      let metadata = try InstanceMetadata(
        environment: context.environment, profile: profile.section)
      return try await credentials(metadata)
    } catch let absence as Absence {
      finding.withLock { $0 = absence.reason }
      return nil
    }
  }

  /// What the service does not give, as the chain tells it.
  private struct Absence: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
  }

  private func credentials(_ metadata: InstanceMetadata) async throws -> Credentials {
    var conversation = Conversation()
    let token = try await token(metadata, &conversation)
    let names = try await ask(
      metadata, path: Self.rolePath, token: token, conversation: &conversation)
    if names.status == 404 { throw Absence("the instance has no role") }
    try expectSuccess(names, to: "its role", on: metadata)
    guard !names.body.isEmpty else { throw Absence("the instance has no role") }
    guard let role = Self.roleName(in: names.body) else {
      throw Absence("the metadata service's answer is not the name of a role")
    }
    let answer = try await ask(
      metadata, path: Self.rolePath + URIEncoding.encode(role), token: token,
      conversation: &conversation)
    try expectSuccess(answer, to: "credentials", on: metadata)
    guard let document = CredentialDocument(parsing: answer.body) else {
      throw Absence("the metadata service's answer is not JSON")
    }
    let place = "the instance's role \(quoted(role))"
    if let refusal = document.refusal { throw Absence("\(place) has no credentials (\(refusal))") }
    guard let credentials = document.credentials(providerName: name) else {
      throw Absence("\(place) has only a part of the credentials")
    }
    return extended(try credentials.checked(from: "the metadata service"))
  }

  /// The first line, if it is a name that IAM allows (IAM API Reference, "CreateRole").
  ///
  /// Whatever else answers there may say anything, and the name is quoted in messages.
  private static func roleName(in answer: [UInt8]) -> String? {
    let line = trimmingBlanks(String(decoding: answer.prefix { $0 != 0x0A }, as: UTF8.self))
    guard (1...64).contains(line.utf8.count),
      line.utf8.allSatisfy({ isWordByte($0) || "+=,.@-".utf8.contains($0) })
    else { return nil }
    return String(line)
  }

  private func expectSuccess(
    _ response: HTTPResponse, to question: String, on metadata: InstanceMetadata
  ) throws(Absence) {
    guard response.status != 200 else { return }
    throw Absence(
      "\(metadata.endpoint) answered the question for \(question) with status \(response.status)")
  }

  /// The token for all other questions; nil for version 1.
  private func token(
    _ metadata: InstanceMetadata, _ conversation: inout Conversation
  ) async throws -> Secret? {
    let lifetime = HTTPHeader(
      name: "x-aws-ec2-metadata-token-ttl-seconds", value: String(Self.tokenSeconds))
    let refusal: Absence
    do {
      let response = try await ask(
        metadata, method: "PUT", url: metadata.tokenURL, headers: [lifetime],
        conversation: &conversation)
      let text = trimmingBlanks(String(decoding: response.body, as: UTF8.self))
      if response.status == 200, !text.isEmpty { return Secret(String(text)) }
      let problem = Absence("\(metadata.endpoint) gives no token (status \(response.status))")
      // Other answers are no sign of version 1.
      guard [403, 404, 405].contains(response.status) else { throw problem }
      refusal = Absence(
        "\(problem.reason); if it knows version 1 only, AWS_EC2_METADATA_V1_DISABLED=false allows it"
      )
    } catch let silence as Silence {
      guard silence.isMute else { throw silence.absence }
      refusal = silence.absence
    }
    guard metadata.allowsVersion1 else { throw refusal }
    return nil
  }

  /// Nearly over, or over: used on, in the hope that the service that checks them knows why.
  ///
  /// When the service that makes credentials is down, IMDS hands out old ones, and S3 takes them
  /// (AWS SDKs, "static stability"; botocore `_evaluate_expiration`).
  private func extended(_ credentials: Credentials) -> Credentials {
    let now = context.now
    let window =
      CredentialCache.renewalWindowSeconds + 120 + Int64(480 * context.caller.random())
    guard let expiration = credentials.expiration, now >= expiration.advanced(bySeconds: -window)
    else { return credentials }
    var extended = credentials
    extended.expiration = now.advanced(bySeconds: window)
    return extended
  }
}

// MARK: - Questions

extension InstanceCredentials {
  /// What is known of the service so far.
  private struct Conversation {
    var hasAnswered = false
  }

  /// No answer.
  private struct Silence: Error {
    var absence: Absence
    /// There is a service, but it says nothing: so it looks from inside a container, whose network
    /// is one hop too far for tokens.
    var isMute: Bool
  }

  private func ask(
    _ metadata: InstanceMetadata, path: String, token: Secret?,
    conversation: inout Conversation
  ) async throws -> HTTPResponse {
    do {
      return try await ask(
        metadata, method: "GET", url: "\(metadata.endpoint)\(path)",
        headers: token.map {
          [HTTPHeader(name: "x-aws-ec2-metadata-token", value: $0.revealed)]
        } ?? [], conversation: &conversation)
    } catch let silence as Silence {
      throw silence.absence
    }
  }

  private func ask(
    _ metadata: InstanceMetadata, method: String, url: String, headers: [HTTPHeader],
    conversation: inout Conversation
  ) async throws -> HTTPResponse {
    let request = HTTPRequest(
      method: method, url: url, headers: headers,
      bodyBytesMax: Self.answerBytesMax,
      timeouts: HTTPTimeouts(
        connect: metadata.timeout, firstByte: metadata.timeout, stall: metadata.timeout,
        stallBytesMin: 1), usesProxy: false)
    var attempt = 1
    while true {
      do throws(HTTPError) {
        let response = try await context.send(request)
        conversation.hasAnswered = true
        let isStumble = response.status == 429 || response.status >= 500
        guard isStumble, attempt < metadata.attemptsMax ?? Self.stumblesMax else { return response }
      } catch {
        if error.kind == .cancelled { throw CancellationError() }
        let attemptsMax =
          metadata.attemptsMax ?? (conversation.hasAnswered ? Self.stumblesMax : 1)
        guard error.isTransient, attempt < attemptsMax else {
          throw Silence(
            absence: Absence("nothing answers at \(metadata.endpoint): \(error.message)"),
            isMute: error.kind == .firstByteTimeout)
        }
      }
      let delay = RetryPolicy().delay(
        beforeRetry: attempt - 1, after: .transient, random: context.caller.random())
      try await context.caller.sleep(delay)
      attempt += 1
    }
  }
}

internal import HTTP
internal import Signing

/// Questions to the metadata service of EC2 instances, with the token that it wants to see.
///
/// On most machines there is no such service: it is given a second and one attempt (botocore's
/// defaults). One that has answered is there, and may stumble.
struct InstanceConversation {
  /// Why the service gives no credentials, as the chain tells it.
  struct Absence: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
  }

  /// No answer.
  private struct Silence: Error {
    var absence: Absence
    /// There is a service, but it says nothing: so it looks from inside a container, whose network
    /// is one hop too far for tokens.
    var isMute: Bool
  }

  private enum Token {
    case notAsked
    /// Nil for version 1.
    case known(Secret?)
  }

  private static let tokenSeconds = 21_600
  private static let answerBytesMax = 1 << 20
  /// How often a question is asked of a service that is there and stumbles.
  private static let stumblesMax = 4
  private static let wayToVersion1 = "AWS_EC2_METADATA_V1_DISABLED=false allows"

  let metadata: InstanceMetadata
  private let context: CredentialContext
  private var token = Token.notAsked
  private var hasAnswered = false

  /// Nothing has been asked yet.
  init(_ metadata: InstanceMetadata, _ context: CredentialContext) {
    self.metadata = metadata
    self.context = context
  }

  /// The answer to a question, whatever its status.
  ///
  /// A token that the service does not take, or no more, is replaced once. Throws `Absence` for a
  /// service that does not answer or gives no token, `CancellationError`.
  mutating func ask(_ path: String) async throws -> HTTPResponse {
    let secret: Secret?
    switch token {
    case .known(let known): secret = known
    case .notAsked: secret = try await askForToken()
    }
    let response = try await get(path, secret)
    guard response.status == 401, secret != nil else { return response }
    return try await get(path, try await askForToken())
  }

  private mutating func get(_ path: String, _ token: Secret?) async throws -> HTTPResponse {
    do {
      return try await send(
        method: "GET", url: "\(metadata.endpoint)\(path)",
        headers: token.map {
          [HTTPHeader(name: "x-aws-ec2-metadata-token", value: $0.revealed)]
        } ?? [])
    } catch let silence as Silence {
      throw silence.absence
    }
  }

  /// The token for all other questions; nil for version 1.
  private mutating func askForToken() async throws -> Secret? {
    let lifetime = HTTPHeader(
      name: "x-aws-ec2-metadata-token-ttl-seconds", value: String(Self.tokenSeconds))
    let refusal: Absence
    do {
      let response = try await send(method: "PUT", url: metadata.tokenURL, headers: [lifetime])
      let text = trimmingBlanks(String(decoding: response.body, as: UTF8.self))
      if response.status == 200, !text.isEmpty {
        let secret = Secret(String(text))
        token = .known(secret)
        return secret
      }
      let problem = Absence("\(metadata.endpoint) gives no token (status \(response.status))")
      // Other answers are no sign of version 1.
      guard [403, 404, 405].contains(response.status) else { throw problem }
      refusal = Absence(
        "\(problem.reason); if it knows version 1 only, \(Self.wayToVersion1) it")
    } catch let silence as Silence {
      guard silence.isMute else { throw silence.absence }
      refusal = Absence(
        "\(silence.absence.reason); in a container, raise the hop limit of the instance to 2, or "
          + "\(Self.wayToVersion1) version 1")
    }
    guard metadata.allowsVersion1 else { throw refusal }
    token = .known(nil)
    return nil
  }

  private mutating func send(
    method: String, url: String, headers: [HTTPHeader]
  ) async throws -> HTTPResponse {
    let request = HTTPRequest(
      method: method, url: url, headers: headers, bodyBytesMax: Self.answerBytesMax,
      timeouts: HTTPTimeouts(
        connect: metadata.timeout, firstByte: metadata.timeout, stall: metadata.timeout,
        stallBytesMin: 1), usesProxy: false)
    var attempt = 1
    while true {
      do throws(HTTPError) {
        let response = try await context.send(request)
        hasAnswered = true
        let isStumble = response.status == 429 || response.status >= 500
        guard isStumble, attempt < metadata.attemptsMax ?? Self.stumblesMax else { return response }
      } catch {
        if error.kind == .cancelled { throw CancellationError() }
        let attemptsMax = metadata.attemptsMax ?? (hasAnswered ? Self.stumblesMax : 1)
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

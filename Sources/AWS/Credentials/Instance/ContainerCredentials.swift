internal import HTTP
internal import Signing

/// Credentials of the task or pod that this process runs in: Amazon ECS, and EKS Pod Identity.
///
/// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, else `AWS_CONTAINER_CREDENTIALS_FULL_URI`, with the
/// token of `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, else of `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
/// The file is read again at each renewal. Times and attempts are those of botocore's
/// `ContainerMetadataFetcher`.
package struct ContainerCredentials: CredentialProvider {
  package let name = "container"
  private let environment: Environment
  private let context: CredentialContext

  private static let relativeVariable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
  private static let fullVariable = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
  private static let tokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
  private static let tokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
  private static let timeout = Duration.seconds(2)
  private static let attemptsMax = 3
  private static let pause = Duration.seconds(1)
  private static let answerBytesMax = 1 << 20

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    environment = context.environment
    self.context = context
  }

  package var absence: String { "\(Self.relativeVariable) and \(Self.fullVariable) are not set" }

  /// The container's credentials; nil without either variable.
  ///
  /// Throws `Kind.credentialsSource` for an address that credentials must not be asked of, and when
  /// it gives none.
  package func credentials() async throws -> Credentials? {
    guard let url = try Self.url(in: environment) else { return nil }
    var request = HTTPRequest(
      url: url, headers: [HTTPHeader(name: "Accept", value: "application/json")],
      bodyBytesMax: Self.answerBytesMax,
      timeouts: HTTPTimeouts(
        connect: Self.timeout, firstByte: Self.timeout, stall: Self.timeout, stallBytesMin: 1),
      usesProxy: false)
    if let token = try token() {
      request.headers.append(HTTPHeader(name: "Authorization", value: token.revealed))
    }
    var attempt = 1
    while true {
      do {
        return try await ask(request)
      } catch let error as ConfigurationError where attempt < Self.attemptsMax {
        _ = error
        attempt += 1
        try await context.caller.sleep(Self.pause)
      }
    }
  }

  private func ask(_ request: HTTPRequest) async throws -> Credentials {
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try await context.send(request)
    } catch {
      if error.kind == .cancelled { throw CancellationError() }
      // Without the URL: the path of a task's credentials is as good as a password.
      throw Self.failure("it cannot be reached: \(error.message)", hint: error.hint)
    }
    let document = CredentialDocument(parsing: response.body)
    guard response.status == 200 else {
      throw Self.failure(
        "it answered with status \(response.status)"
          + (document?.refusal.map { " (\($0))" } ?? ""))
    }
    guard let document else { throw Self.failure("its answer is not JSON") }
    guard let credentials = document.credentials(providerName: name) else {
      throw Self.failure(document.refusal ?? "its answer lacks a part of the credentials")
    }
    return try credentials.checked(from: "the container")
  }

  private static func failure(_ problem: String, hint: String? = nil) -> ConfigurationError {
    ConfigurationError(
      .credentialsSource, "the container's credentials cannot be had: \(problem)",
      hint: hint ?? "check the role of the task or pod, and the variables AWS_CONTAINER_*")
  }
}

extension ContainerCredentials {
  /// Where credentials are asked for; nil when neither variable is set.
  ///
  /// Throws `Kind.credentialsSource`; never quotes the value, which may hold a secret.
  package static func url(
    in environment: Environment
  ) throws(ConfigurationError) -> String? {
    if let path = environment[relativeVariable] {
      // Anything else could turn the address into the user name of another.
      guard path.hasPrefix("/"), isVisibleASCII(path) else {
        throw ConfigurationError(
          .credentialsSource, "\(relativeVariable) is not a path that begins with a slash")
      }
      return "http://169.254.170.2\(path)"
    }
    guard let url = environment[fullVariable] else { return nil }
    let endpoint = try Endpoint(
      parsing: String(url.prefix { $0 != "?" && $0 != "#" }), from: fullVariable)
    guard isVisibleASCII(url) else {
      throw ConfigurationError(.credentialsSource, "\(fullVariable) is not percent-encoded")
    }
    guard endpoint.scheme == .https || mayBeAskedWithoutTLS(endpoint.host) else {
      throw ConfigurationError(
        .credentialsSource,
        "the host of \(fullVariable) may not be asked for credentials over plain http",
        hint: "use https, a loopback address, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]")
    }
    return url
  }

  /// The list of botocore and of the AWS SDKs and Tools Reference Guide, "Container credential
  /// provider".
  private static func mayBeAskedWithoutTLS(_ host: String) -> Bool {
    switch host {
    case "localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]",
      "[0:0:0:0:0:0:0:1]":
      true
    default: host.hasPrefix("127.") && Endpoint(host: host).isAddress
    }
  }

  private func token() throws(ConfigurationError) -> Secret? {
    let text: String
    let place: String
    if let path = environment[Self.tokenFileVariable] {
      guard let bytes = try environment.readFile(path) else {
        throw ConfigurationError(
          .credentialsSource,
          "the token file \(quoted(path)) of \(Self.tokenFileVariable) does not exist",
          hint: "in Kubernetes, check the pod's service account and its Pod Identity association")
      }
      text = String(decoding: bytes, as: UTF8.self)
      place = "the token file \(quoted(path))"
    } else if let token = environment[Self.tokenVariable] {
      text = token
      place = Self.tokenVariable
    } else {
      return nil
    }
    let token = trimmingBlanks(text)
    // It becomes a header, which a line end would end.
    guard token.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw ConfigurationError(
        .credentialsSource, "\(place) holds more than the line of a token")
    }
    return Secret(String(token))
  }
}

internal import AWS
internal import HTTP

/// Finds out the number of the account that credentials belong to.
///
/// Nobody waits long for it and nothing fails without it: without a number an account goes by its
/// owner.
struct AccountNumber: Sendable {
  private let credentials: CredentialSource
  private let profile: SelectedProfile
  private let context: CredentialContext
  private let mayAsk: Bool

  private static let attemptsMax = 2
  private static let connectTimeout = Duration.seconds(3)
  private static let firstByteTimeout = Duration.seconds(5)

  /// Credentials of another server than AWS are shown to no STS but one that the user set too.
  init(
    _ credentials: CredentialSource, profile: SelectedProfile,
    context: CredentialContext, settings: EndpointSettings
  ) {
    self.credentials = credentials
    self.profile = profile
    self.context = context
    mayAsk =
      settings.customEndpointPlace(of: .s3) == nil || settings.customEndpointPlace(of: .sts) != nil
  }

  /// The number that came with the credentials, else the one that STS names; nil without
  /// credentials, and when nobody says.
  func find() async -> String? {
    do {
      guard let credentials = try await credentials.credentials(at: context.now) else {
        return nil
      }
      if let number = credentials.accountID { return Self.checked(number) }
      guard mayAsk else { return nil }
      return Self.checked(try await identity(of: credentials).accountID)
    } catch {
      // Many may list buckets and yet not reach STS; a sync does not need it.
      return nil
    }
  }

  /// Whose credentials STS says that these are.
  func identity(of credentials: Credentials) async throws -> CallerIdentity {
    try await STSClient(profile, hasty, attemptsMax: Self.attemptsMax)
      .callerIdentity(of: credentials)
  }

  /// Servers that play STS name what they like.
  static func checked(_ number: String) -> String? {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return number.utf8.count == 12 && number.utf8.allSatisfy(digits.contains) ? number : nil
  }

  private var hasty: CredentialContext {
    var hasty = context
    hasty.send = { [send = context.send] (request) async throws(HTTPError) in
      var request = request
      request.timeouts.connect = Self.connectTimeout
      request.timeouts.firstByte = Self.firstByteTimeout
      return try await send(request)
    }
    return hasty
  }
}

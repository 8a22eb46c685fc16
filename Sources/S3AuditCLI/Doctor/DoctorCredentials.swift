internal import AWS
internal import Signing
internal import Vocabulary

/// What requests are signed with and whose it is, without what is secret of it.
struct DoctorCredentials {
  private let account: Account
  private let now: Timestamp
  private let say: @Sendable (String) -> Void

  /// Codes of STS that are about the credentials; whoever else answers has others.
  private static let credentialCodes: Set<String> = [
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
    "SignatureDoesNotMatch",
  ]

  init(
    _ account: Account, now: Timestamp, say: @escaping @Sendable (String) -> Void
  ) {
    self.account = account
    self.now = now
    self.say = say
  }

  func examine() async throws -> [DoctorCheck] {
    guard let credentials = account.firstCredentials else {
      return [DoctorCheck(.credentials, "source", .ok, account.sourceText)]
    }
    return [
      DoctorCheck(.credentials, "source", .ok, credentials.providerName),
      DoctorCheck(
        .credentials, "access key", .ok, "ends in \(credentials.accessKeyID.suffix(4))"),
      DoctorCheck(.credentials, "expiry", .ok, expiryText(credentials.expiration)),
      try await identityCheck(credentials),
    ]
  }

  private func expiryText(_ end: SigningTime?) -> String {
    guard let end else { return "never" }
    let milliseconds = end.secondsSinceEpoch * 1_000 - now.millisecondsSinceEpoch
    let moment = Timestamp(millisecondsSinceEpoch: end.secondsSinceEpoch * 1_000)
    return "in \(ageText(milliseconds)), at \(moment.iso8601); renewed before, where the source can"
  }

  // MARK: - Identity

  /// STS's GetCallerIdentity, which needs no permission.
  private func identityCheck(_ credentials: Credentials) async throws -> DoctorCheck {
    let number = credentials.accountID.flatMap(AccountNumber.init)
    let known = number.map { "; the source says account \($0)" } ?? ""
    guard account.settings.showsCredentials(to: .sts) else {
      return check(
        .skipped,
        "not asked: S3 is not AWS's, and AWS_ENDPOINT_URL_STS names no other STS\(known)")
    }
    do {
      let identity = try await account.identity(of: credentials)
      say("STS GetCallerIdentity → \(identity.arn.escapingControls())")
      return check(
        .ok,
        "\(identity.arn.escapingControls()), account \(identity.accountID.escapingControls())")
    } catch let error as STSError {
      say("STS GetCallerIdentity → \(error)")
      return judged(error)
    } catch let error as ConfigurationError {
      return check(.warning, onOneLine(message(of: error)), help: hint(for: error))
    }
  }

  private func judged(_ error: STSError) -> DoctorCheck {
    let detail = onOneLine("\(error)")
    if let code = error.code, Self.credentialCodes.contains(code) {
      return check(.failed, detail, help: error.hint ?? "check the credentials")
    }
    guard error.statusCode == nil else { return check(.unsupported, detail) }
    return check(.warning, detail, help: error.hint ?? "check the way to STS")
  }

  private func check(
    _ status: DoctorCheck.Status, _ detail: String, help: String? = nil
  ) -> DoctorCheck {
    DoctorCheck(.credentials, "identity", status, detail, help: help)
  }
}

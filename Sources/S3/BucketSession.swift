internal import AWS
internal import Signing
internal import Vocabulary

/// The keys that a directory bucket gives for its requests (API Reference, "CreateSession").
enum BucketSession {
  /// Reads the body of an answer to CreateSession.
  static func credentials(parsing body: [UInt8]) throws(AnswerError) -> Credentials {
    try readAnswer(
      body, root: "CreateSessionResult", orHolding: { $0.contains("Credentials") }
    ) { (scanner) throws(XMLError) in
      var found: Credentials?
      while try scanner.nextChild() {
        if scanner.isNamed("Credentials") {
          found = try credentials(&scanner)
        } else {
          try scanner.skip()
        }
      }
      guard let found else {
        throw XMLError(offset: scanner.offset, expected: "Credentials in the session")
      }
      return found
    }
  }

  private static func credentials(_ scanner: inout XMLScanner) throws(XMLError) -> Credentials {
    var (key, secret, token) = ("", "", "")
    var expiration: Timestamp?
    while try scanner.nextChild() {
      switch scanner.name {
      case "AccessKeyId": key = try scanner.nextString()
      case "SecretAccessKey": secret = try scanner.nextString()
      case "SessionToken": token = try scanner.nextString()
      case "Expiration": expiration = Timestamp(written: try scanner.nextString(), needsZone: true)
      default: try scanner.skip()
      }
    }
    guard !key.isEmpty, !secret.isEmpty, !token.isEmpty, let expiration else {
      throw XMLError(
        offset: scanner.offset, expected: "keys, a token and an Expiration in the session")
    }
    return Credentials(
      accessKeyID: key, secretAccessKey: Secret(secret), sessionToken: Secret(token),
      expiration: SigningTime(secondsSinceEpoch: expiration.millisecondsSinceEpoch / 1_000),
      providerName: "CreateSession")
  }
}

/// Opens sessions of one directory bucket.
struct BucketSessionProvider: CredentialProvider {
  let name = "CreateSession"
  let absence = "no session"
  /// Asks the bucket for one.
  let open: @Sendable () async throws -> Credentials

  func credentials() async throws -> Credentials? { try await open() }
}

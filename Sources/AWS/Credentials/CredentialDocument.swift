internal import Signing
internal import Vocabulary

/// The JSON object in which container and instance metadata hand out credentials.
///
/// Redacted, because it holds them.
struct CredentialDocument: Redacted {
  /// The members that are text, by lower-case name: the services do not agree on case.
  private let members: [String: String]

  /// Nil when `bytes` are no JSON object.
  init?(parsing bytes: [UInt8]) {
    guard case .object(let object)? = JSONValue(parsing: bytes) else { return nil }
    let texts = object.members.compactMap { member in
      member.value.string.map { (member.name.lowercased(), $0) }
    }
    members = Dictionary(texts) { first, _ in first }
  }

  /// The code of a document that tells why there are no credentials; nil without one that reads
  /// like a code, or with that of success.
  ///
  /// The message is left out: it may quote what was sent, or what should have been the answer.
  var refusal: String? {
    guard let code = members["code"], code.lowercased() != "success", looksLikeCode(code) else {
      return nil
    }
    return code
  }

  /// The credentials; nil when a part of them is missing or no time.
  func credentials(providerName: String) -> Credentials? {
    guard let id = members["accesskeyid"], let secret = members["secretaccesskey"],
      let token = members["token"],
      let expiration = members["expiration"].flatMap({ SigningTime(written: $0) })
    else { return nil }
    return Credentials(
      accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: Secret(token),
      expiration: expiration, providerName: providerName, accountID: members["accountid"])
  }
}

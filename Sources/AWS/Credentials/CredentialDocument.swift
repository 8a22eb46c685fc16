internal import Signing

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The JSON object in which container and instance metadata hand out credentials.
///
/// Redacted, because it holds them.
struct CredentialDocument: Decodable, Redacted {
  /// The members that are text, by lower-case name: the services do not agree on case.
  private let members: [String: String]

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Nil when `bytes` are no JSON object.
  init?(parsing bytes: [UInt8]) {
    // What is wrong with it is of no use, and its words might quote a secret.
    guard let document = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = document
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    var members: [String: String] = [:]
    for name in container.allKeys {
      // Members of other types are none of ours.
      guard let text = try? container.decode(String.self, forKey: name) else { continue }
      members[name.stringValue.lowercased()] = text
    }
    self.members = members
  }

  /// `Code: Message` of a document that tells why there are no credentials, safe to print; nil
  /// without a code, or with that of success.
  var refusal: String? {
    guard let code = members["code"], code.lowercased() != "success" else { return nil }
    let message = members["message"].map { ": " + $0.escapedForMessages() } ?? ""
    return code.escapedForMessages(scalarsMax: 100) + message
  }

  /// The credentials; nil when a part of them is missing or no time.
  func credentials(providerName: String) -> Credentials? {
    guard let id = members["accesskeyid"], let secret = members["secretaccesskey"],
      let token = members["token"],
      let expiration = members["expiration"].flatMap({ SigningTime(iso8601: $0) }),
      !id.isEmpty, !secret.isEmpty
    else { return nil }
    return Credentials(
      accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: Secret(token),
      expiration: expiration, providerName: providerName, accountID: members["accountid"])
  }
}

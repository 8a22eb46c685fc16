internal import HTTP
internal import Signing
internal import Synchronization

/// Credentials of the role of the EC2 instance that this process runs on, from its metadata
/// service, version 2.
///
/// The last place of the chain, and on most machines there is no such service: everything it does
/// not give is an absence. Version 1 is used only when the user asks for it.
package final class InstanceCredentials: CredentialProvider {
  static let providerName = "instance metadata"

  package let name = InstanceCredentials.providerName
  private let profile: SelectedProfile
  private let context: CredentialContext
  /// Why the last look found nothing.
  private let finding = Mutex("the metadata service of EC2 has not been asked")

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
      return try await credentials(InstanceConversation(metadata, context))
    } catch let absence as Absence {
      finding.withLock { $0 = absence.reason }
      return nil
    }
  }

  private typealias Absence = InstanceConversation.Absence

  private func credentials(_ conversation: InstanceConversation) async throws -> Credentials {
    var conversation = conversation
    let names = try await conversation.ask(Self.rolePath)
    if names.status == 404 { throw Absence("the instance has no role") }
    try expectSuccess(names, to: "its role", on: conversation.metadata)
    guard !names.body.isEmpty else { throw Absence("the instance has no role") }
    guard let role = Self.roleName(in: names.body) else {
      throw Absence("the metadata service's answer is not the name of a role")
    }
    let answer = try await conversation.ask(Self.rolePath + URIEncoding.encode(role))
    try expectSuccess(answer, to: "credentials", on: conversation.metadata)
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

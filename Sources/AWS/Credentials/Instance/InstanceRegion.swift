internal import HTTP

/// The region of the EC2 instance that this process runs on, as its metadata service says it.
///
/// The AWS CLI takes it where nobody names a region (AWS CLI User Guide, "Configuration settings",
/// `region`).
package enum InstanceRegion {
  private static let regionPath = "/latest/meta-data/placement/region"
  private static let zonePath = "/latest/meta-data/placement/availability-zone"

  /// The instance's region; nil when the service does not say, and for credentials from elsewhere:
  /// nobody is asked who has not given them.
  ///
  /// Throws `CancellationError` alone.
  package static func find(
    of credentials: Credentials, _ profile: SelectedProfile, _ context: CredentialContext
  ) async throws -> Region? {
    guard comesFromInstance(credentials, profile) else { return nil }
    do {
      let metadata = try InstanceMetadata(
        environment: context.environment, profile: profile.section)
      var conversation = InstanceConversation(metadata, context)
      let answer = try await conversation.ask(regionPath)
      if answer.status == 200 { return Region(name(in: answer)) }
      // Services that play that of EC2 may know the zone alone.
      guard answer.status == 404 else { return nil }
      let zone = try await conversation.ask(zonePath)
      return zone.status == 200 ? region(ofZone: name(in: zone)) : nil
    } catch let error as CancellationError {
      throw error
    } catch {
      // The credentials are there; a region may still be guessed.
      return nil
    }
  }

  private static func comesFromInstance(
    _ credentials: Credentials, _ profile: SelectedProfile
  ) -> Bool {
    switch credentials.providerName {
    case InstanceCredentials.providerName: return true
    case AssumeRoleCredentials.providerName:
      // The same plan has just been followed, so it is no error.
      let chain = try? RoleChain(profile)
      return chain?.base == .source(.instance)
    default: return false
    }
  }

  private static func name(in answer: HTTPResponse) -> String {
    String(trimmingBlanks(String(decoding: answer.body, as: UTF8.self)))
  }

  /// A zone is its region with a letter behind it: eu-west-1a.
  private static func region(ofZone zone: String) -> Region? {
    guard zone.last?.isLetter == true, zone.dropLast().last?.isNumber == true else { return nil }
    return Region(String(zone.dropLast()))
  }
}

/// The profile in use, and why it is.
package struct SelectedProfile: Sendable {
  package let name: String
  package let origin: ProfileOrigin
  /// Both files together; empty when there is no such profile.
  package let section: ProfileSection
  package let files: ProfileFiles

  /// The `services` section that the profile refers to; nil when it names none that exists.
  package var services: ProfileSection? {
    section["services"].flatMap { files.config.services[$0] }
  }
}

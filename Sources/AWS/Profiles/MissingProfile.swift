/// A profile that was asked for and stands in neither file.
package struct MissingProfile: Hashable, Sendable {
  package let name: String
  package let origin: ProfileOrigin
  private let files: [String]

  /// `files` are the two that were looked into, each with the reason where it could not be read.
  init(name: String, origin: ProfileOrigin, files: [String]) {
    self.name = name
    self.origin = origin
    self.files = files
  }

  /// `the profile 'x' of AWS_PROFILE is neither in … nor in …`, with any name for the origin.
  package func sentence(origin: String) -> String {
    "the profile \(quoted(name)) of \(origin) is neither in \(files[0]) nor in \(files[1])"
  }
}

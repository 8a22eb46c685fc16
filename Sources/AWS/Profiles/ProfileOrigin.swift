/// What named a profile.
package enum ProfileOrigin: Hashable, Sendable, CustomStringConvertible {
  /// Named by the user for this run.
  case option
  case variable(String)
  case fallback
  /// Named by `source_profile` of another profile.
  case source(of: String)

  package var description: String {
    switch self {
    case .option: "\(SettingOrigin.option)"
    case .variable(let name): name
    case .fallback: "the default"
    case .source(let other): "source_profile of profile '\(other)'"
    }
  }

  /// Whether the credentials of the environment count beside it.
  ///
  /// Who names a profile on the command line, or as the source of another, means just that one
  /// (botocore `create_credential_resolver`).
  package var leavesEnvironment: Bool {
    switch self {
    case .variable, .fallback: true
    case .option, .source: false
    }
  }
}

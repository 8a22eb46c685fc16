internal import AWS
internal import Sync

// What the command line calls that which the modules below know as an option of the user's.

extension SettingOrigin {
  /// The place of a setting, which `option` names on the command line.
  func text(option: String) -> String {
    switch self {
    case .option: option
    case .named(let name): name
    }
  }
}

extension ProfileOrigin {
  /// What named the profile.
  var text: String { self == .option ? "--profile" : description }
}

/// What an error says, with options by their names.
func message(of error: any Error) -> String {
  if let error = error as? ConfigurationError, case .profileNotFound(let missing) = error.kind {
    return missing.sentence(origin: missing.origin.text)
  }
  if let error = error as? BucketSelection.NoMatch { return error.words }
  if error is CancellationError { return "interrupted" }
  return "\(error)"
}

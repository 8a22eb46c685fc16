/// Where a setting comes from.
package enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
  /// The user said it to this very run; the face that heard it knows what the option is called.
  case option
  /// A variable or a place in a file, by its name: `AWS_REGION`, `profile 'work'`.
  case named(String)

  package var description: String {
    switch self {
    case .option: "the user's choice"
    case .named(let name): name
    }
  }
}

/// Reads settings from a variable or, without that, from properties of a profile.
///
/// A property written `s3.name` is the one of that name in the profile's `s3` block.
struct SettingSource: Sendable {
  let environment: Environment
  let profile: ProfileSection

  /// The first value that is set, and what to call its place.
  func text(_ variable: String?, _ properties: [String]) -> (value: String, place: String)? {
    if let variable, let value = environment[variable] { return (value, variable) }
    for property in properties {
      let parts = property.split(separator: ".")
      let value =
        parts.count == 2
        ? profile.nested(String(parts[0]))[String(parts[1])] : profile[property]
      if let value { return (value, "\(property) of profile '\(profile.name)'") }
    }
    return nil
  }

  /// `true` or `false` in any case of letters; nil when not set.
  func flag(_ variable: String?, _ properties: [String]) throws(ConfigurationError) -> Bool? {
    guard let (value, place) = text(variable, properties) else { return nil }
    switch value.lowercased() {
    case "true": return true
    case "false": return false
    default:
      throw ConfigurationError(
        .endpoint, "\(place) is neither true nor false", hint: "set it to true or false")
    }
  }

  /// Whether an endpoint of the time before regional ones is asked for, with `legacy`.
  func isLegacy(_ variable: String, _ properties: [String]) throws(ConfigurationError) -> Bool {
    guard let (value, place) = text(variable, properties) else { return false }
    switch value.lowercased() {
    case "legacy": return true
    case "regional": return false
    default:
      throw ConfigurationError(
        .endpoint, "\(place) is neither legacy nor regional", hint: "set it to regional")
    }
  }

  /// One of the choices, in any case of letters; nil when not set.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _: Choice.Type, _ properties: [String]
  ) throws(ConfigurationError) -> Choice? {
    guard let (value, place) = text(nil, properties) else { return nil }
    guard let choice = Choice(rawValue: value.lowercased()) else {
      let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConfigurationError(.endpoint, "\(place) is not valid", hint: "use one of: \(choices)")
    }
    return choice
  }
}

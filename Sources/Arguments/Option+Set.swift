extension Option {
  /// Judges a value, and stores it; errors speak of what it was given for by the name `label`.
  ///
  /// The command line calls an option `--min-size <size>`, another face may call it `min_size`; what is
  /// wrong with its value is the same.
  package func set(
    _ options: inout Options, to text: String, called label: String
  ) throws(UsageError) {
    if value != nil { try checkChoice(text, isAmong: choices, for: label) }
    do throws(UsageError) {
      try apply(&options, text)
    } catch {
      throw error.about(value: text, for: label)
    }
  }
}

/// - Throws: `UsageError` for a text that is none of the choices, where there are some.
func checkChoice(
  _ text: String, isAmong choices: [String], for label: String
) throws(UsageError) {
  guard !choices.isEmpty, !choices.contains(text) else { return }
  let refusal = "The value '\(text)' is invalid for '\(label)'."
  guard choices.count < 6 else {
    var error = UsageError("\(refusal) Please provide one of the following:")
    error.choices = choices
    throw error
  }
  throw UsageError("\(refusal) Please provide \(oneOf(choices)).")
}

/// `one of 'a', 'b' or 'c'`.
private func oneOf(_ choices: [String]) -> String {
  let quoted = choices.map { "'\($0)'" }
  guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
  return "one of \(quoted.dropLast().joined(separator: ", ")) or \(last)"
}

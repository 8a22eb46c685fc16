/// A command line that cannot be understood, in words for the person who typed it.
package struct UsageError: Error, Equatable, Sendable {
  /// One sentence, complete with its period or question mark.
  package var message: String
  /// What could have been typed, where those are too many for the sentence: a line each below it.
  package var choices: [String] = []
  /// What to do instead, when there is more to say than the message says.
  package var hint: String?
  /// The option to blame, where none is named in the message: `max-size`.
  package var option: String?
  /// The command being parsed, for the "See '… --help'" line; the tool itself when empty.
  package var path: [String]
  /// True while `message` is only the reason why a value is wrong: the parser, which knows the
  /// option and what was typed, makes the sentence.
  var isReasonOnly: Bool

  package init(
    _ message: String, hint: String? = nil, blaming option: String? = nil, path: [String] = []
  ) {
    self.message = message
    self.hint = hint
    self.option = option
    self.path = path
    isReasonOnly = false
  }

  /// Refuses an option's value from inside its `apply`: `.invalidValue("use 1 to 1024")`.
  ///
  /// The parser completes it to "The value '0' is invalid for '--concurrency <count>': use 1 to
  /// 1024." Without a reason the sentence ends after the option.
  package static func invalidValue(_ reason: String = "", hint: String? = nil) -> UsageError {
    var error = UsageError(reason, hint: hint)
    error.isReasonOnly = true
    return error
  }

  /// This error as a sentence about `value`, typed for `label`.
  func about(value: String, for label: String) -> UsageError {
    guard isReasonOnly else { return self }
    let reason = message.isEmpty ? "" : ": \(message)"
    return UsageError("The value '\(value)' is invalid for '\(label)'\(reason).", hint: hint)
  }
}

internal import Arguments

extension Option {
  /// `--limit`, for answers that may be long; what happens without it differs by answer.
  static func rowLimit(
    defaultText: String, sets property: any WritableKeyPath<Options, Int64?> & Sendable
  ) -> Option {
    Option(
      long: "limit", short: "n", value: "count", help: "At most so many rows.",
      defaultText: defaultText
    ) { options, text throws(UsageError) in
      guard let count = Int64(text), count > 0 else {
        throw .invalidValue("use a whole number, 1 or more")
      }
      options[keyPath: property] = count
    }
  }
}

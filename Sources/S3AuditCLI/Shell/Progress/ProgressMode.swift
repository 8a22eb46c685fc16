internal import Arguments

/// How progress is shown on standard error.
enum ProgressMode: String, CaseIterable, Sendable {
  case auto, always, plain, never

  /// `--progress`; `auto` says what happens without it.
  static func row<Options: Sendable>(
    auto: String, sets property: any WritableKeyPath<Options, ProgressMode> & Sendable
  ) -> Option<Options> {
    .choice(
      "progress", value: "mode",
      help:
        "Progress on standard error: \(auto) (auto), always, as plain lines for a log, or never.",
      defaultText: "auto", sets: property)
  }
}

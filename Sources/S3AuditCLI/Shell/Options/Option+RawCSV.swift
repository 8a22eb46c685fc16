internal import Arguments

extension Option {
  /// `--raw-csv`, for commands that write what others have named.
  static func rawCSV(
    clears property: any WritableKeyPath<Options, Bool> & Sendable
  ) -> Option {
    .flag(
      "raw-csv", help: "Do not put ' before CSV fields that a spreadsheet would run as a formula.",
      sets: property, to: false)
  }
}

internal import Arguments
internal import Restore
internal import S3

/// What was asked of `restore` about archived versions.
struct ThawArguments: Sendable {
  /// Nil to bring nothing back from archives.
  var speed: ThawSpeed?
  var days: Int?

  /// How long copies stay readable, unless it is said.
  static let daysOfDefault = 7
}

extension RestoreArguments {
  static let thawRows: [Option<RestoreArguments>] = [
    Option(
      long: "thaw", value: "speed",
      help: """
        Have archived versions brought back: shows what, how long and for how much, and asks. The \
        same command restores them later.
        """,
      group: "ARCHIVES", choices: ThawSpeed.allCases.map(\.rawValue)
    ) { restore, text in restore.thaw.speed = ThawSpeed(rawValue: text) },
    Option(
      long: "days", value: "count", help: "How long what comes back can be read.",
      group: "ARCHIVES", defaultText: "\(ThawArguments.daysOfDefault)"
    ) { restore, text throws(UsageError) in
      guard let days = Int(text), (1...36_500).contains(days) else {
        throw .invalidValue("use a whole number, 1 to 36500")
      }
      restore.thaw.days = days
    },
  ]
}

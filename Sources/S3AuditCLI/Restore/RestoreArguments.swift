internal import Arguments
internal import Restore
internal import Vocabulary

/// What was asked of `restore`.
struct RestoreArguments: CommandArguments {
  /// What stands without an option: where versions come from, and where they go.
  var places: [String] = []
  var manifest: String?
  var quote: ManifestQuote?
  var folder: String?
  var bucket: String?
  var failedPath: String?
  /// Whether what would be done is only shown.
  var isDryRun = false
  /// Whether no question is asked.
  var isAgreed = false
  var thaw = ThawArguments()
  var options = RestoreOptions()
  var connection = ConnectionOptions()

  static let positionals = [
    Positional(
      name: "target", help: "Where the files go, as --directory says it.", isRequired: false)
  ]

  static let rows: [Option<RestoreArguments>] = [
    Option(long: "manifest", short: "m", value: "file", help: "The versions to bring back.") {
      restore, text in restore.manifest = text
    },
    Option(
      long: "manifest-quote", value: "character",
      help: """
        What quotes the fields of a manifest without a header. Unless \
        one alone makes sense of every line, it has to be said.
        """,
      choices: ManifestQuote.allCases.map(\.rawValue)
    ) { restore, text in restore.quote = ManifestQuote(rawValue: text) },
    Option(long: "directory", short: "r", value: "folder", help: "Where the files go.") {
      restore, text in restore.folder = text
    },
    Option(long: "bucket", short: "b", value: "bucket", help: "The bucket that has them.") {
      restore, text throws(UsageError) in
      let target = try ArgumentValues.listTarget(text)
      guard target.prefix.isStart else { throw .invalidValue("name the bucket alone") }
      restore.bucket = target.bucket
    },
    .flag(
      "check", help: "Only compare; with 2 something is missing or different.",
      sets: \.options.isCheck),
    .flag(
      "require-verified", help: "Fail objects whose bytes nothing can vouch for.",
      sets: \.options.requiresVerified),
    .count(
      "concurrency", short: "c", in: 1...1024, help: "Objects at work, at most.",
      defaultText: "32", sets: \.options.concurrency),
    .choice(
      "fsync", value: "when", help: "When files are put on the disk for good.",
      defaultText: "batch",
      sets: \.options.flush),
    Option(
      long: "failed", value: "file",
      help: "Write a manifest of what could not be restored, for another try."
    ) { restore, text in restore.failedPath = text },
  ]
}

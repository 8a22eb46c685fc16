internal import Arguments
internal import Restore
internal import Vocabulary

/// What was asked of `restore`.
struct RestoreArguments: CommandArguments {
  /// What stands without an option: where versions come from, and where they go.
  var places: [String] = []
  var manifest: String?
  /// The moment whose state is brought back, where no manifest says it.
  var moment: Moment?
  var keepsPrefix = false
  var quote: ManifestQuote?
  var folder: String?
  var bucket: String?
  var failedPath: String?
  var options = RestoreOptions()
  var copies = CopyOptions()
  var deletes = false
  /// Whether no question is asked.
  var isAgreed = false
  var isDryRun = false
  var connection = ConnectionOptions()

  static let positionals = [
    Positional(
      name: "source", help: "With --as-of: the bucket, or s3://BUCKET/PREFIX.", isRequired: false),
    Positional(
      name: "target",
      help:
        "Where the files go, as --directory says it; or s3://BUCKET/PREFIX: the bucket to copy to.",
      isRequired: false),
  ]

  static let rows: [Option<RestoreArguments>] = [
    Option(
      long: "manifest", short: "m", value: "file",
      help: "The versions to bring back; - is standard input."
    ) { restore, text in restore.manifest = text },
    .manifestQuote(sets: \.quote),
    .asOf(
      help: "Bring back what was there at this moment, as the bucket's versions tell it now.",
      sets: \.moment),
    .flag(
      "keep-prefix", help: "With --as-of: keep the whole key, also above the prefix.",
      sets: \.keepsPrefix),
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
    .flag(
      "delete",
      help: """
        When all is there, remove what is not wanted below the target; in a bucket by a delete marker.
        """, sets: \.deletes),
    .flag(
      "yes", short: "y", help: "With --delete: do not ask before most of it goes.",
      sets: \.isAgreed),
    .flag(
      "dry-run", short: "n",
      help: "Show what would become of each key, and what would be deleted; write nothing.",
      sets: \.isDryRun),
  ]
}

internal import Answers
internal import Arguments
internal import Index
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
  var thaw = ThawArguments()
  var options = RestoreOptions()
  var copies = CopyOptions()
  /// Keys that are left alone.
  var ignored: [ObjectFilter.KeyPattern] = []
  var deletes = false
  var deletesForeign = false
  /// Whether no question is asked.
  var isAgreed = false
  var isDryRun = false
  var progress = ProgressMode.auto
  var connection = ConnectionOptions()

  /// What stands above the paths of what is restored, in its keys.
  var prefixLeftOut = Key.start

  /// Options that were given and are for folders alone, as they are spelled.
  private(set) var fileOptions: [String] = []

  /// When files are put on the disk for good.
  var flush: FlushPolicy {
    get { options.flush }
    set {
      options.flush = newValue
      fileOptions.append("--fsync")
    }
  }

  /// The time that files get.
  var time: FileTime {
    get { options.time }
    set {
      options.time = newValue
      fileOptions.append("--mtime")
    }
  }

  func isIgnored(_ key: Key) -> Bool {
    ignored.contains { $0.matches(key.bytes.span) }
  }

  /// Leaves out what is ignored, and says how many keys that were.
  func leaveOutIgnored(of wanted: borrowing WantedFiles) throws -> Int64 {
    // Without a pattern, a million keys need not be read for it.
    ignored.isEmpty ? 0 : try wanted.leaveOut(isIgnored)
  }

  /// Whether what is at a place of the target is left alone: by the key that would be restored there.
  func isLeftAlone(at path: Key) -> Bool {
    isIgnored(Key(prefixLeftOut.bytes + path.bytes))
  }

  static let positionals = [
    Positional(
      name: "source", help: "With --as-of: the bucket, or s3://BUCKET/PREFIX.", isRequired: false),
    Positional(
      name: "target",
      help:
        "Where the files go, as --directory says it; or s3://BUCKET/PREFIX: the bucket to copy to.",
      isRequired: false, isPath: true),
  ]

  static let rows: [Option<RestoreArguments>] =
    [
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
        restore, text throws(UsageError) in
        guard !text.isEmpty else { throw .invalidValue("name a folder, such as .") }
        restore.folder = text
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
        defaultText: "batch", sets: \.flush),
      Option(
        long: "failed", value: "file",
        help: "Write a manifest of what could not be restored, for another try."
      ) { restore, text in restore.failedPath = text },
    ] + folderRows

  /// What happens beside the keys that are wanted, and how it is shown.
  private static let folderRows: [Option<RestoreArguments>] = [
    Option(
      long: "ignore", value: "regex",
      help: """
        Leave keys alone that match: they are neither restored nor compared, and their files not \
        deleted; may be repeated.
        """
    ) { restore, text throws(UsageError) in
      restore.ignored.append(try FilterValues.keyPattern(text))
    },
    .flag(
      "delete",
      help: """
        When all is there, remove what is not wanted: files, links and folders that are empty then. Only \
        from a folder that a restore made, or found empty. In a bucket: by delete markers.
        """, sets: \.deletes),
    .flag(
      "delete-foreign", help: "With --delete: also from a folder that had other files before.",
      sets: \.deletesForeign),
    .flag(
      "yes", short: "y",
      help: "Agree beforehand to what would be asked, with --delete and --thaw.",
      sets: \.isAgreed),
    .choice(
      "mtime", value: "source",
      help: """
        The time that files get: that of the object, or the one that rclone, s3fs or s3cmd wrote \
        beside it (metadata).
        """,
      defaultText: "object", sets: \.time),
    .flag(
      "dry-run", short: "n",
      help:
        "Show what would become of each key, and what would be deleted; fetch and write nothing.",
      sets: \.isDryRun),
    ProgressMode.row(auto: "a live display on a terminal", sets: \.progress),
  ]
}

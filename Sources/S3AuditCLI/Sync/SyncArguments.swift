internal import Arguments
internal import Index
internal import Metrics
internal import Sync
internal import Vocabulary

/// What was asked of `sync`.
struct SyncArguments: CommandArguments {
  var options = SyncOptions()
  var connection = ConnectionOptions()
  var requestsPerSecondMax: Double?
  var isDryRun = false
  /// A dry run asks buckets that were never listed whole about how much they hold.
  var probes = false
  var progress = ProgressMode.auto
  /// Who may read and write the index; nil leaves that as it is.
  var fileMode: FileMode?
  /// What requests to AWS's S3 may cost together.
  var maxCost: MaxCost?
  /// Where metrics go when the sync has ended, however it has.
  var metricsFile: MetricsFile?
  var metrics = MetricsSettings()
  var night = NightOptions()
  /// What standard error is; nil for words for people.
  var logFormat: ErrorLog.Format?

  static let rows: [Option<SyncArguments>] = [
    Option(
      long: "include", value: "pattern",
      help: "Only buckets whose names match; may be repeated."
    ) { sync, text in sync.options.includes.append(text) },
    Option(
      long: "exclude", value: "pattern",
      help: "No buckets whose names match; may be repeated."
    ) { sync, text in sync.options.excludes.append(text) },
    Option(
      long: "in-region", value: "pattern",
      help: "Only buckets in regions whose names match, like 'eu-*'; may be repeated."
    ) { sync, text in sync.options.regions.append(text) },
    .count(
      "concurrency", short: "c", in: 1...1024,
      help: "LIST requests in flight over all buckets, at most; 1 lists page after page.",
      defaultText: "64 for a new bucket, 256 for one in the index",
      setsOptional: \.options.concurrency),
    Option(
      long: "max-requests-per-second", value: "rate",
      help: "At most so many requests a second over all buckets, repeated ones included.",
      defaultText: "no limit"
    ) { sync, text throws(UsageError) in
      sync.requestsPerSecondMax = try ArgumentValues.rate(text)
    },
    .flag(
      "full", help: "Forget the checkpoints of unfinished crawls and begin again.",
      sets: \.options.restarts),
    .flag(
      "prune", help: "Remove buckets from the index that their account no longer has.",
      sets: \.options.prunes),
    .flag(
      "no-properties", help: "Do not read how the buckets are set up; what is known of it stays.",
      sets: \.options.readsProperties, to: false),
    Option(
      long: "versions",
      help: """
        List versions and delete markers, not objects alone; later syncs of these buckets do, too.
        """
    ) { sync, _ throws(UsageError) in try sync.wantVersions(true) },
    Option(
      long: "no-versions", help: "List objects alone again; what is known of versions stays."
    ) { sync, _ throws(UsageError) in try sync.wantVersions(false) },
    .flag(
      "uploads", help: "List unfinished multipart uploads, too.", sets: \.options.listsUploads),
    Option(
      long: "parts",
      help:
        "List unfinished multipart uploads with their parts, which say how many bytes they hold."
    ) { sync, _ in
      sync.options.listsUploads = true
      sync.options.listsParts = true
    },
    .flag(
      "dry-run", short: "n",
      help: "Show what would be listed and about what it costs; list nothing.",
      sets: \.isDryRun),
    .flag(
      "probe",
      help: "With --dry-run: estimate what was never listed, by up to 100 requests a bucket.",
      sets: \.probes),
    Option(
      long: "mode", value: "octal",
      help: "Who may read and write the index, as chmod has it, like 0640 for a group.",
      defaultText: "that of the file, 0600 for a new one"
    ) { sync, text throws(UsageError) in
      guard let mode = FileMode(text) else {
        throw .invalidValue("use an octal mode with which the owner reads and writes, like 0640")
      }
      sync.fileMode = mode
    },
    MaxCost.row(sets: \.maxCost),
    ProgressMode.row(auto: "a live display on a terminal", sets: \.progress),
    Option(
      long: "log-format", value: "format",
      help: "Make standard error a log: a line an event, with its time and level.",
      choices: ErrorLog.Format.allCases.map(\.rawValue)
    ) { sync, text throws(UsageError) in
      guard let format = ErrorLog.Format(rawValue: text) else { throw .invalidValue() }
      sync.logFormat = format
    },
  ]

  static let metricsRows =
    [
      Option<SyncArguments>(
        long: "metrics-file", value: "file",
        help: """
          Write metrics for the textfile collector of Prometheus' node exporter when the sync has ended, also \
          when it failed; the name ends with .prom.
          """
      ) { sync, text throws(UsageError) in sync.metricsFile = try MetricsFile(text) }
    ] + MetricsOptions.rows(\.metrics)

  /// Refuses options that mean nothing together.
  func check() throws(UsageError) {
    guard isDryRun || !probes else {
      throw UsageError(
        "The option '--probe' is only for '--dry-run': a sync lists everything anyway.",
        hint: "add --dry-run, or leave out --probe")
    }
    guard metricsFile != nil || metrics == MetricsSettings() else {
      throw UsageError(
        "The options '--metrics-buckets' and '--metrics-prefix' are only for '--metrics-file'.",
        hint: "add --metrics-file FILE.prom, or leave them out")
    }
    guard logFormat == nil || progress != .always else {
      throw UsageError(
        "The options '--log-format' and '--progress always' exclude each other.",
        hint: "for progress in a log: --progress plain")
    }
  }

  private mutating func wantVersions(_ wish: Bool) throws(UsageError) {
    guard options.listsVersions ?? wish == wish else {
      throw UsageError(
        "The options '--versions' and '--no-versions' exclude each other.",
        hint: "leave one of them out")
    }
    options.listsVersions = wish
  }
}

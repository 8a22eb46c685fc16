internal import AWS
internal import Arguments
internal import Index
internal import Report
internal import Vocabulary

// The one definition of the command line: parser, help, completions and man page read these rows.

/// Options of every command.
let globalOptions: [Option<ToolOptions>] = [
  Option(
    long: "index", value: "file", help: "The index file.",
    defaultText: "$XDG_DATA_HOME/s3audit/index.sqlite3", environment: "S3AUDIT_INDEX"
  ) { options, text throws(UsageError) in
    guard !text.isEmpty else { throw .invalidValue("name a file") }
    options.indexPath = text
  },
  Option(
    long: "format", value: "format",
    help: "How results are written. Machine formats hold exact integers.",
    choices: OutputFormat.allCases.map(\.rawValue), defaultText: "table"
  ) { options, text in options.output.format = OutputFormat(rawValue: text) },
  .choice(
    "unit", value: "unit", help: "The unit of byte counts in tables.", defaultText: "auto",
    sets: \.output.unit),
  .flag("quiet", short: "q", help: "Print errors and results only.", sets: \.output.isQuiet),
  .flag(
    "verbose", short: "v", help: "Say on standard error what is done.", sets: \.output.isVerbose),
  .flag(
    "no-color", help: "No colors, also on a terminal.", environment: "NO_COLOR",
    sets: \.output.allowsColor, to: false),
]

func connectionRows(takesProfiles: Bool) -> [Option<ToolOptions>] {
  ConnectionOptions.rows(takesProfiles: takesProfiles).map { $0.scoped(to: \.connection) }
}

let syncOptions: [Option<ToolOptions>] = [
  Option(
    long: "include", value: "pattern",
    help: "Only buckets whose names match; may be repeated."
  ) { options, text in options.sync.includes.append(text) },
  Option(
    long: "exclude", value: "pattern",
    help: "No buckets whose names match; may be repeated."
  ) { options, text in options.sync.excludes.append(text) },
  .count(
    "concurrency", short: "c", in: 1...1024,
    help: "LIST requests in flight over all buckets, at most; 1 lists page after page.",
    defaultText: "64 for a new bucket, 256 for one in the index",
    setsOptional: \.sync.concurrency),
  Option(
    long: "max-requests-per-second", value: "rate",
    help: "At most so many requests a second over all buckets, repeated ones included.",
    defaultText: "no limit"
  ) { options, text throws(UsageError) in
    options.sync.requestsPerSecondMax = try ArgumentValues.rate(text)
  },
  .flag(
    "full", help: "Forget the checkpoints of unfinished crawls and begin again.",
    sets: \.sync.restarts),
  .flag(
    "prune", help: "Remove buckets from the index that their account no longer has.",
    sets: \.sync.prunes),
  .flag(
    "no-properties", help: "Do not read how the buckets are set up; what is known of it stays.",
    sets: \.sync.readsProperties, to: false),
  .flag(
    "dry-run", short: "n", help: "Show what would be listed and about what it costs; list nothing.",
    sets: \.sync.isDryRun),
  progressOption(auto: "a live display on a terminal"),
]

private func progressOption(auto: String) -> Option<ToolOptions> {
  .choice(
    "progress", value: "mode",
    help: "Progress on standard error: \(auto) (auto), always, as plain lines for a log, or never.",
    defaultText: "auto", sets: \.output.progress)
}

let listOptions: [Option<ToolOptions>] = [
  .flag(
    "sorted", help: "In the order of the keys' bytes; what is listed early waits in TMPDIR.",
    sets: \.list.isSorted),
  .flag(
    "print0", short: "0", help: "Print keys alone, with a zero byte after each: for xargs -0.",
    sets: \.list.endsKeysWithZeros),
  rawCSVOption,
  .count(
    "concurrency", short: "c", in: 1...1024,
    help: "LIST requests in flight, at most; 1 lists page after page.", defaultText: "64",
    setsOptional: \.list.concurrency),
  Option(
    long: "max-requests-per-second", value: "rate",
    help: "At most so many requests a second, repeated ones included.", defaultText: "no limit"
  ) { options, text throws(UsageError) in
    options.list.requestsPerSecondMax = try ArgumentValues.rate(text)
  },
  progressOption(auto: "a live display on a terminal while the output goes to a file"),
]

let doctorOptions: [Option<ToolOptions>] = [
  Option(
    long: "feature", value: "feature",
    help: "Try only what this feature needs; may be repeated.", choices: Feature.names,
    defaultText: "all"
  ) { options, text in options.doctor.features.formUnion(Feature.named(text)) },
  Option(
    long: "policy", value: "feature",
    help: "Print the least that this feature needs as an IAM policy, offline; may be repeated.",
    group: "POLICY", choices: Feature.names
  ) { options, text in options.doctor.policies.formUnion(Feature.named(text)) },
  Option(
    long: "bucket", short: "b", value: "bucket",
    help:
      "A policy for this bucket only, or for those of a pattern like 'logs-*'; may be repeated.",
    group: "POLICY", defaultText: "every bucket"
  ) { options, text throws(UsageError) in
    options.doctor.policyBuckets.append(try ArgumentValues.policyBucket(text))
  },
  Option(
    long: "target-bucket", value: "bucket",
    help: "A bucket that versions are restored to: allow writing to it; may be repeated.",
    group: "POLICY"
  ) { options, text throws(UsageError) in
    options.doctor.policyTargets.append(try ArgumentValues.policyBucket(text))
  },
]

/// The filters of queries about whole buckets.
let bucketFilterOptions: [Option<ToolOptions>] = [
  Option(
    long: "bucket", short: "b", value: "pattern",
    help: "Buckets whose names match, like 'logs-*'; may be repeated.", group: "FILTERS"
  ) { options, text throws(UsageError) in
    options.query.filter.filter.scopes.append(try ArgumentValues.scope(text))
  },
  Option(
    long: "account", value: "pattern",
    help: "Buckets of accounts whose number, owner, profile or server matches; may be repeated.",
    group: "FILTERS"
  ) { options, text in options.query.filter.filter.accounts.append(text) },
]

/// Options of every query about objects.
let filterOptions: [Option<ToolOptions>] =
  bucketFilterOptions + [
    Option(
      long: "prefix", short: "p", value: "prefix", help: "Keys that begin with this.",
      group: "FILTERS"
    ) { options, text in options.query.filter.filter.prefix = Key(text) },
    Option(
      long: "key", short: "k", value: "pattern",
      help: "Keys that match as a whole: * (also across /), ? and [a-z].", group: "FILTERS"
    ) { options, text in options.query.filter.filter.keyGlob = text },
    Option(
      long: "regex", short: "e", value: "regex",
      help: "Keys in which this regular expression is found.", group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.filter.keyMatches = try ArgumentValues.keyPattern(text)
    },
    Option(
      long: "min-size", value: "size", help: "Objects of at least this size, like 1MiB.",
      group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.filter.sizeMin = try ArgumentValues.size(text)
    },
    Option(
      long: "max-size", value: "size", help: "Objects of at most this size.", group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.filter.sizeMax = try ArgumentValues.size(text)
    },
    Option(
      long: "older-than", value: "age", help: "Last modified longer ago than this, like 90d.",
      group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.before.append(.ago(milliseconds: try ArgumentValues.age(text)))
    },
    Option(
      long: "newer-than", value: "age", help: "Last modified within this time, like 12h.",
      group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.since.append(.ago(milliseconds: try ArgumentValues.age(text)))
    },
    Option(
      long: "since", value: "date", help: "Last modified at this date (UTC) or later.",
      group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.since.append(.at(try ArgumentValues.date(text)))
    },
    Option(
      long: "before", value: "date", help: "Last modified before this date (UTC).", group: "FILTERS"
    ) { options, text throws(UsageError) in
      options.query.filter.before.append(.at(try ArgumentValues.date(text)))
    },
    Option(
      long: "class", value: "name",
      help: "Objects of this storage class, like GLACIER; may be repeated.", group: "FILTERS"
    ) { options, text in options.query.filter.filter.storageClasses.append(text) },
  ]

/// Options of every query and of `sql`.
let answerOptions: [Option<ToolOptions>] = [
  .flag(
    "require-complete", help: "Exit with 3 when a bucket behind the answer is not complete.",
    sets: \.query.requiresComplete),
  rawCSVOption,
]

private let rawCSVOption = Option<ToolOptions>.flag(
  "raw-csv", help: "Do not put ' before CSV fields that a spreadsheet would run as a formula.",
  sets: \.output.guardsFormulas, to: false)

let groupingOption = Option<ToolOptions>(
  long: "by", value: "what", help: "One row for each of these.",
  choices: Grouping.allCases.map(\.rawValue)
) { options, text in options.query.grouping = Grouping(rawValue: text) }

let topOptions: [Option<ToolOptions>] = [
  orderOption(.largest, "The largest objects (the default)."),
  orderOption(.smallest, "The smallest objects."),
  orderOption(.newest, "The objects modified last."),
  orderOption(.oldest, "The objects modified longest ago."),
  .count(
    "number", short: "n", in: 1...1_000_000, help: "How many objects.", defaultText: "20",
    sets: \.query.count),
  .flag("per-bucket", help: "So many of each bucket.", sets: \.query.perBucket),
]

private func orderOption(_ order: TopOrder, _ help: String) -> Option<ToolOptions> {
  Option(long: order.rawValue, help: help) { options, _ in options.query.order = order }
}

/// For answers that may be long; the default differs by command.
func limitOption(_ defaultText: String) -> Option<ToolOptions> {
  Option(
    long: "limit", short: "n", value: "count", help: "At most so many rows.",
    defaultText: defaultText
  ) { options, text throws(UsageError) in
    guard let count = Int64(text), count > 0 else {
      throw .invalidValue("use a whole number, 1 or more")
    }
    options.query.limit = count
  }
}

let propertiesOption = Option<ToolOptions>.flag(
  "properties", help: "Show also how each bucket is set up.", sets: \.query.showsProperties)

let severityOption = Option<ToolOptions>.choice(
  "severity", value: "level", help: "Findings of at least this severity.", defaultText: "info",
  sets: \.query.severity)

let depthOption = Option<ToolOptions>.count(
  "depth", short: "d", value: "levels", in: 0...64, help: "Levels of prefixes to show.",
  defaultText: "1", sets: \.query.depth)

let timeoutOption = Option<ToolOptions>.count(
  "timeout", value: "seconds", in: 1...86_400, help: "How long the statement may run.",
  defaultText: "300", sets: \.query.timeoutSeconds)

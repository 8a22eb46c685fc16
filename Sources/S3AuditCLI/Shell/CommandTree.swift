internal import Arguments
internal import Index

/// The whole command line of s3audit.
let tool = CommandLineTool(
  version: IndexFile.programVersion,
  root: Command(
    name: "s3audit",
    abstract: "List S3 buckets once, then ask anything about them.",
    discussion: """
      s3audit lists buckets into one SQLite file, refreshes it cheaply each night, and answers from \
      it at once: by command, by SQL, or in the plain sqlite3 shell.
      """,
    options: globalOptions,
    subcommands: [
      syncCommand, queryCommand, listCommand, doctorCommand, completionsCommand, manCommand,
    ],
    exitStatuses: exitStatuses),
  defaults: ToolOptions())

private let exitStatuses = [
  ExitStatusRow(0, "Done."),
  ExitStatusRow(1, "Failed."),
  ExitStatusRow(3, "Finished, but some buckets were refused or are not complete."),
  ExitStatusRow(64, "The command line could not be understood."),
  ExitStatusRow(130, "Interrupted; the same command goes on from there."),
]

private let syncCommand = Command<ToolOptions>(
  name: "sync", abstract: "List buckets into the index.",
  discussion: """
    Without arguments every bucket of the account is listed, or with several profiles of every account: \
    one that refuses does not stop the others. Only differences are written. A sync that \
    was interrupted, or killed, goes on where it was when it is run again within 24 hours. A bucket \
    that cannot be listed keeps its last data, is marked in every answer, and the others go on.
    """,
  positionals: [
    Positional(
      name: "target",
      help: "A bucket, a pattern of buckets like 'logs-*', or s3://BUCKET/PREFIX.",
      isRequired: false, isRepeated: true)
  ],
  options: syncOptions + connectionRows(takesProfiles: true),
  examples: [
    Example("Every bucket of the account:", "s3audit sync"),
    Example("Some buckets of another profile:", "s3audit sync --profile audit 'logs-*'"),
    Example("Every bucket of two accounts:", "s3audit sync --profile prod --profile dev"),
    Example("One prefix of one bucket:", "s3audit sync s3://logs/2026/"),
    Example(
      "A server on this machine:", "s3audit sync --endpoint-url http://127.0.0.1:9000"),
  ],
  exitStatuses: exitStatuses,
  applyPositionals: { options, arguments throws(UsageError) in
    for argument in arguments {
      options.sync.targets.append(try ArgumentValues.syncTarget(argument))
    }
  })

private let listCommand = Command<ToolOptions>(
  name: "list", abstract: "Stream a listing of one bucket, without an index.",
  discussion: """
    Many parts of the bucket are listed side by side, and objects are printed as they come, in no order \
    unless --sorted asks for one. Memory does not grow with their number. The columns are those of the \
    view objects: key, size, last_modified, etag and storage_class. Formats are tsv (the default), csv \
    and jsonl. Only with an exit status of 0 was all printed; but when the reader goes away, as head does, \
    the listing ends quietly with 0, too.
    """,
  positionals: [Positional(name: "target", help: "A bucket, or s3://BUCKET/PREFIX.")],
  options: listOptions + connectionRows(takesProfiles: false),
  examples: [
    Example("A prefix, as JSON lines:", "s3audit list s3://logs/2026/ --format jsonl"),
    Example(
      "All objects in the order of their keys:",
      "s3audit list s3://logs --sorted --format csv > logs.csv"),
    Example(
      "Keys for another program:", "s3audit list -0 s3://logs/tmp/ | xargs -0 -n 1 printf '%s\\n'"),
  ],
  exitStatuses: [
    ExitStatusRow(0, "All was printed, or the reader went away."),
    ExitStatusRow(1, "Failed; what was printed is not all."),
    ExitStatusRow(3, "The bucket was refused; what was printed is not all."),
    ExitStatusRow(64, "The command line could not be understood."),
    ExitStatusRow(130, "Interrupted; what was printed is not all."),
  ],
  applyPositionals: { options, arguments throws(UsageError) in
    guard let argument = arguments.first else { return }
    (options.list.bucket, options.list.prefix) = try ArgumentValues.listTarget(argument)
  })

private let doctorCommand = Command<ToolOptions>(
  name: "doctor", abstract: "Check everything a sync needs; print policies.",
  discussion: """
    Says which profile, region, endpoint and credentials are used and where they come from, whether \
    the endpoint answers, whether this machine's clock is right, and whether the index is sound. \
    Permissions are tried one by one with requests that change nothing, on the buckets named or on \
    the first three of the account. Secrets are never printed. --verbose says what was sent.

    With --policy it prints what a feature needs, as a policy document of IAM for the partition of \
    the region, and asks nobody. With --bucket nothing in it lists the account's buckets: then name \
    them, as in 's3audit sync s3://BUCKET'. Objects encrypted with keys of your own need \
    kms:Decrypt on these keys to be read. The features are:

    \(Feature.allCases.map { "  \($0.rawValue): \($0.purpose)" }.joined(separator: "\n"))
    """,
  positionals: [
    Positional(
      name: "bucket", help: "Buckets to try permissions on: a name or s3://BUCKET/PREFIX.",
      isRequired: false, isRepeated: true)
  ],
  options: doctorOptions + connectionRows(takesProfiles: false),
  examples: [
    Example("Why does the sync of this bucket fail?", "s3audit doctor s3://logs"),
    Example(
      "What a nightly sync may do, for an administrator:",
      "s3audit doctor --policy sync --policy properties > policy.json"),
    Example(
      "To restore versions of one bucket into another:",
      "s3audit doctor --policy restore --bucket logs --target-bucket logs-restored"),
    Example(
      "Only what a sync needs, for a script:", "s3audit doctor --feature sync --format jsonl"),
  ],
  exitStatuses: [
    ExitStatusRow(0, "A sync works, and so does every feature that was tried; warnings are fine."),
    ExitStatusRow(1, "Something is wrong that a sync needs."),
    ExitStatusRow(3, "A sync works, but a bucket or a permission was refused, or a check failed."),
    ExitStatusRow(64, "The command line could not be understood."),
    ExitStatusRow(130, "Interrupted."),
  ],
  applyPositionals: { options, arguments throws(UsageError) in
    for argument in arguments {
      let (bucket, prefix) = try ArgumentValues.listTarget(argument)
      options.doctor.targets.append(BucketTarget(name: bucket, prefix: prefix))
    }
  })

private let queryCommand = Command<ToolOptions>(
  name: "query", abstract: "Answer from the index, at once and offline.",
  options: answerOptions,
  subcommands: [
    totalsCommand, bucketsCommand, topCommand, findCommand, duCommand, findingsCommand,
    sqlCommand,
  ])

private let scopePositional = Positional(
  name: "scope", help: "A bucket, a pattern of buckets, or s3://BUCKET/PREFIX.",
  isRequired: false, isRepeated: true)

private let applyScopes: Command<ToolOptions>.ApplyPositionals = {
  options, arguments throws(UsageError) in
  for argument in arguments {
    options.query.filter.filter.scopes.append(try ArgumentValues.scope(argument))
  }
}

private let totalsCommand = Command<ToolOptions>(
  name: "totals", abstract: "Objects and bytes, in all or by something.",
  positionals: [scopePositional], options: [groupingOption] + filterOptions,
  examples: [
    Example("Everything, by storage class:", "s3audit query totals --by class"),
    Example("What each account holds:", "s3audit query totals --by account"),
    Example(
      "What is old and large in one bucket:",
      "s3audit query totals logs --older-than 1y --min-size 100MiB"),
  ],
  exitStatuses: exitStatuses, applyPositionals: applyScopes)

private let bucketsCommand = Command<ToolOptions>(
  name: "buckets", abstract: "Every bucket with its size, its age and its state.",
  discussion: """
    One column for the bytes of each storage class that occurs. The state is 'complete', 'partial' \
    (unfinished or failed: what it holds is true, but not all), 'denied' or 'never'; synced_at is the \
    moment before which everything is in. With --properties there is a column for each property that \
    the last sync read: its value, or none, denied, unsupported or failed.
    """,
  positionals: [scopePositional], options: [propertiesOption] + filterOptions,
  examples: [
    Example("The buckets as CSV:", "s3audit query buckets --format csv"),
    Example(
      "How the buckets of one team are set up:", "s3audit query buckets 'data-*' --properties"),
  ],
  exitStatuses: exitStatuses, applyPositionals: applyScopes)

private let topCommand = Command<ToolOptions>(
  name: "top", abstract: "The largest, smallest, newest or oldest objects.",
  positionals: [scopePositional], options: topOptions + filterOptions,
  examples: [
    Example("The ten largest objects of each bucket:", "s3audit query top -n 10 --per-bucket"),
    Example("The oldest in Glacier:", "s3audit query top --oldest --class GLACIER"),
  ],
  exitStatuses: exitStatuses, applyPositionals: applyScopes)

private let findCommand = Command<ToolOptions>(
  name: "find", abstract: "The objects that pass the filters.",
  positionals: [scopePositional], options: [limitOption("all")] + filterOptions,
  examples: [
    Example(
      "Backups of last year, for a script:",
      "s3audit query find s3://backup/db/ --key '*.tar.gz' --before 2026-01-01 --format jsonl")
  ],
  exitStatuses: exitStatuses, applyPositionals: applyScopes)

private let duCommand = Command<ToolOptions>(
  name: "du", abstract: "What lies below a prefix, level by level.",
  positionals: [scopePositional], options: [depthOption] + filterOptions,
  examples: [
    Example("Two levels of one bucket:", "s3audit query du s3://logs/2026/ --depth 2")
  ],
  exitStatuses: exitStatuses, applyPositionals: applyScopes)

private let findingsCommand = Command<ToolOptions>(
  name: "findings", abstract: "What an auditor should know of each bucket.",
  discussion: """
    high: public (everybody may do something by policy or ACL, and nothing blocks it). \
    medium: public-access-not-blocked, unencrypted (no default encryption), versioning-off. \
    low: no-lifecycle-for-noncurrent-versions and no-lifecycle-for-uploads (no enabled rule for the whole \
    bucket), small-objects-in-ia-or-glacier (objects under 128 KiB where each is billed as 128 KiB, or for \
    40 KiB more than its size; overhead_bytes is what is billed for nothing). \
    info: not-checked, which names the findings that could not be judged and the property that could not be \
    read; it is shown whenever one of them might have been severe enough. The properties are those that the \
    last sync read. A public access block of the whole account is not known.
    """,
  positionals: [
    Positional(
      name: "bucket", help: "A bucket, or a pattern of buckets.", isRequired: false,
      isRepeated: true)
  ],
  options: [severityOption] + bucketFilterOptions,
  examples: [
    Example("What cannot wait:", "s3audit query findings --severity high"),
    Example("Everything, for a spreadsheet:", "s3audit query findings --format csv"),
  ],
  exitStatuses: exitStatuses, applyPositionals: applyScopes)

private let sqlCommand = Command<ToolOptions>(
  name: "sql", abstract: "Run one SQL statement that only reads.",
  discussion: """
    The views objects, buckets, bucket_properties, bucket_classes, prefixes, accounts, syncs, changes and \
    history are the index's stable interface. SQLite itself refuses everything that writes. A statement that goes on longer than \
    --timeout, or returns more rows than --limit when that was not given, is an error.
    """,
  positionals: [Positional(name: "statement", help: "The SQL; '-' reads it from standard input.")],
  options: [limitOption("1000000"), timeoutOption],
  examples: [
    Example(
      "Bytes by bucket and class:",
      "s3audit query sql 'SELECT * FROM bucket_classes ORDER BY bytes DESC'")
  ],
  exitStatuses: exitStatuses,
  applyPositionals: { options, arguments in options.query.sql = arguments.first ?? "" })

private let completionsCommand = Command<ToolOptions>(
  name: "completions", abstract: "Print a completion script for a shell.",
  positionals: [
    Positional(
      name: "shell", help: "The shell.", choices: Shell.allCases.map(\.rawValue))
  ],
  examples: [Example("For this bash session:", "s3audit completions bash")],
  applyPositionals: { options, arguments in options.shell = arguments.first })

private let manCommand = Command<ToolOptions>(
  name: "man", abstract: "Print the manual page.",
  examples: [Example("For man to show:", "s3audit man")])

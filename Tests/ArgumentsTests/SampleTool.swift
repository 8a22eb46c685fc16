import Arguments

/// What the made-up program of these tests has been told.
struct SampleOptions: Equatable, Sendable {
  enum Shape: String, CaseIterable, Sendable { case table, json, csv }

  var profile: String?
  var isQuiet = false
  var usesColor = true
  var shape = Shape.table
  var crawl = CrawlOptions()
  var words: [String] = []
  var order: String?

  struct CrawlOptions: Equatable, Sendable {
    var concurrency = 8
    var excluded: [String] = []
    var isFull = false
  }
}

private let crawlOptions: [Option<SampleOptions.CrawlOptions>] = [
  .count(
    "concurrency", short: "c", in: 1...64, help: "Requests in flight at once.", defaultText: "8",
    sets: \.concurrency),
  Option(
    long: "exclude", value: "glob", help: "Skip buckets whose names match. May be repeated.",
    group: "FILTERS"
  ) { $0.excluded.append($1) },
  .flag("full", short: "f", help: "Compare every object.", sets: \.isFull),
]

private let storeWords: @Sendable (inout SampleOptions, [String]) throws(UsageError) -> Void = {
  options, words throws(UsageError) in
  guard !words.contains("s3:") else {
    throw UsageError("'s3:' is no bucket.", hint: "Write s3://BUCKET.")
  }
  options.words = words
}

private let topOptions: [Option<SampleOptions>] = [
  Option(
    long: "by", value: "measure", help: "What to rank by.",
    choices: ["size", "age", "depth", "count", "name", "class"], defaultText: "size"
  ) { _, _ in },
  Option(long: "order", value: "measure", help: "What to order by.", takesDashes: true) {
    $0.order = $1
  },
]

private let query = Command<SampleOptions>(
  name: "query", abstract: "Answer questions from the index.",
  subcommands: [
    Command(
      name: "top", abstract: "List the largest objects.",
      positionals: [
        Positional(name: "bucket", help: "Buckets to look at.", isRequired: false, isRepeated: true)
      ],
      options: topOptions, applyPositionals: storeWords),
    Command(
      name: "sql", abstract: "Run one statement.",
      positionals: [Positional(name: "sql", help: "The statement.")],
      examples: [Example("Count objects", "sample query sql 'SELECT count(*) FROM objects' | cat")],
      applyPositionals: storeWords),
  ])

let sample = CommandLineTool<SampleOptions>(
  version: "1.2.3",
  root: Command(
    name: "sample", abstract: "Ask a storage service once and remember the answers.",
    discussion: "Everything is kept in one file.\n\n  sample sync && sample query top",
    options: [
      Option(
        long: "profile", value: "name", help: "Credentials to use.", environment: "AWS_PROFILE"
      ) { options, text in options.profile = text },
      .choice(
        "format", value: "format", help: "Shape of results.", group: "OUTPUT",
        defaultText: "table", sets: \.shape),
      .flag("quiet", short: "q", help: "Say nothing.", group: "OUTPUT", sets: \.isQuiet),
      .flag(
        "no-color", help: "Never color.", group: "OUTPUT", sets: \.usesColor, to: false),
    ],
    subcommands: [
      Command(
        name: "sync",
        abstract: "Crawl buckets into the index, resuming where an interrupted sync stopped.",
        positionals: [
          Positional(
            name: "bucket", help: "Buckets to crawl; all when none is named.", isRequired: false,
            isRepeated: true)
        ],
        options: crawlOptions.map { $0.scoped(to: \.crawl) },
        examples: [
          Example("Every night", "sample sync --quiet"),
          Example("Two buckets, carefully", "sample sync -c 2 s3://a 's3://b c'"),
        ],
        exitStatuses: [
          ExitStatusRow(0, "Done."), ExitStatusRow(3, "Some buckets were refused."),
        ],
        applyPositionals: storeWords),
      query,
      Command(
        name: "completions", abstract: "Print a completion script.",
        positionals: [
          Positional(name: "shell", help: "The shell.", choices: ["bash", "zsh", "fish"]),
          Positional(name: "file", help: "Where to write it.", isRequired: false),
        ], applyPositionals: storeWords),
    ]),
  defaults: SampleOptions())

import Arguments
import Testing

@Suite struct UsageErrorTests {
  @Test(arguments: [
    ("--profle x sync", "Unknown option '--profle'. Did you mean '--profile'?"),
    ("sync --conc 3", "Unknown option '--conc'. Did you mean '--concurrency'?"),
    ("sync --hepl", "Unknown option '--hepl'. Did you mean '--help'?"),
    ("sync --somethingelse", "Unknown option '--somethingelse'."),
    ("sync --somethingelse=3", "Unknown option '--somethingelse'."),
    ("sync -full", "Unknown option '-full'. Did you mean '--full'?"),
    ("sync -z", "Unknown option '-z'."),
    ("sync -fz", "Unknown option '-z'."),
    ("sync --concurrency", "Missing value for '--concurrency <count>'."),
    ("sync --concurrency --full", "Missing value for '--concurrency <count>'."),
    ("sync -c", "Missing value for '--concurrency <count>'."),
    ("sync -c -- 3", "Missing value for '--concurrency <count>'."),
    (
      "sync -c 0",
      "The value '0' is invalid for '--concurrency <count>': use a whole number, 1 to 64."
    ),
    (
      "sync --concurrency=",
      "The value '' is invalid for '--concurrency <count>': use a whole number, 1 to 64."
    ),
    ("sync --full=yes", "The option '--full' does not take any value, but 'yes' was specified."),
    ("sync -f=yes", "The option '--full' does not take any value, but 'yes' was specified."),
    (
      "sync --format yaml",
      "The value 'yaml' is invalid for '--format <format>'. "
        + "Please provide one of 'table', 'json' or 'csv'."
    ),
    (
      "query top --by hue",
      "The value 'hue' is invalid for '--by <measure>'. Please provide one of the following:"
    ),
    (
      "completions tcsh",
      "The value 'tcsh' is invalid for '<shell>'. Please provide one of 'bash', 'zsh' or 'fish'."
    ),
    ("query sql", "Missing expected argument '<sql>'."),
    ("query sql a b", "Unexpected argument 'b'."),
    ("query sql a b c", "2 unexpected arguments: 'b', 'c'."),
    ("snyc", "Unknown subcommand 'snyc'. Did you mean 'sync'?"),
    ("top", "Unknown subcommand 'top'. Did you mean 'query top'?"),
    ("hlep", "Unknown subcommand 'hlep'. Did you mean 'help'?"),
    ("query somethingelse", "Unknown subcommand 'somethingelse'."),
    ("help somethingelse", "Unknown subcommand 'somethingelse'."),
    ("sync s3:", "'s3:' is no bucket."),
    ("snyc --help", "Unknown subcommand 'snyc'. Did you mean 'sync'?"),
    ("query tpo -h", "Unknown subcommand 'tpo'. Did you mean 'top'?"),
    ("--help query tpo", "Unknown subcommand 'tpo'. Did you mean 'top'?"),
    ("--profile x query tpo --help", "Unknown subcommand 'tpo'. Did you mean 'top'?"),
    ("help query tpo --help", "Unknown subcommand 'tpo'. Did you mean 'top'?"),
    ("query top --order -q", "Missing value for '--order <measure>'."),
    ("query top --order --size", "Missing value for '--order <measure>'."),
    ("sync --exclude -size", "Missing value for '--exclude <glob>'."),
  ])
  func words(line: String, message: String) throws {
    let error = #expect(throws: UsageError.self) {
      _ = try sample.parse(line.split(separator: " ").map(String.init))
    }
    #expect(error?.message == message)
  }

  @Test func describesErrorWithUsageAndWhereToLook() {
    let error = #expect(throws: UsageError.self) {
      try sample.parse(["query", "sql", "--profle", "x"])
    }
    #expect(
      error.map(sample.describe) == """
        Error: Unknown option '--profle'. Did you mean '--profile'?
        Usage: sample query sql <sql>
          See 'sample query sql --help' for more information.

        """)
  }

  @Test func listsManyChoicesOnLinesOfTheirOwn() {
    let error = #expect(throws: UsageError.self) {
      try sample.parse(["query", "top", "--by", "hue"])
    }
    #expect(error?.choices == ["size", "age", "depth", "count", "name", "class"])
    #expect(
      error.map(sample.describe)?.hasPrefix(
        """
        Error: The value 'hue' is invalid for '--by <measure>'. Please provide one of the following:
          - size
          - age

        """) == true)
  }

  @Test func addsHelpLineWhenThereIsHint() {
    let error = #expect(throws: UsageError.self) { try sample.parse(["sync", "s3:"]) }
    #expect(
      error.map(sample.describe) == """
        Error: 's3:' is no bucket.
        Help:  Write s3://BUCKET.
        Usage: sample sync [<options>] [<bucket> ...]
          See 'sample sync --help' for more information.

        """)
  }

  @Test func saysWhereOptionWrittenTooEarlyBelongs() {
    let error = #expect(throws: UsageError.self) {
      try sample.parse(["--by", "age", "query", "top"])
    }
    #expect(error?.hint == "'--by' belongs to 'sample query top': write it after that name.")
  }

  @Test func explainsHowToGiveValueThatBeginsWithDash() {
    let error = #expect(throws: UsageError.self) {
      try sample.parse(["sync", "--exclude", "-tmp"])
    }
    #expect(error?.hint == "Write '--exclude=-tmp' if '-tmp' is the value.")
  }
}

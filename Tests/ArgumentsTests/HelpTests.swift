import Arguments
import Testing

@Suite struct HelpTests {
  @Test func printsRootHelp() {
    #expect(
      sample.help(for: [], columns: 80) == """
        OVERVIEW: Ask a storage service once and remember the answers.

        Everything is kept in one file.

          sample sync && sample query top

        USAGE: sample <subcommand>

        OUTPUT:
          --format <format>       Shape of results. (values: table, json, csv; default:
                                  table)
          -q, --quiet             Say nothing.
          --no-color              Never color.

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.

        GLOBAL OPTIONS:
          --profile <name>        Credentials to use. (environment: AWS_PROFILE)

        SUBCOMMANDS:
          sync                    Crawl buckets into the index, resuming where an
                                  interrupted sync stopped.
          query                   Answer questions from the index.
          completions             Print a completion script.

          See 'sample help <subcommand>' for detailed help.

        """)
  }

  @Test func printsCommandHelp() {
    #expect(
      sample.help(for: ["sync"], columns: 60) == """
        OVERVIEW: Crawl buckets into the index, resuming where an
        interrupted sync stopped.

        USAGE: sample sync [<options>] [<bucket> ...]

        ARGUMENTS:
          <bucket>                Buckets to crawl; all when none is
                                  named.

        FILTERS:
          --exclude <glob>        Skip buckets whose names match.
                                  May be repeated.

        OUTPUT:
          --format <format>       Shape of results. (values: table,
                                  json, csv; default: table)
          -q, --quiet             Say nothing.
          --no-color              Never color.

        OPTIONS:
          -c, --concurrency <count>
                                  Requests in flight at once.
                                  (default: 8)
          -f, --full              Compare every object.
          -h, --help              Show help information.

        GLOBAL OPTIONS:
          --profile <name>        Credentials to use. (environment:
                                  AWS_PROFILE)

        EXAMPLES:
          # Every night
          sample sync --quiet

          # Two buckets, carefully
          sample sync -c 2 s3://a 's3://b c'

        EXIT STATUS:
          0                       Done.
          3                       Some buckets were refused.

        """)
  }

  @Test func listsOptionsInUsageWhenTheyFit() {
    #expect(
      sample.usage(for: ["query", "top"])
        == "sample query top [--by <measure>] [--order <measure>] [<bucket> ...]")
    #expect(
      sample.help(for: ["sync"], columns: 120).contains(
        "USAGE: sample sync [--concurrency <count>] [--exclude <glob>] [--full] [<bucket> ...]\n"))
  }

  @Test(arguments: [0, 20, 80, 200]) func keepsProseWithinColumns(columns: Int) {
    // The last line is the footer, which is copied, not read: it is never broken.
    for line in sample.help(for: [], columns: columns).split(separator: "\n").dropLast() {
      #expect(line.count <= max(columns, 50))
    }
  }

  @Test func namesGroupInFooter() {
    #expect(
      sample.help(for: ["query"], columns: 80)
        .hasSuffix("  See 'sample help query <subcommand>' for detailed help.\n"))
  }
}

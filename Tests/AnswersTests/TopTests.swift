import Arguments
import Testing

@testable import Answers

@Suite struct TopTests {
  @Test func printsHelp() {
    #expect(
      help(of: Top.self) == #"""
        OVERVIEW: The largest, smallest, newest or oldest objects.

        USAGE: s3audit query top [<options>] [<scope> ...]

        ARGUMENTS:
          <scope>                 A bucket, a pattern of buckets, or s3://BUCKET/PREFIX.

        FILTERS:
          -b, --bucket <pattern>  Buckets whose names match, like 'logs-*', among those
                                  named as arguments; may be repeated.
          --account <pattern>     Buckets of accounts whose number, owner, profile or
                                  server matches; may be repeated.
          --in-region <pattern>   Buckets in regions whose names match, like 'eu-*'; may
                                  be repeated.
          -p, --prefix <prefix>   Keys that begin with this.
          -k, --key <pattern>     Keys that match as a whole: * (also across /), ? and
                                  [a-z].
          -e, --regex <regex>     Keys in which this regular expression is found.
          --min-size <size>       Objects of at least this size, like 1MiB.
          --max-size <size>       Objects of at most this size.
          --older-than <age>      Last modified longer ago than this, like 90d.
          --newer-than <age>      Last modified within this time, like 12h.
          --since <date>          Last modified at this date (UTC) or later.
          --before <date>         Last modified before this date (UTC).
          --class <name>          Objects of this storage class, like GLACIER; may be
                                  repeated.
          --versions <which>      Objects, or versions that are not the latest, or both.
                                  (values: all, current, noncurrent; default: current)

        OPTIONS:
          --largest               The largest objects (the default).
          --smallest              The smallest objects.
          --newest                The objects modified last.
          --oldest                The objects modified longest ago.
          -n, --number <count>    How many objects. (default: 20)
          --per-bucket            So many of each bucket.
          -h, --help              Show help information.

        EXAMPLES:
          # The ten largest objects of each bucket:
          s3audit query top -n 10 --per-bucket

          # The oldest in Glacier:
          s3audit query top --oldest --class GLACIER

        """#)
  }

  @Test func beginsWithTheLargest() async throws {
    #expect(
      try cells(typed(Top.self, "-n", "2"), by: try await sampleIndex()) == [
        "bucket,key,size,last_modified,etag,storage_class",
        "logs,2026/b.gz,200000,2026-11-18T00:00:00Z,e2,STANDARD_IA",
        "media,x,7,2026-11-17T00:00:00Z,e,STANDARD",
      ])
  }

  @Test(arguments: [["--oldest", "--largest"], ["--newest", "--oldest"]])
  func refusesTwoOrders(arguments: [String]) throws {
    let error = #expect(throws: UsageError.self) { try typed(Top.self, arguments) }
    #expect(arguments.allSatisfy { error?.message.contains("'\($0)'") == true })
    _ = try typed(Top.self, "--oldest", "--oldest")
  }

  @Test func takesTheOrderThatIsNamed() async throws {
    let rows = try cells(typed(Top.self, "-n", "1", "--oldest"), by: try await sampleIndex())
    #expect(rows.last == "logs,2025/a.gz,3,2025-10-16T00:00:00Z,e1,STANDARD")
  }
}

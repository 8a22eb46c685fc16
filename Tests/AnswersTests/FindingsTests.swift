import Arguments
import Testing

@testable import Answers

@Suite struct FindingsTests {
  @Test func printsHelp() {
    #expect(
      help(of: Findings.self) == #"""
        OVERVIEW: What an auditor should know of each bucket.

        high: public (everybody may do something by policy or ACL, and nothing blocks
        it). medium: public-access-not-blocked, unencrypted (no default encryption),
        versioning-off. low: no-lifecycle-for-noncurrent-versions and
        no-lifecycle-for-uploads (no enabled rule for the whole bucket),
        noncurrent-versions-kept and uploads-older-than-7-days (there are some, and no
        enabled rule for the whole bucket removes them; objects and bytes are theirs, as
        far as they were ever listed), small-objects-in-ia-or-glacier (objects under 128
        KiB where each is billed as 128 KiB, or for 40 KiB more than its size;
        overhead_bytes is what is billed for nothing), reduced-redundancy (objects in a
        class that costs more than STANDARD in most regions). info: not-checked, which
        names the findings that could not be judged and the property that could not be
        read; it is shown whenever one of them might have been severe enough. The
        properties are those that the last sync read. A public access block of the whole
        account is not known.

        USAGE: s3audit query findings [<options>] [<bucket> ...]

        ARGUMENTS:
          <bucket>                A bucket, or a pattern of buckets.

        FILTERS:
          -b, --bucket <pattern>  Buckets whose names match, like 'logs-*', among those
                                  named as arguments; may be repeated.
          --account <pattern>     Buckets of accounts whose number, owner, profile or
                                  server matches; may be repeated.
          --in-region <pattern>   Buckets in regions whose names match, like 'eu-*'; may
                                  be repeated.

        OPTIONS:
          --severity <level>      Findings of at least this severity. (values: high,
                                  medium, low, info; default: info)
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # What cannot wait:
          s3audit query findings --severity high

          # The worst of all buckets first:
          s3audit query findings --sort -severity

          # Everything, for a spreadsheet:
          s3audit query findings --format csv

        """#)
  }

  @Test func refusesAPrefix() async throws {
    let findings = try typed(Findings.self, "s3://logs/2026/")
    let index = try await sampleIndex()
    #expect(
      throws: UsageError(
        "Findings are about buckets, not about prefixes.", hint: "leave the prefix out",
        blaming: "bucket")
    ) { try answered(findings, by: index) }
  }

  @Test func namesWhatCouldNotBeJudged() async throws {
    let rows = try answered(Findings(), by: try await sampleIndex()).split(separator: "\n")
    #expect(rows.contains { $0.hasPrefix("logs,not-checked,info,") })
  }
}

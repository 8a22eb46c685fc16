import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct PlanHelpTests {
  @Test func printsHelpOfPlan() {
    #expect(
      tool.help(for: ["plan"], columns: 80) == #"""
        OVERVIEW: Cut a bucket into ranges for many machines.

        Prints a line of JSON for each range, with the objects that are expected in it;
        's3audit list --range' lists one. Together the ranges are all keys of the
        bucket, or of the prefix, each once. Where the index has a crawl of the bucket
        the ranges are equal but for what has changed since; elsewhere S3 is asked, with
        at most four requests a range.

        With --check plans or receipts are read, of any number of buckets and in any
        order, and each gap, each overlap, each range that is there twice and each
        receipt that contradicts itself or its neighbour is a line.

        USAGE: s3audit plan [<options>] <target> ...

        ARGUMENTS:
          <target>                A bucket, or s3://BUCKET/PREFIX; with --check: files,
                                  '-' for input.

        CONNECTION:
          --profile <name>        The profile of the AWS configuration files.
                                  (environment: AWS_PROFILE)
          --region <region>       The region to begin at; buckets elsewhere are found.
                                  (default: the profile's or the EC2 instance's, else
                                  us-east-1; environment: AWS_REGION)
          --endpoint-url <url>    An S3-compatible server instead of AWS. (environment:
                                  AWS_ENDPOINT_URL)
          --addressing-style <style>
                                  Where the bucket's name goes: in the path or in the
                                  host name. (values: path, virtual, auto; default:
                                  auto)
          --no-sign-request       Send no credentials: for public buckets.
          --request-payer <payer> Agree to pay for requests to buckets whose requesters
                                  pay. (values: requester)
          --expected-bucket-owner <account>
                                  The account that must own the buckets, by its 12
                                  digits; others are refused.

        OPTIONS:
          --ranges <count>        So many ranges. (default: as many as objects need)
          --objects-per-range <count>
                                  About so many objects in each range. (default: what
                                  --ranges leaves)
          --from <source>         Cut by what the index has, or by asking S3; auto takes
                                  the index if it can. (values: auto, index, server;
                                  default: auto)
          --check                 Read plans or receipts, and say what is wrong.
          -h, --help              Show help information.

        GLOBAL OPTIONS:
          --index <file>          The index file. (default:
                                  $XDG_DATA_HOME/s3audit/index.sqlite3; environment:
                                  S3AUDIT_INDEX)
          --format <format>       How results are written. Machine formats hold exact
                                  integers. (values: table, json, jsonl, csv, tsv,
                                  markdown; default: table)
          --unit <unit>           The unit of byte counts in tables. (values: auto, B,
                                  KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB; default:
                                  auto)
          -q, --quiet             Print errors and results only.
          -v, --verbose           Say on standard error what is done.
          --no-color              No colors, also on a terminal. (environment: NO_COLOR)

        EXAMPLES:
          # A range for each of 64 tasks:
          s3audit plan s3://logs --ranges 64 > plan.jsonl

          # Whether all of it was listed, each key once:
          cat receipts/*.json | s3audit plan --check -

        EXIT STATUS:
          0                       Done; with --check: the ranges of each bucket are all
                                  of it, each once.
          1                       Failed.
          2                       With --check: something was found.
          3                       The bucket was refused.
          64                      The command line could not be understood.
          130                     Interrupted.

        """#)
  }
}

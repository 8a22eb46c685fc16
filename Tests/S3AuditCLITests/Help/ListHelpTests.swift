import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct ListHelpTests {
  @Test func printsHelpOfList() {
    #expect(
      tool.help(for: ["list"], columns: 80) == #"""
        OVERVIEW: Stream a listing of one bucket, without an index.

        Many parts of the bucket are listed side by side, and objects are printed as
        they come, in no order unless --sorted asks for one. Memory does not grow with
        their number. The columns are those of the view objects: key, size,
        last_modified, etag and storage_class. Formats are tsv (the default), csv and
        jsonl. Only with an exit status of 0 was all printed; but when the reader goes
        away, as head does, the listing ends quietly with 0, too, unless it owes a
        receipt.

        With --range one machine lists a part of the keys, as 's3audit plan' cuts them:
        what is after LOWER, up to and including UPPER. Both are percent-encoded (a
        colon is %3A, a percent sign %25, a first dash %2D), and either may be empty. A
        bucket that only lists from its beginning fails. With --receipt a line of JSON
        says last of all what was listed, for 's3audit plan --check'.

        USAGE: s3audit list [<options>] <target>

        ARGUMENTS:
          <target>                A bucket, or s3://BUCKET/PREFIX.

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
          --range <range>         LOWER:UPPER: keys after the one and up to the other,
                                  percent-encoded. (default: all keys)
          --receipt <file>        Write a line of JSON there when all was printed;
                                  /dev/fd/3 for an open one.
          --sorted                In the order of the keys' bytes; what is listed early
                                  waits in TMPDIR.
          -0, --print0            Print keys alone, with a zero byte after each: for
                                  xargs -0.
          --raw-csv               Do not put ' before CSV fields that a spreadsheet
                                  would run as a formula.
          -c, --concurrency <count>
                                  LIST requests in flight, at most; 1 lists page after
                                  page. (default: 64)
          --max-requests-per-second <rate>
                                  At most so many requests a second, repeated ones
                                  included. (default: no limit)
          --progress <mode>       Progress on standard error: a live display on a
                                  terminal while the output goes to a file (auto),
                                  always, as plain lines for a log, or never. (values:
                                  auto, always, plain, never; default: auto)
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
          # A prefix, as JSON lines:
          s3audit list s3://logs/2026/ --format jsonl

          # All objects in the order of their keys:
          s3audit list s3://logs --sorted --format csv > logs.csv

          # Keys for another program:
          s3audit list -0 s3://logs/tmp/ | xargs -0 -n 1 printf '%s\n'

          # One range of a plan, with what proves that it is whole:
          s3audit list s3://logs --range 2026/01:2026/02 --receipt 7.json > 7.tsv

        EXIT STATUS:
          0                       All was printed, or the reader went away and no
                                  receipt was asked for.
          1                       Failed; what was printed is not all.
          3                       The bucket was refused; what was printed is not all.
          64                      The command line could not be understood.
          130                     Interrupted; what was printed is not all.

        """#)
  }
}

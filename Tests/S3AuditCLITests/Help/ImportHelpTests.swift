import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct ImportHelpTests {
  @Test func printsHelpOfImportListing() {
    #expect(
      tool.help(for: ["import", "listing"], columns: 80) == #"""
        OVERVIEW: Take over listings of ranges of a bucket, with their receipts.

        Reads what 's3audit list --format csv --raw-csv --receipt FILE' has printed, on
        this machine or on many, in any order, also compressed with gzip. Each file has
        all keys of one or more ranges, as their receipts say: objects, bytes, first and
        last key are compared, and no key may be in none of them, or come twice. All of
        that is checked before anything is written; then only differences are, as by a
        sync that began with the first of the ranges.

        The bucket is complete when the ranges tile it, or the prefix that they are of.
        What none of them is about stays as it was; the bucket is partial then, and the
        next sync, or another import, brings what is missing.

        USAGE: s3audit import listing [<options>] [<file> ...]

        ARGUMENTS:
          <file>                  A listing in CSV, or - for standard input.

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
          --receipt <file>        The receipts of the listings, one on each line; may be
                                  repeated.
          --force                 Import listings that are older than what the index
                                  knows.
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
          # One range, listed here:
          s3audit list s3://logs --range :m --format csv --raw-csv --receipt m.json > m.csv; s3audit import listing m.csv --receipt m.json

          # What many machines have listed, after 'cat receipts/*.json > all.jsonl':
          s3audit import listing parts/*.csv.gz --receipt all.jsonl

        EXIT STATUS:
          0                       Done: the bucket, or its prefix, is complete.
          1                       Failed; the index is as it was.
          3                       Finished, but ranges of keys are missing.
          64                      The command line could not be understood.
          130                     Interrupted; the same command begins again and writes
                                  what is missing.

        """#)
  }

  @Test func printsHelpOfImportIndex() {
    #expect(
      tool.help(for: ["import", "index"], columns: 80) == #"""
        OVERVIEW: Take over the buckets of other indexes.

        Of a bucket that both indexes have, the one that listed all of it later wins:
        objects, versions, uploads, sums, properties and marks become what they are
        there, as if the bucket had been synced here. The history and the changes of
        both are kept, once each. Where neither has listed all of a bucket, its parts
        are joined: prefixes, and ranges that 'import listing' or an interrupted sync
        has listed; when nothing is missing between them, the bucket is complete, as of
        the earliest of them. Of parts, objects alone are joined, not versions.

        The other index is checked and never written; it may be in use. Whole buckets
        come over in one transaction, which needs about as much space again beside the
        index. The same file again changes nothing.

        USAGE: s3audit import index <file> ...

        ARGUMENTS:
          <file>                  Another index.

        OPTIONS:
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
          # The buckets that another machine has synced:
          s3audit import index eu.sqlite3

          # A bucket of which several machines have listed a part each:
          s3audit import index part-*.sqlite3

        EXIT STATUS:
          0                       Done.
          1                       Failed; the index is as it was, or as before the file
                                  that is named.
          3                       Finished, but some of the buckets are not complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command begins again and takes
                                  over what is missing.

        """#)
  }
}

import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct DoctorHelpTests {
  @Test func printsHelpOfDoctor() {
    #expect(
      tool.help(for: ["doctor"], columns: 80) == #"""
        OVERVIEW: Check everything a sync needs; print policies.

        Says which profile, region, endpoint and credentials are used and where they
        come from, whether the endpoint answers, whether this machine's clock is right,
        and whether the index is sound. Permissions are tried one by one with requests
        that change nothing, on the buckets named or on the first three of the account.
        Secrets are never printed. --verbose says what was sent.

        With --policy it prints what a feature needs, as a policy document of IAM for
        the partition of the region, and asks nobody. With --bucket nothing in it lists
        the account's buckets: then name them, as in 's3audit sync s3://BUCKET'. Objects
        encrypted with keys of your own need kms:Decrypt on these keys to be read. The
        features are:

          sync: list buckets into the index
          properties: sync, and how buckets are set up
          versions: sync, and versions and unfinished uploads
          restore: read versions; with --target-bucket, also write them there
          thaw: bring versions back from archives
          prices: price lists from AWS, for 'import prices --live'
          inventory: import inventories: name their bucket, and the one that they are of
          estimate: sizes from CloudWatch; with --actual, what was billed
          directory: directory buckets

        USAGE: s3audit doctor [<options>] [<bucket> ...]

        ARGUMENTS:
          <bucket>                Buckets to try permissions on: a name or
                                  s3://BUCKET/PREFIX.

        POLICY:
          --policy <feature>      Print the least that this feature needs as an IAM
                                  policy, offline; may be repeated. (values: sync,
                                  properties, versions, restore, thaw, prices,
                                  inventory, estimate, directory, all)
          -b, --bucket <bucket>   A policy for this bucket only, or for those of a
                                  pattern like 'logs-*'; may be repeated. (default:
                                  every bucket)
          --target-bucket <bucket>
                                  A bucket that versions are restored to: allow writing
                                  to it; may be repeated.

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
          --feature <feature>     Try only what this feature needs; may be repeated.
                                  (values: sync, properties, versions, restore, thaw,
                                  prices, inventory, estimate, directory, all; default:
                                  sync, properties, directory)
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
          # Why does the sync of this bucket fail?
          s3audit doctor s3://logs

          # What a nightly sync may do, for an administrator:
          s3audit doctor --policy sync --policy properties > policy.json

          # To restore versions of one bucket into another:
          s3audit doctor --policy restore --bucket logs --target-bucket logs-restored

          # Only what a sync needs, for a script:
          s3audit doctor --feature sync --format jsonl

        EXIT STATUS:
          0                       A sync works, and so does every feature that was
                                  tried; warnings are fine.
          1                       Something is wrong that a sync needs.
          3                       A sync works, but a bucket or a permission was
                                  refused, or a check failed.
          64                      The command line could not be understood.
          130                     Interrupted.

        """#)
  }
}

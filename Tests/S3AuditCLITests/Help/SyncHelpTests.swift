import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct SyncHelpTests {
  @Test func printsHelpOfSync() {
    #expect(
      tool.help(for: ["sync"], columns: 80) == #"""
        OVERVIEW: List buckets into the index.

        Without arguments every bucket of the account is listed, or with several
        profiles of every account: one that refuses does not stop the others. Only
        differences are written. A sync that was interrupted, or killed, goes on where
        it was when it is run again within 24 hours. A bucket that cannot be listed
        keeps its last data, is marked in every answer, and the others go on.

        USAGE: s3audit sync [<options>] [<target> ...]

        ARGUMENTS:
          <target>                A bucket, a pattern of buckets like 'logs-*', or
                                  s3://BUCKET/PREFIX.

        CONNECTION:
          --profile <name>        The profile of the AWS configuration files. Repeated,
                                  it names one account more. (environment: AWS_PROFILE)
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
          --include <pattern>     Only buckets whose names match; may be repeated.
          --exclude <pattern>     No buckets whose names match; may be repeated.
          --in-region <pattern>   Only buckets in regions whose names match, like
                                  'eu-*'; may be repeated.
          -c, --concurrency <count>
                                  LIST requests in flight over all buckets, at most; 1
                                  lists page after page. (default: 64 for a new bucket,
                                  256 for one in the index)
          --max-requests-per-second <rate>
                                  At most so many requests a second over all buckets,
                                  repeated ones included. (default: no limit)
          --full                  Forget the checkpoints of unfinished crawls and begin
                                  again.
          --prune                 Remove buckets from the index that their account no
                                  longer has.
          --no-properties         Do not read how the buckets are set up; what is known
                                  of it stays.
          --versions              List versions and delete markers, not objects alone;
                                  later syncs of these buckets do, too.
          --no-versions           List objects alone again; what is known of versions
                                  stays.
          --uploads               List unfinished multipart uploads, too.
          --parts                 List unfinished multipart uploads with their parts,
                                  which say how many bytes they hold.
          -n, --dry-run           Show what would be listed and about what it costs;
                                  list nothing.
          --probe                 With --dry-run: estimate what was never listed, by up
                                  to 100 requests a bucket.
          --mode <octal>          Who may read and write the index, as chmod has it,
                                  like 0640 for a group. (default: that of the file,
                                  0600 for a new one)
          --max-cost <usd>        Stop before requests to S3 cost more than so many US
                                  dollars; the next sync goes on from there. (default:
                                  no limit)
          --progress <mode>       Progress on standard error: a live display on a
                                  terminal (auto), always, as plain lines for a log, or
                                  never. (values: auto, always, plain, never; default:
                                  auto)
          --log-format <format>   Make standard error a log: a line an event, with its
                                  time and level. (values: text, json)
          --metrics-file <file>   Write metrics for the textfile collector of
                                  Prometheus' node exporter when the sync has ended,
                                  also when it failed; the name ends with .prom.
          --metrics-buckets <count>
                                  Metrics of so many buckets at most, the largest.
                                  (default: 2000)
          --metrics-prefix <prefix>
                                  Metrics of s3://BUCKET/PREFIX, too; may be repeated,
                                  up to 100 times.
          --notify-url-file <file>
                                  The file with the URL of a webhook, which gets JSON
                                  when a sync fails, buckets are refused or stale or
                                  grew, and when all is well again. (environment:
                                  S3AUDIT_NOTIFY_URL)
          --notify-growth <percent>
                                  Also when a bucket grew by more than this in a day,
                                  like 20%.
          --ping-url-file <file>  The file with a URL that is asked for with /start when
                                  a sync begins, and with its exit code, like /0, when
                                  it has ended. (environment: S3AUDIT_PING_URL)
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
          # Every bucket of the account:
          s3audit sync

          # Some buckets of another profile:
          s3audit sync --profile audit 'logs-*'

          # Every bucket of two accounts:
          s3audit sync --profile prod --profile dev

          # For ten cents at most:
          s3audit sync --max-cost 0.10

          # One prefix of one bucket:
          s3audit sync s3://logs/2026/

          # What a first sync would cost:
          s3audit sync --dry-run --probe

          # Every night, with a file for Prometheus' node exporter:
          s3audit sync -q --metrics-file /var/lib/node-exporter/s3audit.prom

          # Every night, telling a webhook what is wrong:
          s3audit sync -q --notify-url-file /etc/s3audit/webhook

          # A server on this machine:
          s3audit sync --endpoint-url http://127.0.0.1:9000

        EXIT STATUS:
          0                       Done.
          1                       Failed.
          3                       Finished, but some buckets were refused or are not
                                  complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command goes on from there.

        """#)
  }
}

import Arguments
import Testing

@testable import S3AuditCLI

/// Renewed by the output of `s3audit help …` with `COLUMNS=80`.
@Suite struct MoneyHelpTests {
  @Test func printsHelpOfImport() {
    #expect(
      tool.help(for: ["import"], columns: 80) == #"""
        OVERVIEW: Take over listings, inventories, indexes and prices.

        USAGE: s3audit import <subcommand>

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

        SUBCOMMANDS:
          listing                 Take over listings of ranges of a bucket, with their
                                  receipts.
          inventory               Take over an S3 Inventory in the place of a listing.
          index                   Take over the buckets of other indexes.
          prices                  Take over price lists of AWS into the index.

          See 's3audit help import <subcommand>' for detailed help.

        """#)
  }

  @Test func printsHelpOfImportPrices() {
    #expect(
      tool.help(for: ["import", "prices"], columns: 80) == #"""
        OVERVIEW: Take over price lists of AWS into the index.

        Reads offers as AWS publishes them (index.json or index.csv of AmazonS3 and
        AmazonS3GlacierDeepArchive), saved answers of GetProducts, all of these
        compressed with gzip, and with --live asks GetProducts. Of each price the newest
        list counts that is not after the day that is asked about; older lists are kept
        for questions about their time. Usage types and places that are not known are
        left out and counted; --verbose names them. When one list cannot be read, none
        is taken over.

        USAGE: s3audit import prices [<options>] [<file> ...]

        ARGUMENTS:
          <file>                  A file, the URL of one, or - for standard input.

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
          --live                  Ask AWS's Price List for the regions of the index's
                                  buckets, or for all without any.
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
          # The prices of one region:
          s3audit import prices https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonS3/current/eu-west-1/index.json

          # Files that were saved:
          s3audit import prices s3.json glacier.csv.gz

          # What AWS says now:
          s3audit import prices --live

          # What is known:
          s3audit query sql "SELECT * FROM prices"

        EXIT STATUS:
          0                       Done.
          1                       Failed.
          3                       Finished, but some buckets were refused or are not
                                  complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command goes on from there.

        """#)
  }

  @Test func printsHelpOfCost() {
    #expect(
      tool.help(for: ["query", "cost"], columns: 80) == #"""
        OVERVIEW: What a month of everything that is stored costs.

        A month as if everything stayed as it is: storage by AWS's rules, without
        requests, taxes and discounts. GiB are 2^30 bytes. billed_bytes has what is
        billed beside the bytes: objects under 128 KiB count as that in STANDARD_IA,
        ONEZONE_IA and GLACIER_IR, and each object in GLACIER or DEEP_ARCHIVE 32 KiB
        more there and 8 KiB in STANDARD. Volume tiers are those of a whole account and
        region, whatever the filter; each row pays its share by bytes. Components:
        storage, padding (of small objects), archive_overhead, archive_index and
        monitoring (of INTELLIGENT_TIERING). usd is null where a price is not known;
        usd_at_least has the part that is, usd_at_most is null or the most it can be:
        objects of INTELLIGENT_TIERING of which nobody knows the tier cost between all
        in Archive Instant Access and all in Frequent Access. States that were never
        listed are in no cost, and named; bytes are null where nobody knows those of
        uploads. By tag, buckets without it are a row with tag_state 'none'. Prices are
        those that come with the program, and newer ones that were imported. --compare
        puts what 'estimate --actual' has fetched beside it, of the newest closed month
        and line by line of the bill, or by a tag; nothing is added up. Where that month
        was not fetched, or nothing was said of it, the newest one of which something is
        known is taken, and named.

        USAGE: s3audit query cost [<options>] [<scope> ...]

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

        OPTIONS:
          --by <what>             One row for each bucket, region, class, state,
                                  component, prefix, account or value of a tag
                                  (tag=KEY).
          --state <which>         Only what is current, noncurrent, or in unfinished
                                  uploads; may be repeated. (values: current,
                                  noncurrent, uploads)
          --compare               Beside what was billed; of everything, by usage type
                                  or with --by tag=KEY.
          --prices-as-of <date>   Prices as they were on this day, like 2026-11-20.
                                  (default: today)
          --consolidated          Volume tiers of all accounts together, as one payer
                                  has them.
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          --require-complete      Exit with 3 when a bucket or account behind the answer
                                  is not complete.
          --raw-csv               Do not put ' before CSV fields that a spreadsheet
                                  would run as a formula.
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
          # What each bucket costs, the dearest first:
          s3audit query cost --by bucket --sort -usd

          # What old versions cost:
          s3audit query cost --by bucket --state noncurrent

          # Each team's share:
          s3audit query cost --by tag=team --format csv

        EXIT STATUS:
          0                       Done.
          1                       Failed.
          3                       Finished, but some buckets were refused or are not
                                  complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command goes on from there.

        """#)
  }

  @Test func printsHelpOfWhatIf() {
    #expect(
      tool.help(for: ["query", "what-if"], columns: 80) == #"""
        OVERVIEW: What another storage class, or expiry, would save.

        What lifecycle rules would do with the objects that the filters choose, by AWS's
        rules. usd_saving is a month's whole bill before minus the whole bill after, so
        that volume tiers count. Objects under 128 KiB stay where they are, as AWS has
        had it since September 2024, and objects younger than 30 days are not moved to
        STANDARD_IA or ONEZONE_IA; both are counted in left_objects. usd_transitions are
        the requests of all moves, paid once; usd_early_* what is charged for leaving a
        class before its minimum duration (30, 90 or 180 days from the day the object
        came there, which no listing tells: between these). months_to_break_even is null
        for never, and reckons with usd_early_at_most; readable_gib is how many GiB a
        month may be read back before the saving is gone. Where 'estimate' has lately
        asked CloudWatch, and all of a bucket's INTELLIGENT_TIERING is asked about, its
        tiers are CloudWatch's. No index tells how old a version was when it became
        noncurrent: ages are those since it was written.

        USAGE: s3audit query what-if [<options>] [<scope> ...]

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

        OPTIONS:
          --to <class>            Move objects to this storage class, like GLACIER_IR.
          --move-small            Move objects under 128 KiB, too.
          --expire                Remove them instead.
          --noncurrent            Versions that are not the latest, not objects.
          --uploads               Unfinished uploads, with '--expire'.
          --prices-as-of <date>   Prices as they were on this day, like 2026-11-20.
                                  (default: today)
          --consolidated          Volume tiers of all accounts together, as one payer
                                  has them.
          --require-complete      Exit with 3 when a bucket or account behind the answer
                                  is not complete.
          --raw-csv               Do not put ' before CSV fields that a spreadsheet
                                  would run as a formula.
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
          # Old objects that are read now and then:
          s3audit query what-if logs --to GLACIER_IR --older-than 90d

          # Old versions gone:
          s3audit query what-if --expire --noncurrent --older-than 30d

          # Uploads given up:
          s3audit query what-if --expire --uploads --older-than 7d

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

import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct ImportInventoryHelpTests {
  @Test func printsHelpOfImportInventory() {
    #expect(
      tool.help(for: ["import", "inventory"], columns: 80) == #"""
        OVERVIEW: Take over an S3 Inventory in the place of a listing.

        Reads an inventory as S3 delivers it in CSV: its manifest.json, the folder with
        its dates, of which the newest complete one is taken, or a copy of these on this
        machine, with the data files beside the manifest by their keys or names. Rows
        may come in any order. Every file is checked before anything is written; then
        only differences are, as by a sync of the moment at which S3 began to make the
        inventory. Inventories of all versions fill versions as 'sync --versions' does.
        Columns may be missing that are not needed: an unknown ETag is no change.

        An inventory of a prefix looks like one of the whole bucket; its configuration
        tells, where it may be read. Where nobody says it, only the keys that begin with
        what all keys of the inventory begin with are taken as known. Parquet and ORC
        are converted by scripts/inventory-csv, which needs duckdb or pyarrow.

        USAGE: s3audit import inventory [<options>] [<source>]

        ARGUMENTS:
          <source>                s3://BUCKET/KEY of a manifest or a folder, or a path
                                  here.

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
          --date <date>           The inventory of this day or moment of a folder, like
                                  2026-11-29 or 2026-11-29T01-00Z. (default: the newest
                                  complete one)
          --prefix <prefix>       The inventory is of the keys that begin so, whatever
                                  its configuration says.
          --whole-bucket          The inventory is of all keys, whatever its
                                  configuration says.
          --force                 Import an inventory that is older than what the index
                                  knows.
          --csv <file>            Rows in S3's CSV form without a manifest, also
                                  compressed; - is standard input.
          --schema <columns>      The columns of --csv, as manifests name them: 'Bucket,
                                  Key, Size, …'.
          --time <time>           The moment that the rows of --csv are of, like
                                  2026-11-29T01:00:00Z. (default: the latest time in the
                                  rows)
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
          # The newest inventory of a configuration:
          s3audit import inventory s3://inventories/logs/everything/

          # That of one day:
          s3audit import inventory s3://inventories/logs/everything/ --date 2026-11-29

          # A copy of it:
          s3audit import inventory ./everything/

          # Rows that scripts/inventory-csv has written:
          s3audit import inventory --csv rows.csv --schema "Bucket, Key, …"

        EXIT STATUS:
          0                       Done.
          1                       Failed; the index is as it was.
          3                       Finished, but the bucket is not complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command begins again and writes
                                  what is missing.

        """#)
  }
}

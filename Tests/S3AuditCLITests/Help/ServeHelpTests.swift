import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct ServeHelpTests {
  @Test func printsHelpOfServe() {
    #expect(
      tool.help(for: ["serve"], columns: 80) == #"""
        OVERVIEW: Answer over HTTP, for scripts and people.

        Everything is answered from the index, which may be synced, replaced or made
        meanwhile; nothing is asked of S3. Questions are those of 'query' at
        /api/v1/NAME, their options with _ for -: /api/v1/du?bucket=logs&depth=2.
        /api/v1/ lists them, and /api/v1/openapi.json describes them for programs;
        /metrics is for Prometheus. Rows come as JSON in an envelope, or with fmt=jsonl,
        csv or tsv as the bytes of the command. Long answers go on behind a cursor. With
        a token, requests send 'Authorization: Bearer …', or token=… where they cannot.
        Without one only this machine is listened to. SIGHUP reads token and certificate
        anew; SIGTERM answers what was asked, and ends.

        USAGE: s3audit serve [<options>]

        OPTIONS:
          --listen <address>      Where to listen, like 127.0.0.1:9412 or [::1]:9412;
                                  port 0 picks a free one. (default: 127.0.0.1:9412)
          --token-file <file>     The secret that requests have to name, of 16
                                  characters or more. (environment: S3AUDIT_TOKEN)
          --allow-host <name>     A name by which clients reach the server, beside
                                  addresses and localhost; may be repeated.
          --tls-cert <file>       The certificate to show, with its chain, in PEM.
          --tls-key <file>        Its private key, in PEM.
          --query-timeout <age>   How long one question may take, like 10s. (default:
                                  10s)
          --max-connections <count>
                                  How many connections there may be at once. (default:
                                  256)
          --log-format <format>   How each request is logged on standard error. (values:
                                  text, json; default: text)
          --metrics-buckets <count>
                                  Metrics of so many buckets at most, the largest.
                                  (default: 2000)
          --metrics-prefix <prefix>
                                  Metrics of s3://BUCKET/PREFIX, too; may be repeated,
                                  up to 100 times.
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
          # On this machine:
          s3audit serve

          # For others, who send a token:
          s3audit serve --listen 0.0.0.0:9412 --token-file token

          # What a script asks:
          curl 'http://127.0.0.1:9412/api/v1/buckets?fmt=tsv'

        EXIT STATUS:
          0                       It was told to end.
          1                       Failed.
          64                      The command line could not be understood.

        """#)
  }
}

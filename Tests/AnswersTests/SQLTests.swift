import Testing

@testable import Answers

@Suite struct SQLTests {
  @Test func printsHelp() {
    #expect(
      help(of: SQL.self) == #"""
        OVERVIEW: Run one SQL statement that only reads.

        The views objects, buckets, bucket_properties, bucket_classes, prefixes,
        accounts, syncs, changes and history are the index's stable interface. SQLite
        itself refuses everything that writes. A statement that goes on longer than
        --timeout, or returns more rows than --limit when that was not given, is an
        error.

        USAGE: s3audit query sql [--limit <count>] [--timeout <seconds>] <statement>

        ARGUMENTS:
          <statement>             The SQL; '-' reads it from standard input.

        OPTIONS:
          -n, --limit <count>     At most so many rows. (default: 1000000)
          --timeout <seconds>     How long the statement may run. (default: 300)
          -h, --help              Show help information.

        EXAMPLES:
          # Bytes by bucket and class:
          s3audit query sql 'SELECT * FROM bucket_classes ORDER BY bytes DESC'

        """#)
  }
}

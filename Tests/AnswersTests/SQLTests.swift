import Arguments
import Report
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

  @Test func columnsAreTheStatementsOwn() async throws {
    let sql = try typed(SQL.self, "SELECT bucket, objects FROM buckets ORDER BY 1")
    #expect(
      try answered(sql, by: try await sampleIndex()) == "bucket,objects\nlogs,3\nmedia,1\n")
  }

  @Test func readsStandardInputForADash() throws {
    var sql = try typed(SQL.self, "-")
    try sql.readInput { "SELECT 1" }
    #expect(sql.statement == "SELECT 1")
  }

  @Test func readsNothingForAStatement() throws {
    var sql = try typed(SQL.self, "SELECT 2")
    try sql.readInput { throw UsageError("Nothing is to be read.") }
    #expect(sql.statement == "SELECT 2")
  }

  @Test func numbersAreRightAlignedOnceOneIsSeen() async throws {
    let sql = try typed(SQL.self, "SELECT NULL AS n UNION ALL SELECT 12")
    #expect(try answered(sql, by: try await sampleIndex(), .init()) == " n\n--\n\n12\n")
  }

  private static let many = "SELECT value FROM json_each('[1,2,3]')"

  @Test func aLimitThatWasAskedForLeavesRowsOutQuietly() async throws {
    let sql = try typed(SQL.self, Self.many, "--limit", "2")
    #expect(try answered(sql, by: try await sampleIndex()) == "value\n1\n2\n")
  }
}

import Arguments
import Index
import IndexFixtures
import Report
import TestSupport
import Testing
import Vocabulary

@testable import Answers

@Suite struct ChangesTests {
  @Test func printsHelp() {
    #expect(
      help(of: Changes.self) == #"""
        OVERVIEW: What was added, modified and removed between syncs.

        A row for each object that a sync found different from the sync before, or sums
        of them. A change is dated by the sync that found it: '--since 2d' are changes
        found in the last two days, and '--since 12' those found after sync 12 had
        ended. Filters by size and class choose objects that were or are so. bytes_added
        is the size after of what was added or modified, bytes_removed the size before
        of what was removed or modified. By class, an object that moved is removed from
        one and added to the other. The first sync of a bucket is not journaled, and
        changes are kept for 90 days: where some of what was asked for is not known,
        standard error says so, and the answer ends with 3.

        USAGE: s3audit query changes [<options>] [<scope> ...]

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
          --class <name>          Objects of this storage class, like GLACIER; may be
                                  repeated.

        OPTIONS:
          --since <start>         Changes found at this time (UTC) or later, like 2d or
                                  2026-11-20, or after this sync. (default: all that are
                                  kept)
          --change <kind>         Changes of this kind; may be repeated. (values: added,
                                  modified, removed)
          --by <what>             Sums, one row for each of these. (values: bucket,
                                  prefix, class)
          -d, --depth <levels>    Levels of prefixes to show, with '--by prefix'.
                                  (default: 1)
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # What came and went since yesterday:
          s3audit query changes --since 1d --by bucket

          # Where in a bucket it was:
          s3audit query changes logs --since 2026-11-01 --by prefix --depth 2

          # Large objects that are gone since sync 12:
          s3audit query changes --since 12 --change removed --min-size 1GiB

        """#)
  }

  /// A bucket that was synced on three days in a row.
  private func index() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let nights: [Contents] = [
      [Key("a/1"): ModelObject(size: 10), Key("a/2"): ModelObject(size: 20)],
      [Key("a/1"): ModelObject(size: 10, storageClass: "GLACIER"), Key("b"): ModelObject(size: 5)],
      [Key("a/1"): ModelObject(size: 11, storageClass: "GLACIER"), Key("b"): ModelObject(size: 5)],
    ]
    for contents in nights {
      try await writer.sync("logs", contents)
      index.time.advance(days: 1)
    }
    return index
  }

  /// The rows of an answer, what is said beside them, and whether it lacks any.
  private func remarks(
    _ index: ScratchIndex, _ arguments: String...
  ) throws -> (remarks: String, lacksRows: Bool) {
    try said(typed(Changes.self, arguments), by: index)
  }

  @Test func showsEachChange() async throws {
    #expect(
      try cells(Changes(), by: try await index()) == [
        "sync,at,bucket,key,change,size_before,size_after,storage_class,storage_class_before",
        "2,2026-11-21T00:00:00Z,logs,a/1,modified,10,10,GLACIER,STANDARD",
        "2,2026-11-21T00:00:00Z,logs,a/2,removed,20,,STANDARD,STANDARD",
        "2,2026-11-21T00:00:00Z,logs,b,added,,5,STANDARD,",
        "3,2026-11-22T00:00:00Z,logs,a/1,modified,10,11,GLACIER,GLACIER",
      ])
  }

  @Test(arguments: [
    ("bucket", ["bucket,", "logs,1,2,1,26,40,-14"]),
    ("prefix", ["bucket,prefix,", "logs,\"\",1,2,1,26,40,-14", "logs,a/,0,2,1,21,40,-19"]),
    ("class", ["storage_class,", "GLACIER,1,1,0,21,10,11", "STANDARD,1,0,2,5,30,-25"]),
  ])
  func sums(by grouping: String, rows: [String]) async throws {
    let columns = "added,modified,removed,bytes_added,bytes_removed,bytes_change"
    #expect(
      try cells(typed(Changes.self, "--by", grouping), by: try await index())
        == [rows[0] + columns] + rows.dropFirst())
  }

  @Test(arguments: [
    ("2026-11-22", 1), ("36h", 1), ("47h", 1), ("2d", 3), ("2026-11-21T00:00:00Z", 4), ("1", 4),
    ("2", 1),
  ])
  func countsSince(start: String, rows: Int) async throws {
    let expected = start == "2d" ? 4 : rows
    let since = try typed(Changes.self, "--since", start)
    let shown = try cells(since, by: try await index())
    #expect(shown.count - 1 == (start == "47h" || start == "36h" ? 1 : expected))
  }

  @Test func choosesKindsOfChanges() async throws {
    let answer = try typed(Changes.self, "--change", "added", "--change", "removed")
    #expect(try cells(answer, by: try await index()).count == 3)
  }

  @Test func saysWhatTheJournalDoesNotReachBackTo() async throws {
    let index = try await index()
    #expect(
      try remarks(index, "--since", "30d").remarks == """
        Warning: not all that changed since 2026-10-24T00:00:00Z is known of 1 bucket or prefix:
          logs: listed as a whole for the first time, to which nothing can be compared; all is known since \
        2026-11-20T00:00:00Z

        """)
    #expect(try remarks(index, "--since", "30d").lacksRows)
    #expect(try remarks(index, "--since", "3").remarks.contains("not listed to its end since"))
    for start in ["1", "2", "2026-11-21"] {
      let (remarks, lacksRows) = try remarks(index, "--since", start)
      #expect(remarks.isEmpty && !lacksRows, "\(start)")
    }
    #expect(try !remarks(index).lacksRows)
  }

  @Test(arguments: [
    (["--since", "2026-11-24"], "still to come"), (["--since", "4"], "There is no sync 4"),
    (["--depth", "1"], "about prefixes"), (["--sort", "key"], "order in which they were found"),
  ])
  func refuses(arguments: [String], words: String) async throws {
    let answer = try typed(Changes.self, arguments)
    let index = try await index()
    let error = #expect(throws: UsageError.self) { try answered(answer, by: index) }
    #expect(error?.message.contains(words) == true)
  }

  @Test func aSyncThatHasNotEndedIsRefused() async throws {
    let index = try await index()
    _ = try await index.writer().beginSync()
    let answer = try typed(Changes.self, "--since", "4")
    let error = #expect(throws: UsageError.self) { try answered(answer, by: index) }
    #expect(error?.message.contains("has not ended") == true)
  }

  @Test(arguments: ["0", "99999999999999999999", "", "2x", "2026-13-01"])
  func refusesAStart(text: String) {
    #expect(throws: UsageError.self) { try typed(Changes.self, "--since", text) }
  }
}

import Index
import IndexFixtures
import Report
import TestSupport
import Testing
import Vocabulary

@testable import Answers

@Suite struct DuplicatesTests {
  @Test func printsHelp() {
    #expect(
      help(of: Duplicates.self) == #"""
        OVERVIEW: What is stored more than once.

        A row for each ETag and size that several objects have, in any buckets, with one
        of them as an example; the most wasted bytes first. certainty says what that
        proves: md5 (the ETag is a digest of the content: they are equal), multipart (it
        is one of the parts: the same content in the same parts), or opaque (nothing:
        wasted_bytes is null, and they come last). ETags are opaque in buckets that
        encrypt with KMS keys, or of which that is not known, and in directory buckets.
        An upload that asked for KMS or a key of its own by itself cannot be told in a
        listing; its ETag is not expected to be equal to any other. Different ETags
        prove nothing, and the same content may be there with several. Empty objects are
        no waste. All objects are read twice, in an unchanging amount of memory; what
        may be a duplicate is sorted in temporary files (in TMPDIR, a few hundred bytes
        for each).

        USAGE: s3audit query duplicates [<options>] [<scope> ...]

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
          --list                  A row for every copy.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # What would be saved most:
          s3audit query duplicates -n 20

          # Every copy of large files, for a script:
          s3audit query duplicates 'backup-*' --min-size 100MiB --list --format jsonl

          # Within one prefix:
          s3audit query duplicates s3://photos/2026/

        """#)
  }

  private func index(encryption: BucketProperty?) async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let etag = String(repeating: "a", count: 32)
    let contents: Contents = [
      Key("1"): ModelObject(size: 10, etag: etag), Key("2"): ModelObject(size: 10, etag: etag),
      Key("3"): ModelObject(size: 10, etag: "?"), Key("4"): ModelObject(size: 4, etag: "x"),
      Key("5"): ModelObject(size: 4, etag: "x"),
    ]
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("logs")
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(contents, plan, syncID: syncID, &random)
    if let encryption { try await writer.record([encryption], of: plan) }
    _ = try await writer.finishCrawl(plan, outcome: .complete)
    try await writer.finishSync(syncID, state: .complete, requests: 1, retries: 0)
    return index
  }

  private static let plain = BucketProperty(.encryption, .set, value: "AES256")

  @Test func namesOneOfEachGroup() async throws {
    let etag = String(repeating: "a", count: 32)
    #expect(
      try cells(Duplicates(), by: try await index(encryption: Self.plain)) == [
        "etag,size,copies,wasted_bytes,certainty,bucket,key", "\(etag),10,2,10,md5,logs,1",
        "x,4,2,,opaque,logs,4",
      ])
  }

  @Test func listsEveryCopy() async throws {
    let rows = try cells(
      typed(Duplicates.self, "--list", "-n", "3"), by: try await index(encryption: Self.plain))
    #expect(rows.map { $0.split(separator: ",").last } == ["key", "1", "2", "4"])
  }

  @Test func endsATableWithTheProvenWaste() async throws {
    let table = try answered(Duplicates(), by: try await index(encryption: Self.plain), .init())
    let total = try #require(table.split(separator: "\n").last { $0.hasPrefix("total") })
    #expect(total.split(separator: " ") == ["total", "2", "10", "B"])
  }

  @Test(arguments: [
    (plain, ["1 object are", "2 objects have ETags"]), (nil, ["1 object are", "not known ("]),
  ])
  func saysWhatIsNotProven(_ encryption: BucketProperty?, words: [String]) async throws {
    let index = try await index(encryption: encryption)
    let (remarks, lacksRows) = try said(Duplicates(), by: index)
    for text in words { #expect(remarks.contains(text)) }
    #expect(lacksRows)
  }
}

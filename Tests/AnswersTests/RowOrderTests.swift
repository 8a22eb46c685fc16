import Arguments
import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// `--sort` and `--limit` of the questions that have them.
@Suite struct RowOrderTests {
  private static let rows = ["logs,2025/,1,3", #"logs,"",3,200004"#, "logs,2026/,2,200001"]

  @Test(arguments: [
    (["--sort", "bytes"], [0, 2, 1]), (["--sort", "-bytes"], [1, 2, 0]),
    (["--sort=-bytes"], [1, 2, 0]), (["--sort", "-prefix"], [2, 0, 1]),
    (["--sort", "objects", "-n", "2"], [0, 2]), (["--limit=1"], [1]), (["-n1"], [1]),
    (["--sort", "bucket"], [1, 0, 2]), (["--sort", "-bucket"], [1, 0, 2]),
    (["--sort", "-bytes", "--sort", "bytes"], [0, 2, 1]),
  ])
  func ordersByAnyColumn(arguments: [String], order: [Int]) async throws {
    let shown = try cells(typed(Du.self, ["logs"] + arguments), by: try await sampleIndex())
    #expect(Array(shown.dropFirst()) == order.map { Self.rows[$0] })
  }

  @Test func namesTheColumnsThereAre() async throws {
    let index = try await sampleIndex()
    let error = #expect(throws: UsageError.self) {
      try answered(typed(Du.self, "--sort", "-size"), by: index)
    }
    #expect(error?.message == "There is no column 'size' to sort by. The columns are:")
    #expect(error?.choices == ["bucket", "prefix", "objects", "bytes", "state", "synced_at"])
  }

  @Test(arguments: [["--sort="], ["--sort", "-"], ["--sort", "-n", "3"], ["--limit", "0"]])
  func refuses(arguments: [String]) {
    #expect(throws: UsageError.self) { try typed(Du.self, arguments) }
  }

  @Test func totalsStayThoseOfAllRows() async throws {
    let table = try answered(
      typed(Totals.self, "--by", "bucket", "--sort", "-bytes", "-n", "1"),
      by: try await sampleIndex(), .init())
    let lines = table.split(separator: "\n")
    #expect(lines.count == 6)
    #expect(lines[2].hasPrefix("logs"))
    #expect(lines[4].hasPrefix("total         4  195.3 KiB"))
    #expect(lines[5] == "1 of 2 rows are shown; the total is that of all rows")
  }

  @Test func nothingIsSaidWhereNothingIsCut() async throws {
    let table = try answered(
      typed(Totals.self, "--by", "bucket", "-n", "2"), by: try await sampleIndex(), .init())
    #expect(!table.contains("shown"))
  }

  @Test func bucketsAreOrderedByTheirClasses() async throws {
    let lines = try answered(
      typed(Buckets.self, "--sort", "bytes_standard"), by: try await sampleIndex()
    ).split(separator: "\n")
    #expect(lines.dropFirst().map { $0.prefix { $0 != "," } } == ["logs", "media"])
    let reversed = try answered(
      typed(Buckets.self, "--sort=-bytes_standard"), by: try await sampleIndex()
    ).split(separator: "\n")
    #expect(reversed.dropFirst().map { $0.prefix { $0 != "," } } == ["media", "logs"])
  }

  @Test func unknownComesLastInBothDirections() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for (name, region) in [("a", "us-east-1"), ("b", nil), ("c", "eu-west-1")] {
      try await writer.sync(name, [Key("k"): ModelObject(size: 1)], region: region)
    }
    func names(_ sort: String) throws -> [Substring] {
      try answered(typed(Buckets.self, "--sort=\(sort)"), by: index).split(separator: "\n")
        .dropFirst().map { $0.prefix { $0 != "," } }
    }
    #expect(try names("region") == ["c", "a", "b"])
    #expect(try names("-region") == ["a", "c", "b"])
  }

  @Test func sizesAndSeveritiesHaveAnOrderOfTheirOwn() async throws {
    let sizes = try cells(
      typed(Totals.self, "--by", "size", "--sort", "size"), by: try await sampleIndex())
    let bins = try cells(typed(Totals.self, "--by", "size"), by: try await sampleIndex())
    #expect(sizes == bins)
    let severities = try answered(
      typed(Findings.self, "--sort", "-severity"), by: try await sampleIndex()
    ).split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }
    let rank = ["high": 0, "medium": 1, "low": 2, "info": 3]
    #expect(
      severities.compactMap { rank[String($0)] }
        == severities.compactMap { rank[String($0)] }.sorted())
  }

  @Test func numbersAreOrderedAsNumbers() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for (name, size) in [("a", 9), ("b", 1_000), ("c", 20)] as [(String, Int64)] {
      try await writer.sync(name, [Key("k"): ModelObject(size: size)])
    }
    #expect(
      try cells(typed(Totals.self, "--by", "bucket", "--sort", "-bytes"), by: index) == [
        "bucket,objects,bytes", "b,1,1000", "c,1,20", "a,1,9",
      ])
  }
}

import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// Buckets by their region.
@Suite struct RegionTests {
  private func index() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for (name, region) in [
      ("logs", "us-east-1"), ("paris", "eu-west-3"), ("dublin", "eu-west-1"), ("odd", nil),
    ] {
      try await writer.sync(name, [Key("k"): ModelObject(size: 1)], region: region)
    }
    return index
  }

  @Test(arguments: [
    (["--in-region", "eu-*"], ["dublin", "paris"]), (["--in-region=us-east-1"], ["logs"]),
    (["--in-region", "eu-west-1", "--in-region", "us-*"], ["dublin", "logs"]),
    (["--in-region", "*"], ["dublin", "logs", "paris"]), (["--in-region", ""], ["odd"]),
    (["--in-region", "", "--in-region", "*-3"], ["odd", "paris"]),
    (["--in-region", "eu-west-[13]", "p*"], ["paris"]),
  ])
  func choosesBuckets(arguments: [String], names: [String]) async throws {
    let index = try await index()
    func first(_ answer: some Answer) throws -> [String] {
      try answered(answer, by: index).split(separator: "\n").dropFirst()
        .map { String($0.prefix { $0 != "," }) }
    }
    #expect(try first(typed(Buckets.self, arguments)) == names)
    #expect(try first(typed(Find.self, arguments)) == names)
    #expect(try first(typed(Top.self, arguments)).sorted() == names)
    #expect(try first(typed(Du.self, ["--depth=0"] + arguments)) == names)
    #expect(try first(typed(Totals.self, arguments + ["--by", "bucket"])) == names)
    #expect(try first(typed(Totals.self, arguments)) == ["\(names.count)"])
    #expect(Set(try first(typed(Findings.self, arguments))).sorted() == names)
  }

  @Test func namesTheRegionsThereAre() async throws {
    let index = try await index()
    let error = IndexError.noRegion(
      pattern: "ap-*", known: ["eu-west-1", "eu-west-3", "us-east-1"])
    #expect(throws: error) {
      try answered(typed(Totals.self, "--in-region", "ap-*"), by: index)
    }
    #expect(error.description == "no bucket in the index is in a region that matches 'ap-*'")
    let other = IndexError.noBucket(pattern: "logs", known: ["dublin", "paris"], inRegions: true)
    #expect(throws: other) {
      try answered(typed(Totals.self, "logs", "--in-region", "eu-*"), by: index)
    }
    #expect(other.description == "no bucket in these regions matches 'logs'")
  }

  @Test(arguments: [
    ([], []), (["--in-region", "eu-*"], ["odd"]), (["--in-region", "eu-*", "paris"], []),
    (["--in-region", "eu-*", "--in-region", ""], []),
  ])
  func knowsWhichBucketsMayBeMissing(arguments: [String], names: [String]) async throws {
    let filter = try typed(Totals.self, arguments).filter.buckets
    let left = try await index().reader().bucketsOfUnknownRegion(filter)
    #expect(left.map(\.name) == names)
  }

  @Test func anUnknownRegionIsNull() async throws {
    let index = try await index()
    let rows = try answered(
      typed(Totals.self, "--by", "region"), by: index, ReportOptions(format: .jsonl))
    #expect(rows.contains(#"{"region":null,"objects":1"#) && !rows.contains(#""region":"""#))
  }

  @Test func anUnknownAccountIsNull() async throws {
    let rows = try answered(
      typed(Totals.self, "--by", "account"), by: try await index(), ReportOptions(format: .jsonl))
    #expect(rows.hasPrefix(#"{"account":null,"profile":null,"objects":4"#))
  }
}

import Arguments
import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// Bills of indexes of a few rows, as CSV: group, objects, bytes, billed bytes, uploads, markers, and money.
@Suite struct CostTests {
  private static let tebibyte: Int64 = 1 << 40

  private func index() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    func objects(_ count: Int, _ size: Int64, _ storageClass: String = "STANDARD") -> Contents {
      Contents(
        uniqueKeysWithValues: (0..<count).map {
          (Key("p\($0 % 2)/\($0)"), ModelObject(size: size, storageClass: storageClass))
        })
    }
    let owner = AccountIdentity(number: "111122223333")
    try await writer.sync(
      "alpha", objects(8, 5 * Self.tebibyte), region: "us-east-1", owner: owner)
    try await writer.sync("beta", objects(6, 5 * Self.tebibyte), region: "us-east-1", owner: owner)
    try await writer.sync("gamma", objects(4, 5 * Self.tebibyte), region: "us-east-2", owner: owner)
    try await writer.sync("ia", objects(2, 1, "STANDARD_IA"), region: "us-east-1", owner: owner)
    return index
  }

  private func rows(_ arguments: String...) async throws -> [String] {
    let answer = try typed(CostAnswer.self, arguments + ["--prices-as-of", "2026-11-29"])
    return try cells(answer, by: try await index()).dropFirst().map { $0 }
  }

  @Test func tiersAreSharedByBytesAndRowsAddUp() async throws {
    let rows = try await rows("--by", "bucket")
    #expect(
      rows.map { $0.split(separator: ",", omittingEmptySubsequences: false)[6] } == [
        "930.377143", "697.782857", "471.040000", "0.000003",
      ])
    let total = try await self.rows()
    #expect(total.first?.hasSuffix("2099.200003,2099.200003,2099.200003") == true)
  }

  @Test func aPartPaysItsShareUnderAFilter() async throws {
    let rows = try await rows("s3://alpha/p0/")
    #expect(rows.first?.contains(",465.188571,") == true)
    #expect(
      try await self.rows("alpha", "--by", "prefix").map { $0.contains("465.18857") } == [
        true, true,
      ])
  }

  @Test func smallObjectsArePadded() async throws {
    let rows = try await rows("ia", "--by", "component")
    #expect(rows.map { String($0.prefix { $0 != "," }) } == ["padding", "storage"])
    #expect(try await self.rows("ia").first?.hasPrefix("2,2,262144,") == true)
  }

  @Test func wholeBucketsAreNotRead() async throws {
    let index = try await index()
    try index.execute("DELETE FROM object")
    let answer = try typed(CostAnswer.self, "--by", "class", "--prices-as-of", "2026-11-29")
    #expect(try cells(answer, by: index).contains { $0.contains("2099.200000") })
  }

  @Test(arguments: [["--by", "bucket"], ["--by", "class"], []])
  func uploadsThatWereNeverListedAreNotNone(grouping: [String]) async throws {
    let index = try await index()
    let answer = try typed(CostAnswer.self, grouping + ["--prices-as-of", "2026-11-29"])
    let place = grouping.isEmpty ? 3 : 4
    func uploads() throws -> Set<Substring> {
      Set(
        try cells(answer, by: index).dropFirst().map {
          $0.split(separator: ",", omittingEmptySubsequences: false)[place]
        })
    }
    #expect(try uploads() == [""])
    try index.execute("UPDATE bucket SET uploads_synced_ms = synced_ms WHERE name <> 'ia'")
    #expect(try uploads() == (grouping.isEmpty ? [""] : ["", "0"]))
    try index.execute("UPDATE bucket SET uploads_synced_ms = synced_ms")
    #expect(try uploads() == ["0"])
  }

  @Test(arguments: ["colour", "tag=", "tag", ""])
  func groupsAreNamed(group: String) {
    #expect(throws: UsageError.self) { try typed(CostAnswer.self, "--by", group) }
  }
}

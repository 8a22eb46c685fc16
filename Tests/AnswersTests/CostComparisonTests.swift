import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// Bills beside computed costs, asked on the 20th of November.
@Suite struct CostComparisonTests {
  private static func bill(
    _ month: String, _ amount: String?, isEstimated: Bool = false, account: String = "1",
    tag: String? = nil, name: String = "TimedStorage-ByteHrs"
  ) -> StoredActualCost {
    var cost = StoredActualCost(
      endpoint: "", account: account, tag: tag, month: "\(month)-01", monthEnd: "\(month)-28",
      isEstimated: isEstimated, asked: ScratchIndex.start)
    guard let amount else { return cost }
    (cost.service, cost.name) = ("Amazon Simple Storage Service", name)
    (cost.amount, cost.currency) = (amount, "USD")
    return cost
  }

  private static func index(_ bills: [[StoredActualCost]]) async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    _ = try await writer.sync(
      "b", [Key("a"): ModelObject(size: 100 << 30)], region: "us-east-1",
      owner: AccountIdentity(number: "1"))
    for some in bills { try await writer.keep(some) }
    return index
  }

  /// `usage type, usd, actual, difference, month` of each row.
  private static func rows(_ index: ScratchIndex, _ arguments: String...) throws -> [String] {
    let answer = try typed(
      CostAnswer.self, ["--compare", "--prices-as-of", "2026-11-19"] + arguments)
    return try answered(answer, by: index).split(separator: "\n").dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return [2, 4, 7, 10, 11].map { String(cells[$0]) }.joined(separator: " ")
    }
  }

  @Test func theNewestClosedMonthIsTaken() async throws {
    let index = try await Self.index([
      [
        Self.bill("2026-09", "7"), Self.bill("2026-10", "2.5"),
        Self.bill("2026-11", "1", isEstimated: true),
      ]
    ])
    #expect(
      try Self.rows(index) == [
        "TimedStorage-ByteHrs 2.300000 2.500000 0.200000 2026-10-01"
      ])
    let remarks = try remarks(of: typed(CostAnswer.self, "--compare"), by: index)
    #expect(!remarks.contains { $0.contains("newest closed one") }, "\(remarks)")
  }

  @Test(
    arguments: [
      (newest: nil, "was not asked about"),
      (newest: bill("2026-10", nil), "has no costs that Cost Explorer knows of"),
      (newest: bill("2026-10", "3", isEstimated: true), "was not closed when it was asked about"),
    ] as [(newest: StoredActualCost?, String)])
  func anOlderMonthIsNamed(newest: StoredActualCost?, words: String) async throws {
    let index = try await Self.index([[Self.bill("2026-09", "7")], newest.map { [$0] } ?? []])
    #expect(try Self.rows(index).map { $0.hasSuffix(" 2026-09-01") } == [true])
    let remarks = try remarks(of: typed(CostAnswer.self, "--compare"), by: index)
    #expect(
      remarks.contains {
        $0.hasPrefix(
          "Warning: the bill of account 1 is of the month from 2026-09-01: the newest closed one, from 2026-10-01, "
            + words)
      }, "\(remarks)")
  }

  @Test func anOpenMonthThatStandsInIsNamed() async throws {
    let index = try await Self.index([[Self.bill("2026-11", "1", isEstimated: true)]])
    #expect(try Self.rows(index).map { $0.hasSuffix(" 2026-11-01") } == [true])
    let remarks = try remarks(of: typed(CostAnswer.self, "--compare"), by: index)
    #expect(remarks.contains { $0.contains("2026-10-01, was not asked about") }, "\(remarks)")
  }

  /// Two keys that Unicode takes for one are two.
  @Test func tagsAreComparedInBytes() async throws {
    let index = try await Self.index([
      [Self.bill("2026-10", "3", tag: "e\u{301}", name: "x")]
    ])
    #expect(throws: NoActualCosts.self) {
      try answered(typed(CostAnswer.self, "--compare", "--by", "tag=\u{E9}"), by: index)
    }
    let rows = try answered(
      typed(CostAnswer.self, "--compare", "--by", "tag=e\u{301}"), by: index)
    #expect(rows.contains(",3.000000,"))
  }

  @Test func keysOfTagsMayBeginWithAMark() throws {
    #expect(try CostGrouping("tag=\u{301}x") == .tag("\u{301}x"))
  }

  /// What nobody computes stands with its bill, and what was not billed with its cost.
  @Test func eachSideMayStandAlone() async throws {
    let index = try await Self.index([
      [Self.bill("2026-10", "4", name: "EU-DataTransfer-Out-Bytes")]
    ])
    #expect(
      try Self.rows(index) == [
        "TimedStorage-ByteHrs 2.300000   ", "EU-DataTransfer-Out-Bytes  4.000000  2026-10-01",
      ])
  }
}

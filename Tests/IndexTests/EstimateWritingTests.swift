import IndexFixtures
import Testing
import Vocabulary

@testable import Index

/// What others say of buckets, as it is kept and replaced.
@Suite struct EstimateWritingTests {
  private static func estimate(
    _ bucket: String, of account: String, _ value: Int64, _ state: EstimateState = .complete
  ) -> StoredEstimate {
    var estimate = StoredEstimate(
      bucket: bucket, endpoint: "", region: "us-east-1", account: account, state: state,
      asked: ScratchIndex.start)
    estimate.storageType = "StandardStorage"
    estimate.value = value
    return estimate
  }

  private static func kept(_ index: ScratchIndex) throws -> [String] {
    try index.reader().estimates().map {
      "\($0.bucket) \($0.account ?? "-") \($0.value ?? -1) \($0.state.rawValue)"
    }
  }

  /// Account 1 had a bucket that account 2 has now, in the same region.
  @Test(arguments: [["1", "2"], ["2", "1"]])
  func whatOneAccountLostIsTheOthers(order: [String]) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for account in order {
      let isGone = account == "1"
      try await writer.keep(
        [Self.estimate("moved", of: account, isGone ? 7 : 8, isGone ? .gone : .complete)], at: "",
        replacing: { bucket, _, owner in isGone ? owner == "1" : bucket == "moved" })
    }
    #expect(try Self.kept(index) == ["moved 2 8 complete"])
  }

  @Test func whatIsGoneForGoodIsReplaced() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for value in [Int64(7), 6] {
      try await writer.keep(
        [Self.estimate("old", of: "1", value, .gone)], at: "",
        replacing: { _, _, owner in owner == "1" })
    }
    #expect(try Self.kept(index) == ["old 1 6 gone"])
  }

  @Test func anIndexThatGotNothingIsRemovedAgain() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    _ = try await writer.rest()
    await writer.removeIfFresh()
    #expect(throws: IndexError.missing(path: index.path)) { try index.reader() }
    // What is in use, or holds something, stays.
    let second = try index.writer()
    try await second.keep(
      [Self.estimate("b", of: "1", 1)], at: "", replacing: { _, _, _ in false })
    await second.removeIfFresh()
    #expect(try Self.kept(index) == ["b 1 1 complete"])
  }
}

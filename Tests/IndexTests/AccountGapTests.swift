import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// An account whose list of buckets could not be read may have buckets that no answer knows of.
@Suite struct AccountGapTests {
  private let index: ScratchIndex
  private let writer: IndexWriter

  init() async throws {
    index = try ScratchIndex()
    writer = try index.writer()
    try await listed("good", "1", ["logs"])
  }

  private func listed(
    _ profile: String?, _ number: String?, _ buckets: [String], at endpoint: String = ""
  ) async throws {
    let account = AccountIdentity(number: number, profile: profile)
    for bucket in buckets {
      try await writer.sync(
        bucket, [Key("k"): ModelObject()], endpoint: endpoint, owner: account)
    }
    let id = try await writer.settle(account, at: endpoint, owned: buckets, read: [])
    try await writer.recordList(
      of: account, id: id, at: endpoint, naming: buckets, asOf: index.now())
  }

  private func refused(
    _ profile: String?, _ number: String? = nil, at endpoint: String? = "",
    as state: BucketState = .denied
  ) async throws {
    try await writer.recordRefusal(
      of: AccountIdentity(number: number, profile: profile), at: endpoint, as: state, error: "no")
  }

  private func gaps(_ scopes: [String] = [], accounts: [String] = []) throws -> [String] {
    var filter = ObjectFilter()
    filter.scopes = scopes.map { .init(bucketPattern: $0) }
    filter.accounts = accounts
    return try index.reader().reach(of: filter).gaps.map { "\($0.label) \($0.state)" }
  }

  private func total(by grouping: Grouping? = nil) throws -> [BucketState] {
    try index.reader().totals(by: grouping, ObjectFilter(), now: index.now())
      .map(\.freshness.state)
  }

  @Test func isKnownByItsProfileBeforeItEverAnswered() async throws {
    #expect(try gaps() == [])
    #expect(try total() == [.complete])
    try await refused("bad")
    #expect(try gaps() == ["profile bad denied"])
    #expect(try total() == [.partial])
    #expect(
      try index.texts(
        "SELECT coalesce(account, '-') || ' ' || profile || ' ' || state FROM accounts ORDER BY 1")
        == ["- bad denied", "1 good complete"])
    try await listed("bad", "2", [])
    #expect(try gaps() == [])
    #expect(try total() == [.complete])
  }

  @Test(arguments: [("good", nil), (nil, "1")] as [(String?, String?)])
  func isTheOneThatAnsweredBefore(profile: String?, number: String?) async throws {
    try await refused(profile, number, as: .partial)
    #expect(try gaps() == ["1, profile good partial"])
    #expect(try index.integers("SELECT count(*) FROM unknown_account") == [0])
    let gap = try #require(try index.reader().accountGaps().first)
    #expect(gap.syncedAt == index.now() && gap.error == "no")
  }

  @Test func isFoundWhereverItIs() async throws {
    try await listed("minio", "9", ["raw"], at: "http://m")
    try await refused("minio", at: nil)
    #expect(try gaps() == ["9, profile minio denied"])
    try await refused("other", at: nil)
    try await listed("other", nil, ["x"], at: "http://o")
    #expect(try gaps() == ["9, profile minio denied"])
  }

  @Test func mattersWhereItCouldHaveMore() async throws {
    try await listed("second", "2", ["media"])
    try await refused("second", "2")
    let gap = ["2, profile second denied"]
    #expect(try gaps() == gap)
    #expect(try gaps(["lo*"]) == gap)
    #expect(try gaps(["logs"]) == [])
    #expect(try gaps(["logs", "med?a"]) == gap)
    #expect(try gaps(accounts: ["1"]) == [])
    #expect(try gaps(accounts: ["sec*"]) == gap)
    #expect(try total(by: .account) == [.complete, .partial])
    #expect(try total(by: .bucket) == [.complete, .complete])
    #expect(try total(by: .class) == [.partial])
    #expect(try total(by: .region) == [.partial])
  }

  @Test func isNoSlipOfThePen() async throws {
    try await refused("bad")
    var filter = ObjectFilter()
    filter.accounts = ["bad"]
    let rows = try index.reader().totals(by: nil, filter, now: index.now())
    #expect(rows.map(\.freshness.state) == [.never])
  }

  @Test func isExpectedFromItsFirstListToItsEnd() async throws {
    let account = AccountIdentity(owner: "o", profile: "new")
    try await writer.expectBuckets(of: account, at: "")
    #expect(try gaps() == ["o, profile new partial"])
    try await listed("good", "1", ["logs"])
    // What was listed before is as it was while the next sync runs.
    try await writer.expectBuckets(of: AccountIdentity(number: "1", profile: "good"), at: "")
    #expect(try gaps() == ["o, profile new partial"])
    // A server that names no owner.
    try await writer.expectBuckets(of: AccountIdentity(profile: "p"), at: "http://m")
    #expect(try gaps().count == 2)
    try await listed("p", nil, ["b"], at: "http://m")
    try await writer.expectBuckets(of: AccountIdentity(profile: "p"), at: "http://m")
    #expect(try gaps().count == 1)
  }

  @Test func isForgotten() async throws {
    try await refused("bad")
    try await refused("second", "2")
    for gap in try index.reader().accountGaps() { try await writer.forget(gap) }
    #expect(try gaps() == [])
    try await refused("good")
    for gap in try index.reader().accountGaps() { try await writer.forget(gap) }
    #expect(try gaps() == ["1, profile good denied"], "it has a bucket")
  }

  // MARK: - Nothing at all

  private func reach(_ index: ScratchIndex, _ accounts: String...) throws -> IndexReader.Reach {
    var filter = ObjectFilter()
    filter.accounts = accounts
    return try index.reader().reach(of: filter)
  }

  /// An index that holds no bucket, with these accounts whose lists were read.
  private func emptyIndex(
    _ lists: (profile: String, number: String, buckets: [String])...
  ) async throws -> (index: ScratchIndex, writer: IndexWriter) {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for list in lists {
      let account = AccountIdentity(number: list.number, profile: list.profile)
      let id = try await writer.settle(account, at: "", owned: [], read: [])
      try await writer.recordList(
        of: account, id: id, at: "", naming: list.buckets, asOf: index.now())
      index.time.advance(days: 1)
    }
    return (index, writer)
  }

  @Test func aListThatWasReadAndIsEmptyIsCompleteAnswer() async throws {
    let (index, writer) = try await emptyIndex(("one", "1", []), ("two", "2", []))
    let row = try #require(
      try index.reader().totals(by: nil, ObjectFilter(), now: index.now()).first)
    #expect(row.freshness == Freshness(state: .complete, syncedAt: ScratchIndex.start))
    #expect(row.usage == Usage())
    #expect(try reach(index).emptySince == ScratchIndex.start)
    #expect(try reach(index, "two").emptySince != ScratchIndex.start)
    try await writer.recordRefusal(
      of: AccountIdentity(profile: "bad"), at: "", as: .denied, error: "no")
    #expect(try reach(index).emptySince == nil)
    #expect(try reach(index, "one").emptySince == ScratchIndex.start)
    #expect(try reach(index, "bad").emptySince == nil)
  }

  @Test(arguments: [["logs"], ["logs", "media"]])
  func aListWhoseBucketsAreNotThereIsNoEmptyOne(buckets: [String]) async throws {
    let (index, _) = try await emptyIndex(("one", "1", buckets))
    #expect(try reach(index).emptySince == nil)
    #expect(try reach(index).gaps.map(\.state) == [.partial])
  }

  @Test func whatWasForgottenIsNotEmpty() async throws {
    let account = try #require(try index.reader().buckets(matching: []).first?.account)
    try await writer.forgetLists(ofAccounts: [account.id])
    #expect(try total() == [.complete], "its bucket is there")
    try await writer.forget(bucket: "logs", endpoint: "")
    try await writer.forgetLists(ofAccounts: [account.id])
    #expect(try reach(index).emptySince == nil)
    #expect(try total() == [.never])
  }

  @Test func anAccountThatWasOnlyReadIsNotEmpty() async throws {
    let (index, writer) = try await emptyIndex(("one", "1", []))
    _ = try await writer.settle(AccountIdentity(number: "2"), at: "", owned: [], read: [])
    #expect(try reach(index).emptySince == nil)
  }

  @Test func allOfNothingIsNotComplete() throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    let reader = try index.reader()
    let rows = try reader.totals(by: nil, ObjectFilter(), now: index.now())
    #expect(rows.map(\.freshness) == [Freshness(state: .never, syncedAt: nil)])
    #expect(try reader.reach(of: ObjectFilter()).buckets.isEmpty)
  }
}

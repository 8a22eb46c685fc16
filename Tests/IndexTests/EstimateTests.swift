import Index
import IndexFixtures
import Testing
import Vocabulary

@Suite struct EstimateTests {
  private static func row(
    _ bucket: String, _ type: String?, _ value: Int64?, region: String = "eu-west-1",
    state: EstimateState = .complete, account: String = "111122223333"
  ) -> StoredEstimate {
    var row = StoredEstimate(
      bucket: bucket, endpoint: "", region: region, account: account, state: state,
      asked: ScratchIndex.start)
    row.storageType = type
    row.component = type == "AllStorageTypes" ? "objects" : type.map { _ in "storage" }
    row.value = value
    row.day = type.map { _ in Timestamp(year: 2026, month: 11, day: 28) }
    return row
  }

  private static let shown = """
    SELECT bucket || ' ' || coalesce(storage_type, '-') || ' ' || coalesce(bytes, '-') || ' '
      || coalesce(objects, '-') || ' ' || coalesce(day, '-') || ' ' || state
    FROM estimates ORDER BY bucket, storage_type
    """

  @Test func keepsFiguresAndShowsThemInTheView() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let rows = [
      Self.row("a", "AllStorageTypes", 3), Self.row("a", "StandardStorage", 7),
      Self.row("b", nil, nil, state: .noFigure),
    ]
    try await writer.keep(rows, at: "") { _, _, _ in false }
    #expect(
      try index.texts(Self.shown) == [
        "a AllStorageTypes - 3 2026-11-28 complete", "a StandardStorage 7 - 2026-11-28 complete",
        "b - - - - no figure",
      ])
    #expect(try index.reader().estimates() == rows)
    #expect(try index.integers("SELECT count(*) FROM bucket") == [0])
  }

  @Test func newFiguresTakeThePlaceOfThoseThatWereAskedForAgain() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.keep(
      [
        Self.row("a", "GlacierStorage", 1), Self.row("b", "StandardStorage", 2),
        Self.row("c", "StandardStorage", 3, account: "other"),
      ], at: ""
    ) { _, _, _ in false }
    try await writer.keep([Self.row("a", "StandardStorage", 9, region: "us-east-1")], at: "") {
      bucket, _, account in bucket == "a" || account == "other"
    }
    #expect(
      try index.texts("SELECT bucket || ' ' || bytes FROM estimates ORDER BY 1") == ["a 9", "b 2"])
  }

  @Test func aRefusalLeavesFiguresOfBefore() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.keep([Self.row("a", "StandardStorage", 1)], at: "") { _, _, _ in false }
    var refusals = [
      Self.row("a", nil, nil, state: .denied), Self.row("b", nil, nil, state: .denied),
    ]
    for place in refusals.indices { refusals[place].error = "no" }
    try await writer.mark(refusals)
    #expect(
      try index.texts(Self.shown) == [
        "a StandardStorage 1 - 2026-11-28 denied", "b - - - - denied",
      ])
    // And asked again, they are as before.
    try await writer.keep(
      [Self.row("a", "StandardStorage", 1), Self.row("b", "StandardStorage", 2)], at: ""
    ) { _, _, _ in true }
    #expect(try index.texts("SELECT DISTINCT state FROM estimates") == ["complete"])
  }

  @Test func aBucketThatIsForgottenTakesItsFiguresAlong() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("a", [:])
    try await writer.keep(
      [Self.row("a", "StandardStorage", 1), Self.row("b", "StandardStorage", 2)], at: ""
    ) { _, _, _ in false }
    try await writer.forget(bucket: "a", endpoint: "")
    #expect(try index.texts("SELECT bucket FROM estimates") == ["b"])
  }

  @Test func aMonthIsReplacedAsAWhole() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    func cost(_ month: String, _ name: String?, _ amount: String?) -> StoredActualCost {
      var cost = StoredActualCost(
        endpoint: "", account: "1", tag: nil, month: month, monthEnd: "2026-12-01",
        isEstimated: name == nil, asked: ScratchIndex.start)
      (cost.service, cost.name, cost.amount) = (name.map { _ in "S3" }, name, amount)
      return cost
    }
    try await writer.keep([
      cost("2026-10-01", "x", "1.50"), cost("2026-10-01", "x", "-0.50"),
      cost("2026-11-01", nil, nil),
    ])
    try await writer.keep([cost("2026-11-01", "y", "0.0101516483123456")])
    #expect(
      try index.reader().actualCosts().map(\.amount) == ["1.50", "-0.50", "0.0101516483123456"])
    #expect(
      try index.texts("SELECT month || ' ' || usage_type || ' ' || estimated FROM actual_costs")
        == [
          "2026-10-01 x 0", "2026-10-01 x 0", "2026-11-01 y 0",
        ])
  }
}

import HTTP
import Testing

@testable import AWS

@Suite struct CostExplorerTests {
  private static func read(
    _ body: String, _ grouping: CostExplorerClient.Grouping = .usageType
  ) throws(CostExplorerError) -> (periods: [BilledPeriod], token: String?) {
    try CostExplorerClient.read(Array(body.utf8), grouping)
  }

  private static func result(_ keys: String, amount: String = "\"0.0101516483123456\"") -> String {
    """
    {"ResultsByTime":[{"TimePeriod":{"Start":"2026-10-01","End":"2026-11-01"},"Estimated":true,"Total":{},
    "Groups":[{"Keys":[\(keys)],"Metrics":{"UnblendedCost":{"Amount":\(amount),"Unit":"USD"},
    "UsageQuantity":{"Amount":"3.5E-7","Unit":"GB-Mo"}}}]}],"NextPageToken":"n"}
    """
  }

  @Test func keepsDigitsAsTheyAreWritten() throws {
    let (periods, token) = try Self.read(
      Self.result("\"Amazon Simple Storage Service\",\"EU-TimedStorage-ByteHrs\""))
    #expect(token == "n" && periods.first?.isEstimated == true)
    #expect(
      periods.first?.sums == [
        BilledPeriod.Sum(
          service: "Amazon Simple Storage Service", name: "EU-TimedStorage-ByteHrs",
          amount: "0.0101516483123456", currency: "USD", quantity: "3.5E-7", unit: "GB-Mo")
      ])
  }

  @Test(arguments: [
    ("team$web", "web"), ("team$", ""), ("team$a$b", "a$b"), ("team$\u{301}x", "\u{301}x"),
  ])
  func readsTags(key: String, value: String) throws {
    let (periods, _) = try Self.read(Self.result("\"S3\",\"\(key)\""), .tag("team"))
    #expect(periods.first?.sums.first?.name == value)
  }

  @Test(
    arguments: [
      ("true", true), ("false", false), ("\"true\"", true), ("\"True\"", true),
      ("\"false\"", false),
      ("null", false), ("\"yes\"", nil), ("1", nil), ("{}", nil),
    ] as [(String, Bool?)])
  func aMonthIsClosedOnlyWhereThatIsSaid(written: String, isEstimated: Bool?) throws {
    let body =
      "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2026-10-01\",\"End\":\"2026-11-01\"},\"Estimated\":\(written)}]}"
    guard let isEstimated else {
      #expect(throws: CostExplorerError.self) { try Self.read(body) }
      return
    }
    #expect(try Self.read(body).periods.first?.isEstimated == isEstimated)
  }

  @Test func aMonthWithoutSumsIsNotNothing() throws {
    let (periods, token) = try Self.read(
      "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2026-10-01\",\"End\":\"2026-11-01\"},\"Groups\":[]}]}"
    )
    #expect(token == nil && periods.count == 1 && periods.first?.sums == [])
  }

  @Test(arguments: [
    "", "[]", "{}", "<html/>", "{\"ResultsByTime\":[{}]}", result(""),
    result("\"S3\",\"x\"", amount: "null"), String(result("\"S3\",\"x\"").dropLast(9)),
  ])
  func refusesWhatIsNoAnswer(body: String) {
    let error = #expect(throws: CostExplorerError.self) { try Self.read(body) }
    #expect(error?.retryCause == .transient)
  }

  @Test func aServiceThatIsLeftOutIsEmpty() throws {
    #expect(try Self.read(Self.result("\"u\"")).periods.first?.sums.first?.service == "")
  }

  @Test func refusesAnotherTag() {
    #expect(throws: CostExplorerError.self) {
      try Self.read(Self.result("\"S3\",\"owner$x\""), .tag("team"))
    }
  }

  @Test func saysWhyItWasRefused() {
    let body =
      "{\"__type\":\"AccessDeniedException\",\"message\":\"User not enabled for cost explorer access\\u001b[0m\"}"
    let error = CostExplorerError(
      refusal: HTTPResponse(status: 400, body: Array(body.utf8)))
    #expect(error.isDenied && !error.hasNoData)
    #expect(
      error.description
        == "GetCostAndUsage was refused: User not enabled for cost explorer access\\u{1B}[0m"
        + " (AccessDeniedException)")
  }
}

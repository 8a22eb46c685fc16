import Signing
import Testing
import Vocabulary

@testable import AWS

@Suite struct MetricDataQuestionTests {
  private static let day = Timestamp(millisecondsSinceEpoch: 1_795_824_000_000)

  private static func page(
    _ results: [(Int, String, [Int64])], token: String? = nil
  ) -> MetricDataPage {
    MetricDataPage(
      results: results.map { number, status, days in
        MetricDataPage.Result(
          id: MetricDataQuestion.id(of: number), status: status,
          points: days.map {
            MetricAnswer.Point(
              at: Timestamp(millisecondsSinceEpoch: day.millisecondsSinceEpoch + $0), value: "\($0)"
            )
          }, messages: [])
      }, token: token, messages: [])
  }

  private static func values(_ answer: MetricAnswer) -> [String] { answer.points.map(\.value) }

  @Test func pagesOfOneMetricGoOn() throws {
    var question = MetricDataQuestion(of: 2)
    #expect(question.next == .init(metrics: [0, 1]))
    try question.accept(Self.page([(0, "PartialData", [1, 2]), (1, "Complete", [7])], token: "a"))
    #expect(question.next == .init(metrics: [0, 1], token: "a"))
    try question.accept(Self.page([(0, "Complete", [2, 3])]))
    #expect(question.next == nil)
    #expect(question.answers.map(Self.values) == [["1", "2", "3"], ["7"]])
    #expect(question.answers.allSatisfy { $0.outcome == .complete })
  }

  @Test func whatFailedInsideIsAskedAgainAlone() throws {
    var question = MetricDataQuestion(of: 3)
    try question.accept(
      Self.page([(0, "Complete", [1]), (1, "InternalError", []), (2, "Forbidden", [])]))
    #expect(question.next == .init(metrics: [1]))
    try question.accept(Self.page([(1, "Complete", [5])]))
    #expect(question.next == nil)
    #expect(question.answers.map(\.outcome) == [.complete, .complete, .forbidden])
  }

  @Test func whatIsNeverAnsweredWholeIsIncomplete() throws {
    var question = MetricDataQuestion(of: 2)
    for _ in 0..<3 {
      #expect(question.next != nil)
      try question.accept(Self.page([(0, "PartialData", [1])]))
    }
    #expect(question.next == nil)
    #expect(question.answers.map(\.outcome) == [.incomplete, .incomplete])
    #expect(question.answers.map(Self.values) == [["1"], []])
  }

  @Test func aTokenThatComesTwiceEndsIt() throws {
    var question = MetricDataQuestion(of: 1)
    try question.accept(Self.page([], token: "a"))
    try question.accept(Self.page([], token: "b"))
    #expect(throws: EndlessPages.self) { try question.accept(Self.page([], token: "a")) }
  }

  @Test func nobodyHasSoManyPages() throws {
    var tokens = PageTokens(of: "X", pagesMax: 3)
    #expect(try tokens.accept("a") && tokens.accept("b"))
    #expect(throws: EndlessPages.self) { try tokens.accept("c") }
    var others = PageTokens(of: "X")
    #expect(try !others.accept("") && !others.accept(nil))
  }

  // MARK: - The wire

  private static func answer(_ body: String) throws -> QueryElement {
    try QueryElement(parsing: Array(body.utf8))
  }

  @Test func readsAPage() throws {
    let page = try CloudWatchClient.dataPage(
      Self.answer(
        """
        <GetMetricDataResponse><GetMetricDataResult><Messages><member><Code>MaxMetricsExceeded</Code>\
        <Value>Too many</Value></member></Messages><MetricDataResults><member><Id>m0</Id>\
        <Timestamps><member>2026-11-28T00:00:00Z</member></Timestamps><Values><member>1.5E3</member></Values>\
        <StatusCode>Complete</StatusCode></member></MetricDataResults><NextToken>t</NextToken>\
        </GetMetricDataResult></GetMetricDataResponse>
        """))
    let point = MetricAnswer.Point(at: Self.day, value: "1.5E3")
    #expect(
      page
        == MetricDataPage(
          results: [.init(id: "m0", status: "Complete", points: [point], messages: [])],
          token: "t", messages: ["MaxMetricsExceeded: Too many"]))
  }

  @Test(arguments: [
    "<R/>",
    "<R><GetMetricDataResult><MetricDataResults><member><Values><member>1</member></Values></member></MetricDataResults></GetMetricDataResult></R>",
    "<R><GetMetricDataResult><MetricDataResults><member><Timestamps><member>soon</member></Timestamps><Values><member>1</member></Values></member></MetricDataResults></GetMetricDataResult></R>",
  ])
  func refusesWhatIsNoPage(body: String) throws {
    let answer = try Self.answer(body)
    #expect(throws: QueryError.self) { try CloudWatchClient.dataPage(answer) }
  }

  @Test func keepsTheOrderOfDimensions() throws {
    let (metrics, token) = try CloudWatchClient.metricPage(
      Self.answer(
        """
        <R><ListMetricsResult><Metrics><member><MetricName>BucketSizeBytes</MetricName><Dimensions>\
        <member><Name>StorageType</Name><Value>StandardStorage</Value></member>\
        <member><Name>BucketName</Name><Value>b</Value></member></Dimensions></member><member>\
        <MetricName>AllRequests</MetricName><Dimensions><member><Name>FilterId</Name><Value>f</Value></member>\
        </Dimensions></member></Metrics></ListMetricsResult></R>
        """))
    #expect(token == nil)
    #expect(
      metrics.first
        == Metric(
          "BucketSizeBytes", [.init("StorageType", "StandardStorage"), .init("BucketName", "b")]))
    #expect(metrics.first?.storage.map { "\($0.bucket) \($0.type)" } == "b StandardStorage")
    #expect(metrics.last?.storage == nil)
  }
}

import AWS
import HTTP
import Signing
import Testing

@Suite struct QueryProtocolTests {
  private static let request = QueryRequest("GetMetricData", version: "2010-08-01")

  private static func answer(
    _ body: String, status: Int = 200
  ) throws(QueryError) -> QueryElement {
    try request.answer(in: HTTPResponse(status: status, body: Array(body.utf8)))
  }

  private static func error(_ body: String, status: Int = 200) throws -> QueryError {
    try #require(#expect(throws: QueryError.self) { try answer(body, status: status) })
  }

  // MARK: - Requests

  @Test func encodesActionVersionAndParametersOnce() throws {
    let request = QueryRequest(
      "ListMetrics", version: "2010-08-01",
      [("Namespace", "AWS/S3"), ("Dimensions.member.1.Value", "a b&c=ü")])
    let address = ServiceAddress(
      endpoint: try Endpoint(parsing: "https://h", from: "test"), region: .usEast1,
      signingName: "monitoring")
    let call = request.call(to: address)
    #expect(call.method == "POST" && call.address == address)
    #expect(
      String(decoding: call.body, as: UTF8.self)
        == "Action=ListMetrics&Version=2010-08-01&Namespace=AWS%2FS3"
        + "&Dimensions.member.1.Value=a%20b%26c%3D%C3%BC")
    #expect(
      call.headers == [
        HTTPHeader(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")
      ])
  }

  @Test func showsNeitherParametersNorAnswers() throws {
    let request = QueryRequest("A", version: "1", [("Token", "canary")])
    let answer = try Self.answer(
      "<GetMetricDataResponse><Key>canary</Key></GetMetricDataResponse>")
    for value in [request, answer] as [Any] {
      for text in texts(of: value) { #expect(!text.contains("canary")) }
    }
  }

  // MARK: - Answers

  @Test func keepsListsInsideOfLists() throws {
    let answer = try Self.answer(
      """
      <GetMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">
        <GetMetricDataResult><MetricDataResults>
          <member><Id>m1</Id><Values><member>1.5</member><member>2</member></Values></member>
          <member><Id>m2</Id><Values/><StatusCode>Complete</StatusCode></member>
        </MetricDataResults><NextToken>t&amp;1</NextToken></GetMetricDataResult>
        <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
      </GetMetricDataResponse>
      """)
    let result = try #require(answer["GetMetricDataResult"])
    let metrics = try #require(result["MetricDataResults"]?.members)
    #expect(metrics.map { $0["Id"]?.text } == ["m1", "m2"])
    #expect(metrics.map { $0["Values"]?.members.map(\.text) } == [["1.5", "2"], []])
    #expect(result["NextToken"]?.text == "t&1")
    #expect(result["Nothing"] == nil)
  }

  @Test func leavesOutPrefixesOfNames() throws {
    let answer = try Self.answer(
      "<c:GetMetricDataResponse xmlns:c='x'><c:Id>1</c:Id></c:GetMetricDataResponse>")
    #expect(answer.name == "GetMetricDataResponse" && answer["Id"]?.text == "1")
  }

  @Test func findsTextHoweverDeep() throws {
    let answer = try Self.answer(
      "<GetMetricDataResponse><A><B/><C><D>1</D></C></A><D>2</D></GetMetricDataResponse>")
    #expect(answer.text(ofFirst: "D") == "1")
    #expect(answer.text(ofFirst: "B")?.isEmpty == true)
    #expect(answer.text(ofFirst: "E") == nil)
  }

  @Test(arguments: [
    "", "<html><body>Sign in</body></html>", "<GetMetricDataResponse><Id>1</Id>",
    "<ListMetricsResponse/>", "<GetMetricDataResponse/><x/>", "not XML",
  ])
  func takesNothingElseForAnAnswer(body: String) throws {
    let error = try Self.error(body)
    #expect(error.problem != nil && error.code == nil && !error.isOfProtocol)
    #expect(error.retryCause == .transient)
    #expect(error.description.hasPrefix("GetMetricData was not answered as its service does: "))
  }

  // MARK: - Errors

  @Test func readsErrorsWithAndWithoutNamespace() throws {
    for prefix in ["", "ns2:"] {
      let error = try Self.error(
        """
        <\(prefix)ErrorResponse xmlns:ns2="x"><\(prefix)Error><\(prefix)Type>Sender</\(prefix)Type>
        <\(prefix)Code>AccessDenied</\(prefix)Code><\(prefix)Message>Not you.</\(prefix)Message>
        </\(prefix)Error><\(prefix)RequestId>r-1</\(prefix)RequestId></\(prefix)ErrorResponse>
        """, status: 403)
      #expect(error.isOfProtocol && error.problem == nil && error.retryCause == .other)
      #expect(
        error.description
          == "GetMetricData was refused: Not you (AccessDenied, request id r-1)")
    }
  }

  /// CloudWatch asks for fewer requests with status 400.
  @Test(arguments: ["Throttling", "ThrottlingException", "RequestLimitExceeded"])
  func knowsThrottlingByItsCode(code: String) throws {
    #expect(try Self.error(refusal(code), status: 400).retryCause == .throttling)
  }

  @Test(arguments: [
    (403, "<html>no</html>"), (403, ""), (502, "<html><br>"), (407, "{\"error\":\"proxy\"}"),
  ])
  func judgesAProxysRefusalByItsStatus(status: Int, body: String) throws {
    let error = try Self.error(body, status: status)
    #expect(error.statusCode == status && error.code == nil && !error.isOfProtocol)
    #expect(error.retryCause == RetryCause(code: nil, status: status))
    #expect(
      error.description == "GetMetricData was refused: no reason was given (status \(status))")
  }

  @Test func takesAnErrorOfStatus200ForAFailureOfTheService() throws {
    let error = try Self.error(refusal("InternalFailure"))
    #expect(error.isOfProtocol && error.code == "InternalFailure")
    #expect(error.retryCause == .transient)
  }

  @Test func escapesWhatTheServiceSays() throws {
    let error = try Self.error(refusal("a b", "one\u{202E}two"), status: 400)
    #expect(
      error.description
        == "GetMetricData was refused: one\\u{202E}two (status 400, request id r-1)")
  }
}

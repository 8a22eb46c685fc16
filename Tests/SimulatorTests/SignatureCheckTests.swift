import Signing
import Testing
import Vocabulary

@testable import Simulator

@Suite struct SignatureCheckTests {
  private static let now = Timestamp(year: 2026, month: 11, day: 20, hour: 1)

  private func server() throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(
      buckets: [BucketSpecification(name: "logs", shape: .hostile, count: 500)])
    configuration.requiredCredentials = SimulatorCredentials(accessKey: "AK/1", secretKey: "s/+ =")
    return try SimulatedS3(configuration, now: { Self.now })
  }

  private func send(
    _ query: String, to server: SimulatedS3, accessKey: String = "AK/1", secret: String = "s/+ =",
    secondsLate: Int64 = 0, sentQuery: String? = nil
  ) throws -> LoopbackClient.Response {
    let context = SigningContext(
      credentials: SigningCredentials(accessKeyID: accessKey, secretAccessKey: Secret(secret)),
      region: "us-east-1", service: "s3",
      time: SigningTime(
        secondsSinceEpoch: Self.now.millisecondsSinceEpoch / 1_000 + secondsLate), options: .s3)
    let host = SigningHeader("Host", "127.0.0.1:\(server.port)")
    let signed = Signer().signHeaders(
      of: SigningRequest(method: "GET", path: "/logs", query: query, headers: [host]), in: context)
    let headers = ([host] + signed.addedHeaders).map { ($0.name, $0.value) }
    return try LoopbackClient(port: server.port).get(
      "/logs?\(sentQuery ?? signed.query)", headers: headers)
  }

  @Test func acceptsWhatTheSignerSigned() throws {
    let server = try server()
    let bucket = try #require(server.bucket(named: "logs"))
    for object in bucket.objects(night: 0) {
      let response = try send(
        "list-type=2&encoding-type=url&max-keys=1&start-after=\(formEncoded(object.key.bytes))",
        to: server)
      #expect(response.status == 200, "\(object.key.text.debugDescription)")
    }
  }

  private let query = "list-type=2&prefix=a"

  @Test func refusesWhatIsSignedOtherwise() throws {
    let server = try server()
    #expect(try send(query, to: server, secret: "wrong").text.contains("SignatureDoesNotMatch"))
    #expect(
      try send(query, to: server, sentQuery: "list-type=2&prefix=b").text
        .contains("SignatureDoesNotMatch"))
    #expect(try send(query, to: server, accessKey: "B").text.contains("InvalidAccessKeyId"))
  }

  @Test func refusesASignatureOfMoreThanAQuarterOfAnHourAway() throws {
    let server = try server()
    for late: Int64 in [-901, 901] {
      let response = try send(query, to: server, secondsLate: late)
      #expect(response.status == 403 && response.text.contains("RequestTimeTooSkewed"))
    }
    #expect(try send(query, to: server, secondsLate: 899).status == 200)
  }

  @Test func refusesWhatIsNotSignedOrInAnotherWay() throws {
    let server = try server()
    let client = try LoopbackClient(port: server.port)
    #expect(try client.get("/logs?list-type=2").text.contains("<Code>AccessDenied</Code>"))
    let foreign = try client.get("/logs", headers: [("Authorization", "AWS AK:sig")])
    #expect(foreign.text.contains("<Code>AuthorizationHeaderMalformed</Code>"))
  }
}

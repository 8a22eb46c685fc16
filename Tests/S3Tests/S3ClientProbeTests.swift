import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Requests that are sent to learn whether they are answered.
@Suite struct S3ClientProbeTests {
  /// What a client makes of these answers in turn, and what it asked for.
  private func probe(
    _ answers: [String], _ method: String = "GET", key: Key? = nil
  ) async throws -> (answer: ProbeAnswer, lines: [String]) {
    let server = try LoopbackServer(inTurn: answers)
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let answer = try await client.s3.probe(
      method, bucket: "logs", key: key, query: [QueryParameter("versioning")])
    return (answer, server.requests.map(\.line))
  }

  @Test func returnsARefusalWithItsWords() async throws {
    let (answer, lines) = try await probe([
      TestSupport.answer(errorBody("AccessDenied"), status: "403 Forbidden")
    ])
    #expect(answer.status == 403 && answer.code == "AccessDenied" && !answer.isSuccess)
    #expect(answer.message == "m" && answer.requestID == "R1")
    #expect(lines == ["GET /logs?versioning="])
  }

  @Test func asksAboutKeysAsTheyAre() async throws {
    let (answer, lines) = try await probe(
      ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"], "HEAD", key: Key("a b/../c"))
    #expect(answer.isSuccess && answer.code == nil)
    #expect(lines == ["HEAD /logs/a%20b/../c?versioning="])
  }

  @Test func repeatsWhatTheServiceStumbledOver() async throws {
    let (answer, lines) = try await probe([
      TestSupport.answer(errorBody("InternalError")),
      TestSupport.answer(errorBody("SlowDown"), status: "503 Slow Down"),
      TestSupport.answer("<VersioningConfiguration/>"),
    ])
    #expect(answer.isSuccess)
    #expect(lines.count == 3)
  }

  @Test func followsTheBucketToItsRegion() async throws {
    let (answer, lines) = try await probe([
      TestSupport.answer(
        errorBody("PermanentRedirect"), status: "301 Moved Permanently",
        headers: ["x-amz-bucket-region: eu-west-1"]),
      TestSupport.answer("<VersioningConfiguration/>"),
    ])
    #expect(answer.isSuccess)
    #expect(lines.count == 2)
  }

  // MARK: - Keys to try

  private func page(_ body: String) -> ProbeAnswer {
    ProbeAnswer(status: 200, body: Array(body.utf8))
  }

  @Test func findsTheFirstVersionAndNoDeleteMarker() {
    let answer = page(
      """
      <ListVersionsResult><DeleteMarker><Key>a</Key><VersionId>v0</VersionId></DeleteMarker>\
      <Version><Key>b&amp;c</Key><VersionId>v1</VersionId><Owner><ID>o</ID></Owner></Version>\
      <Version><Key>d</Key><VersionId>v2</VersionId></Version></ListVersionsResult>
      """)
    #expect(answer.firstVersion?.key == Key("b&c"))
    #expect(answer.firstVersion?.id == "v1")
  }

  @Test(arguments: ["", "<ListVersionsResult><Version><Key>a", "<html></html>", emptyListing])
  func findsNothingInOtherAnswers(body: String) {
    #expect(page(body).firstVersion == nil)
  }
}

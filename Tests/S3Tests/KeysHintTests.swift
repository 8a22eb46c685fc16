import AWS
import S3
import Signing
import TestSupport
import Testing

/// Keys that stand in quotes where they are set.
@Suite struct KeysHintTests {
  private static func credentials(_ id: String, _ secret: String) -> Credentials {
    Credentials(
      accessKeyID: id, secretAccessKey: Secret(secret), providerName: "shared credentials file")
  }

  @Test(arguments: [
    ("\"AKID\"", "s", true), ("AKID", "'s'", true), ("AKID", "\"\"", true), ("AKID", "s", false),
    ("AKID", "\"s", false), ("AKID", "s\"s\"", false), ("AKID", "\"s'", false),
    ("AKID", "\"", false),
    ("AKID", "ss", false),
  ])
  func knowsQuotes(id: String, secret: String, expected: Bool) {
    let credentials = Self.credentials(id, secret)
    #expect(credentials.haveQuotes == expected)
    #expect((credentials.quotesHint != nil) == expected)
  }

  @Test(arguments: [
    ("SignatureDoesNotMatch", "403 Forbidden", true),
    ("InvalidAccessKeyId", "403 Forbidden", true),
    ("AuthorizationHeaderMalformed", "400 Bad Request", true),
    ("AccessDenied", "403 Forbidden", false), ("NoSuchBucket", "404 Not Found", false),
  ])
  func saysSoWhereTheKeysAreRefused(code: String, status: String, isSaid: Bool) async throws {
    let hint = try #require(Self.credentials("AKID", "'s'").quotesHint)
    #expect(hint.contains("shared credentials file") && hint.contains("quotes belong to the value"))
    let server = try LoopbackServer(always: answer(errorBody(code), status: status))
    defer { server.stop() }
    for keysHint in [hint, nil] {
      let client = try TestClient(server.origin, attemptsMax: 1, keysHint: keysHint)
      let refusal = await #expect(throws: S3Error.self) { _ = try await client.list() }
      #expect((refusal?.hint == .words(hint)) == (isSaid && keysHint != nil))
      #expect(refusal?.hint != nil)
    }
  }
}

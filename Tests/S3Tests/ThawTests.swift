import HTTP
import S3
import TestSupport
import Testing
import Vocabulary

/// What brings versions back from archives: requests, answers and states.
@Suite struct ThawTests {
  private let object = ObjectAddress(bucket: "logs", key: Key("a b"), versionID: "v+1")

  private func server(_ answer: String) throws -> LoopbackServer {
    try LoopbackServer(answering: { _ in answer })
  }

  @Test func asksForOneVersionWithDaysAndSpeed() async throws {
    let server = try server(answer(status: "202 Accepted"))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let answer = try await client.thaw(object, from: .glacier, by: .bulk, days: 7)
    #expect(answer == .begun)
    #expect(server.requests.map(\.line) == ["POST /logs/a%20b?restore=&versionId=v%2B1"])
    #expect(
      String(decoding: server.requests[0].body, as: UTF8.self)
        == #"<RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Days>7</Days>"#
        + "<GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters></RestoreRequest>")
  }

  @Test(arguments: [Archive.tieringArchive, .tieringDeepArchive])
  func tellsTiersNoDays(archive: Archive) async throws {
    let server = try server(answer(status: "202 Accepted"))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    _ = try await client.thaw(object, from: archive, by: .standard, days: 7)
    let body = String(decoding: server.requests[0].body, as: UTF8.self)
    #expect(!body.contains("Days") && body.contains("<Tier>Standard</Tier>"))
  }

  @Test(
    arguments: [
      ("200 OK", nil, ThawAnswer.ready),
      ("409 Conflict", "RestoreAlreadyInProgress", .underWay),
      ("403 Forbidden", "InvalidObjectState", .notArchived),
    ] as [(String, String?, ThawAnswer)])
  func understandsAnswers(status: String, code: String?, expected: ThawAnswer) async throws {
    let server = try server(answer(code.map { errorBody($0) } ?? "", status: status))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let answer = try await client.thaw(object, from: .glacier, by: .bulk, days: 1)
    #expect(answer == expected)
    #expect(server.requests.count == 1)
  }

  /// Its status is that of a service that stumbles, which would be asked again and again.
  @Test func takesNoRoomForFastOnesAtItsWord() async throws {
    let server = try server(
      answer(
        errorBody("GlacierExpeditedRetrievalNotAvailable"), status: "503 Service Unavailable"))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let error = await #expect(throws: S3Error.self) {
      try await client.thaw(object, from: .glacier, by: .expedited, days: 1)
    }
    #expect(error?.lacksExpeditedCapacity == true)
    #expect(server.requests.count == 1)
  }

  @Test(
    arguments: [
      (#"ongoing-request="true""#, ThawProgress.underWay),
      (
        #"ongoing-request="false", expiry-date="Fri, 20 Nov 2026 00:00:00 GMT""#,
        .ready(until: Timestamp(year: 2026, month: 11, day: 20))
      ),
      (#"ongoing-request="false""#, .ready(until: nil)), ("nonsense", nil),
    ] as [(String, ThawProgress?)])
  func readsHowFarItIs(header: String, expected: ThawProgress?) {
    let head = ObjectHead(
      HTTPResponse(
        status: 200, headers: HTTPHeaders([HTTPHeader(name: "X-Amz-Restore", value: header)])))
    #expect(head.thaw == expected)
  }

  @Test(
    arguments: [
      ("GLACIER", nil, Archive.glacier), ("DEEP_ARCHIVE", nil, .deepArchive),
      ("GLACIER_IR", nil, nil), ("INTELLIGENT_TIERING", nil, nil), ("ARCHIVE_ACCESS", nil, nil),
      ("INTELLIGENT_TIERING", "ARCHIVE_ACCESS", .tieringArchive),
      ("INTELLIGENT_TIERING", "DEEP_ARCHIVE_ACCESS", .tieringDeepArchive), (nil, nil, nil),
    ] as [(String?, String?, Archive?)])
  func knowsWhereItIsArchived(storageClass: String?, tier: String?, expected: Archive?) {
    let headers = [("x-amz-storage-class", storageClass), ("x-amz-archive-status", tier)]
    let head = ObjectHead(
      HTTPResponse(
        status: 200,
        headers: HTTPHeaders(
          headers.compactMap { name, value in value.map { HTTPHeader(name: name, value: $0) } })))
    #expect(head.archive == expected)
  }

  @Test func readsStatesInListings() async throws {
    func status(_ text: String) -> String { "<RestoreStatus>\(text)</RestoreStatus>" }
    let page = versionPage(
      version("a", "1", storageClass: "GLACIER")
        + version("b", "2", more: status("<IsRestoreInProgress>true</IsRestoreInProgress>"))
        + version(
          "c", "3",
          more: status(
            "<IsRestoreInProgress>false</IsRestoreInProgress>"
              + "<RestoreExpiryDate>2026-11-20T00:00:00.000Z</RestoreExpiryDate>"))
        + version("d", "4", more: status("<IsRestoreInProgress>false</IsRestoreInProgress>")),
      isTruncated: false)
    let server = try server(answer(page))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let found = try await client.listVersions(
      bucket: "logs", prefix: .start, from: .after(.start), tellsThaws: true)
    #expect(
      found.objects.versions.map(\.thaw) == [
        nil, .underWay, .ready(until: Timestamp(year: 2026, month: 11, day: 20)), nil,
      ])
    #expect(
      server.requests[0].values(of: "x-amz-optional-object-attributes") == ["RestoreStatus"])
    _ = try await client.listVersions(bucket: "logs", prefix: .start, from: .after(.start))
    #expect(server.requests[1].values(of: "x-amz-optional-object-attributes").isEmpty)
  }
}

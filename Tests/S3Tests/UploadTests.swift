import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Uploads that were begun and not ended, and their parts.
@Suite struct UploadTests {
  private static func read(_ children: String) throws -> UploadPage {
    try UploadPage(parsing: Array(uploadPage(children).utf8))
  }

  private static let more =
    "<NextKeyMarker>b%2B</NextKeyMarker><NextUploadIdMarker>u+/2</NextUploadIdMarker>"

  // MARK: - Pages of uploads

  @Test func readsAPageAsAWSWritesIt() throws {
    let page = try Self.read(
      """
      <KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker>\(Self.more)\
      <EncodingType>url</EncodingType><MaxUploads>1000</MaxUploads><IsTruncated>true</IsTruncated>
      \(upload("a+b%2F", "u2"))\(upload("a+b%2F", "u1", initiated: "2026-11-21T00:00:00.000Z"))
      \(upload("b%2B", "u+/2"))
      """)
    let time = Timestamp(year: 2026, month: 11, day: 20, hour: 1, minute: 2, second: 3)
    #expect(page.uploads.map(\.uploadID) == ["u2", "u1", "u+/2"])
    #expect(page.uploads.map(\.key) == [Key("a b/"), Key("a b/"), Key("b+")])
    #expect(
      page.uploads[0]
        == Upload(key: Key("a b/"), uploadID: "u2", initiated: time, storageClass: "STANDARD"))
    let next = try #require(page.next)
    #expect(next == (Key("b+"), "u+/2"))
  }

  /// AWS says where it would go on on the last page too.
  @Test func theLastPageLeadsNowhere() throws {
    let page = try Self.read(Self.more + "<IsTruncated>false</IsTruncated>" + upload("b%2B", "u"))
    #expect(!page.isTruncated && page.next == nil && page.nextKeyMarker == Key("b%2B"))
  }

  /// Moto: any order, one time for all, nothing encoded, an Owner and an Initiator in each.
  @Test func readsUploadsInAnyOrder() throws {
    let page = try Self.read(
      "<IsTruncated>false</IsTruncated>"
        + ["z+%", "y y+", "z+%"].map { upload($0, "u", initiated: "2010-11-10T20:48:33.000Z") }
        .joined())
    #expect(page.uploads.map(\.key) == [Key("z+%"), Key("y y+"), Key("z+%")])
  }

  /// Ceph RGW encodes keys and leaves markers as they are.
  @Test func readsMarkersThatAreNotEncodedAsKeysAre() throws {
    let page = try Self.read(
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
        + "<NextKeyMarker>a+b%</NextKeyMarker><NextUploadIdMarker>2~u</NextUploadIdMarker>"
        + upload("a%2Bb%25", "2~u"))
    #expect(page.nextKeyMarker == Key("a+b%"))
  }

  /// What follows the last upload has to be asked for.
  @Test(arguments: [1, 3, 1_000])
  func aPageWithoutAWordGoesOnBehindItsLastUpload(count: Int) throws {
    let page = try Self.read((1...count).map { upload("k", "\($0)") }.joined())
    #expect(page.saysNothingOfEnd && page.isTruncated)
    #expect(page.next?.key == Key("k") && page.next?.uploadID == "\(count)")
    #expect(page.isFull == (count == 1_000))
  }

  @Test(arguments: [
    "<IsTruncated>true</IsTruncated>",
    "<IsTruncated>true</IsTruncated><NextKeyMarker/><NextUploadIdMarker/>",
    "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>",
    "<IsTruncated>true</IsTruncated><NextUploadIdMarker>u</NextUploadIdMarker>",
    "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>",
  ])
  func refusesAPageThatMustNotPassForTheLast(children: String) {
    let error = #expect(throws: AnswerError.self) { try Self.read(children) }
    guard case .malformed? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    ("<UploadId>u</UploadId><Initiated>2026-11-20T01:02:03Z</Initiated>", "a Key in every upload"),
    ("<Key>k</Key><Initiated>2026-11-20T01:02:03Z</Initiated>", "an UploadId of the key 'k'"),
    (
      "<Key>k</Key><UploadId> </UploadId><Initiated>2026-11-20T01:02:03Z</Initiated>", "an UploadId"
    ),
    ("<Key>k</Key><UploadId>u</UploadId>", "a time as Initiated of the key 'k'"),
    ("<Key>k</Key><UploadId>u</UploadId><Initiated>soon</Initiated>", "not 'soon' of the key 'k'"),
  ])
  func refusesAnUploadThatCannotBe(fields: String, words: String) throws {
    let error = #expect(throws: AnswerError.self) {
      try Self.read("<Upload>\(fields)</Upload>")
    }
    #expect(try #require(error).description.contains(words))
  }

  // MARK: - Uploads over the wire

  @Test func uploadsArePagedByBothMarkers() async throws {
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        request.target.contains("key-marker")
          ? uploadPage("<IsTruncated>false</IsTruncated>")
          : uploadPage(
            "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\(Self.more)"))
    })
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let first = try await client.listUploads(bucket: "logs", prefix: Key("p/"))
    let last = try await client.listUploads(bucket: "logs", prefix: Key("p/"), after: first.next)
    #expect(last.next == nil)
    let question = "GET /logs?uploads=&encoding-type=url&max-uploads=1000&prefix=p%2F"
    #expect(
      server.requests.map(\.line) == [
        question, question + "&key-marker=b%2B&upload-id-marker=u%2B%2F2",
      ])
  }

  @Test func pagesThatLeadBackAreAnError() async throws {
    let page = uploadPage("<IsTruncated>true</IsTruncated>\(Self.more)")
    let server = try LoopbackServer(always: TestSupport.answer(page))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let next = try #require(try await client.listUploads(bucket: "logs").next)
    let error = await #expect(throws: S3Error.self) {
      try await client.listUploads(bucket: "logs", after: next)
    }
    #expect(error?.description.contains("do not come to an end") == true)
  }

  @Test(
    arguments: [
      ("501 Not Implemented", errorBody("NotImplemented")),
      ("404 Not Found", errorBody("NoSuchUpload")), ("405 Method Not Allowed", ""),
      ("200 OK", emptyListing),
    ])
  func namesAServerWithoutUploads(status: String, body: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(body, status: status))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await TestClient(server.origin, attemptsMax: 10).s3.listUploads(bucket: "logs")
    }
    #expect(error?.keepsNoUploads == true && error?.keepsNoVersions == false)
    #expect(
      error?.description.hasPrefix(
        "cannot list the uploads to s3://logs: this server keeps no list of uploads (") == true)
    #expect(server.requests.count == 2)
  }

  @Test func keysComeAsTheyAreWhereEncodingIsRefused() async throws {
    let server = try LoopbackServer(answering: { request in
      request.target.contains("encoding-type")
        ? TestSupport.answer(errorBody("InvalidArgument"), status: "400 Bad Request")
        : TestSupport.answer(uploadPage("<IsTruncated>false</IsTruncated>" + upload("a+b", "u")))
    })
    defer { server.stop() }
    let page = try await TestClient(server.origin).s3.listUploads(bucket: "logs")
    #expect(page.uploads.map(\.key) == [Key("a+b")])
  }

  // MARK: - Parts

  @Test(
    arguments: [
      (part(1, size: "5") + part(3, size: "7"), 0, 2, 12, nil),
      (part(1, size: "5") + part(3, size: "7"), 1, 1, 7, nil),
      (part(1, size: "5") + part(1, size: "5"), 0, 1, 5, nil), ("", 0, 0, 0, nil),
      (
        part(1, size: " 5 ") + "<IsTruncated>true</IsTruncated>"
          + "<NextPartNumberMarker>1</NextPartNumberMarker>", 0, 1, 5, 1
      ),
      // Its number serves where the marker is missing.
      (part(8, size: "5") + part(9, size: "5") + "<IsTruncated>true</IsTruncated>", 0, 2, 10, 9),
      (
        "<NextPartNumberMarker>2</NextPartNumberMarker><IsTruncated>false</IsTruncated>"
          + part(2, size: "3"), 0, 1, 3, nil
      ),
    ] as [(String, Int, Int, Int64, Int?)])
  func countsParts(
    children: String, after: Int, count: Int, bytes: Int64, next: Int?
  ) throws {
    let page = try PartPage(parsing: Array(partPage(children).utf8), after: after)
    #expect(page.count == count && page.bytes == bytes)
    #expect(page.nextPartNumber == next && page.isTruncated == (next != nil))
    // Moto calls the answer by another name.
    let other = partPage(children + "<PartNumberMarker>0</PartNumberMarker>")
      .replacing("ListPartsResult", with: "ListPartsResponse")
    #expect(try PartPage(parsing: Array(other.utf8), after: after) == page)
  }

  @Test(arguments: [
    ("<Part><Size>1</Size></Part>", "a PartNumber in every part"),
    ("<Part><PartNumber>x</PartNumber><Size>1</Size></Part>", "not 'x'"),
    ("<Part><PartNumber>1</PartNumber></Part>", "a Size of 0 to 9007199254740992 of part 1"),
    (part(1, size: "-1"), "of part 1, not '-1'"),
    (part(1, size: "9007199254740993"), "of part 1, not '9007199254740993'"),
    ("<IsTruncated>true</IsTruncated>", "NextPartNumberMarker where there are more"),
  ])
  func refusesPartsThatCannotBe(children: String, words: String) throws {
    let error = #expect(throws: AnswerError.self) {
      try PartPage(parsing: Array(partPage(children).utf8))
    }
    #expect(try #require(error).description.contains(words))
  }

  @Test func sumsThePartsOfAllPages() async throws {
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        request.target.contains("part-number-marker=1000")
          ? partPage(part(1_001, size: "7"))
          : partPage(
            "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1000</NextPartNumberMarker>"
              + (1...1_000).map { part($0, size: "9007199254740992") }.joined()))
    })
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let sum = try await client.sumOfParts(
      bucket: "logs", key: Key("a b/ü+"), uploadID: "u+/=")
    #expect(try #require(sum) == (1_001, 9_007_199_254_740_992_007))
    let question = "GET /logs/a%20b/%C3%BC%2B?uploadId=u%2B%2F%3D"
    #expect(
      server.requests.map(\.line) == [question, question + "&part-number-marker=1000"])
    #expect(client.counts.billedLists == 2)
  }

  @Test func partsThatLeadBackAreAnError() async throws {
    let page = partPage(
      "<IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>"
        + part(2, size: "1"))
    let server = try LoopbackServer(always: TestSupport.answer(page))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await TestClient(server.origin).s3.sumOfParts(
        bucket: "logs", key: Key("k"), uploadID: "u")
    }
    #expect(error?.description.contains("the parts of an upload to s3://logs/k: the pages") == true)
  }

  @Test(arguments: ["NoSuchUpload", "NoSuchKey"])
  func anUploadThatHasEndedIsNoError(code: String) async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(errorBody(code), status: "404 Not Found"))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    #expect(try await client.listParts(bucket: "logs", key: Key("k"), uploadID: "u") == nil)
    #expect(try await client.sumOfParts(bucket: "logs", key: Key("k"), uploadID: "u") == nil)
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [("404 Not Found", "NoSuchBucket"), ("403 Forbidden", "AccessDenied")])
  func otherRefusalsOfPartsAreErrors(status: String, code: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(errorBody(code), status: status))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) {
      try await TestClient(server.origin).s3.listParts(
        bucket: "logs", key: Key("k"), uploadID: "u")
    }
    #expect(error?.code == code)
  }
}

import AWS
import HTTP
import S3
import Synchronization
import TestSupport
import Testing
import Vocabulary

/// Copies on the wire, whole and in parts.
@Suite struct CopyTests {
  private static let source = ObjectAddress(bucket: "logs", key: Key("a b/ü?"), versionID: "x+y")
  private static let target = ObjectAddress(bucket: "back", key: Key("p/a b/ü?"))
  private static let result =
    "<CopyObjectResult><LastModified>2026-11-20T01:02:03.000Z</LastModified>"
    + "<ETag>&quot;e1&quot;</ETag><ChecksumCRC64NVME>abc=</ChecksumCRC64NVME></CopyObjectResult>"

  private func copy(
    _ answers: [String], _ directions: CopyDirections = CopyDirections(),
    options: S3CallOptions = S3CallOptions()
  ) async throws -> (Result<CopyAnswer, any Error>, [ReceivedRequest]) {
    let server = try LoopbackServer(inTurn: answers)
    defer { server.stop() }
    let client = try TestClient(server.origin, options: options).s3
    do {
      let answer = try await client.copyObject(Self.source, to: Self.target, directions)
      return (.success(answer), server.requests)
    } catch {
      return (.failure(error), server.requests)
    }
  }

  // MARK: - What is asked for

  @Test(arguments: [
    ("a", nil, "/b/a"), ("a/b", "v", "/b/a/b?versionId=v"),
    ("a//b/", "null", "/b/a//b/?versionId=null"),
    ("/a", nil, "/b//a"), ("a%20b+c", "x+y/z", "/b/a%2520b%2Bc?versionId=x%2By%2Fz"),
    ("../a?b#c&d=e", nil, "/b/../a%3Fb%23c%26d%3De"), ("é\r\n\u{0}", nil, "/b/%C3%A9%0D%0A%00"),
  ])
  func encodesASourceOnce(key: String, version: String?, text: String) {
    let address = ObjectAddress(bucket: "b", key: Key(key), versionID: version)
    #expect(address.copySource == text)
  }

  @Test func namesAnAccessPointByItsARN() {
    let address = ObjectAddress(
      bucket: "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap", key: Key("k"))
    #expect(
      address.copySource == "arn%3Aaws%3As3%3Aeu-west-1%3A123456789012%3Aaccesspoint/ap/object/k")
  }

  @Test func saysAllThatACopyIsToBe() async throws {
    var directions = CopyDirections()
    directions.storageClass = "STANDARD_IA"
    directions.takesTags = false
    directions.sourceETag = "e0"
    directions.replaces = .etag("old")
    var options = S3CallOptions()
    options.expectedBucketOwner = "123456789012"
    let (result, requests) = try await copy(
      [TestSupport.answer(Self.result, headers: ["x-amz-version-id: v9"])], directions,
      options: options)
    var answer = CopyAnswer()
    answer.etag = "e1"
    answer.versionID = "v9"
    answer.lastModified = Timestamp(year: 2026, month: 11, day: 20, hour: 1, minute: 2, second: 3)
    answer.checksums = ["x-amz-checksum-crc64nvme": "abc="]
    #expect(try result.get() == answer)
    let request = try #require(requests.first)
    #expect(request.line == "PUT /back/p/a%20b/%C3%BC%3F")
    let headers = [
      "x-amz-copy-source": "/logs/a%20b/%C3%BC%3F?versionId=x%2By",
      "x-amz-copy-source-if-match": "\"e0\"", "x-amz-storage-class": "STANDARD_IA",
      "x-amz-tagging-directive": "REPLACE", "If-Match": "\"old\"",
      "x-amz-expected-bucket-owner": "123456789012",
      "x-amz-source-expected-bucket-owner": "123456789012",
    ]
    for (name, value) in headers { #expect(request.values(of: name) == [value], "\(name)") }
    // All of them are signed.
    let signed = request.values(of: "Authorization").joined()
    #expect(signed.contains("x-amz-copy-source;x-amz-copy-source-if-match;"))
  }

  // MARK: - What comes back

  /// S3 sends the status before it knows, and blanks while it copies.
  @Test func anErrorInAnAnswerOf200IsAnError() async throws {
    let body = "\n  \n<?xml version=\"1.0\"?>" + errorBody("InternalError")
    let (result, requests) = try await copy([TestSupport.answer(body)])
    let error = #expect(throws: S3Error.self) { try result.get() }
    #expect(error?.code == "InternalError" && error?.isUncertain == true)
    #expect(requests.count == 1)
  }

  @Test func readsAResultBehindBlanks() async throws {
    let (result, _) = try await copy(
      [TestSupport.answer("\n\n  <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + Self.result)])
    #expect(try result.get().etag == "e1")
  }

  @Test(arguments: ["500 Internal Server Error", "503 Service Unavailable", "504 Gateway Timeout"])
  func isNotSentAgainByItself(status: String) async throws {
    let (result, requests) = try await copy([TestSupport.answer("", status: status)])
    let error = #expect(throws: S3Error.self) { try result.get() }
    #expect(error?.isUncertain == true)
    #expect(requests.count == 1)
  }

  @Test func aLostConnectionIsUncertain() async throws {
    let server = try LoopbackServer { connection in
      while let request = connection.readRequest() {
        guard request.method == "HEAD" else { return connection.reset() }
        connection.send(TestSupport.answer(""))
      }
    }
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    // The connection has been used before, and libcurl would send the request over another one.
    _ = try await client.headObject(Self.target)
    let error = await #expect(throws: S3Error.self) {
      try await client.copyObject(Self.source, to: Self.target, CopyDirections())
    }
    #expect(error?.isUncertain == true)
    #expect(server.requests.count { $0.method == "PUT" } == 1)
  }

  @Test func aRefusalIsCertain() async throws {
    let (result, _) = try await copy(
      [TestSupport.answer(errorBody("AccessDenied"), status: "403 Forbidden")])
    let error = #expect(throws: S3Error.self) { try result.get() }
    #expect(error?.isUncertain == false)
    #expect(
      error?.description.hasPrefix(
        "cannot copy s3://logs/a b/ü? (version x+y) to s3://back/p/a b/ü?: access denied") == true)
  }

  // MARK: - In parts

  @Test func copiesInPartsWithAllThatTheSourceHas() async throws {
    let answers = Mutex<[String]>([
      TestSupport.answer(
        "",
        headers: [
          "Content-Type: text/plain", "x-amz-meta-a: b", "Content-Encoding: aws-chunked,gzip",
          "x-amz-checksum-type: FULL_OBJECT", "x-amz-checksum-crc32c: aaaaaa==", "Server: s",
        ]),
      TestSupport.answer(
        "<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag></TagSet></Tagging>"),
      TestSupport.answer(
        "<InitiateMultipartUploadResult><UploadId>u/+</UploadId></InitiateMultipartUploadResult>"),
      TestSupport.answer("<CopyPartResult><ETag>\"p1\"</ETag></CopyPartResult>"),
      TestSupport.answer(
        "\n <CompleteMultipartUploadResult><ETag>\"x-1\"</ETag></CompleteMultipartUploadResult>"),
    ])
    let server = try LoopbackServer(answering: { _ in answers.withLock { $0.removeFirst() } })
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let head = try await client.headObject(Self.source)
    let tags = try await client.objectTags(Self.source)
    #expect(tags == [ObjectTag(key: "a b", value: "c&d")])
    var directions = CopyDirections()
    directions.storageClass = "GLACIER_IR"
    let upload = try await client.beginCopy(to: Self.target, as: head, tags: tags, directions)
    let part = try await client.copyPart(
      1, of: upload, from: Self.source, range: 0..<5, sourceETag: "e")
    let answer = try await client.complete(upload, [part], directions)
    #expect(answer.etag == "x-1")

    let requests = server.requests
    #expect(
      requests.dropFirst(1).map(\.line) == [
        "GET /logs/a%20b/%C3%BC%3F?tagging=&versionId=x%2By",
        "POST /back/p/a%20b/%C3%BC%3F?uploads=",
        "PUT /back/p/a%20b/%C3%BC%3F?partNumber=1&uploadId=u%2F%2B",
        "POST /back/p/a%20b/%C3%BC%3F?uploadId=u%2F%2B",
      ])
    let begun = [
      "Content-Type": "text/plain", "x-amz-meta-a": "b", "Content-Encoding": "gzip",
      "x-amz-storage-class": "GLACIER_IR", "x-amz-tagging": "a%20b=c%26d",
      "x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "FULL_OBJECT",
    ]
    for (name, value) in begun { #expect(requests[2].values(of: name) == [value], "\(name)") }
    #expect(requests[3].values(of: "x-amz-copy-source-range") == ["bytes=0-4"])
    #expect(requests[3].values(of: "x-amz-copy-source-if-match") == ["\"e\""])
    #expect(
      String(decoding: requests[4].body, as: UTF8.self).contains(
        "<Part><PartNumber>1</PartNumber><ETag>\"p1\"</ETag></Part>"))
  }

  @Test func anErrorInsteadOfAPartOrACompletionIsAnError() async throws {
    let server = try LoopbackServer(always: TestSupport.answer("  " + errorBody("InternalError")))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    let upload = CopyUpload(target: Self.target, uploadID: "u")
    await #expect(throws: S3Error.self) {
      try await client.copyPart(1, of: upload, from: Self.source, range: 0..<5, sourceETag: nil)
    }
    // The same part again replaces it: it is repeated.
    #expect(server.requests.count == 3)
    await #expect(throws: S3Error.self) {
      try await client.complete(upload, [CopiedPart(number: 1, etag: "e")], CopyDirections())
    }
    #expect(server.requests.count == 4)
  }

  @Test func anUploadThatIsGoneIsAborted() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(errorBody("NoSuchUpload"), status: "404 Not Found"))
    defer { server.stop() }
    let client = try TestClient(server.origin).s3
    try await client.abort(CopyUpload(target: Self.target, uploadID: "u"))
    #expect(server.requests.map(\.method) == ["DELETE"])
  }

  @Test(arguments: [("\"a\"", "a"), ("a", "a"), ("W/\"a-2\"", "a-2"), ("\"", "\""), ("", "")])
  func takesQuotesOffETags(text: String, etag: String) {
    #expect(unquotedETag(text) == etag)
  }
}

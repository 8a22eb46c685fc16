import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Pages that say in unusual words that there is more: none is taken for the last.
@Suite struct PagingTests {
  private static let truncated = "<IsTruncated>true</IsTruncated>"
  private static let whole = "<IsTruncated>false</IsTruncated>"

  @Test(arguments: [
    ("<NextToken>t</NextToken>", "t"), ("<nextToken>t</nextToken>", "t"),
    ("<isTruncated>true</isTruncated><nextContinuationToken>t</nextContinuationToken>", "t"),
    ("<ISTRUNCATED>TRUE</ISTRUNCATED><NEXTCONTINUATIONTOKEN>t</NEXTCONTINUATIONTOKEN>", "t"),
    ("<NextKeyMarker>k</NextKeyMarker>", nil),
    ("<NextVersionIdMarker>k</NextVersionIdMarker>", nil),
    ("<nextmarker>k</nextmarker>", nil), ("<NextPage>2</NextPage>", nil),
    ("<nextStartAfter>k</nextStartAfter>", nil), ("<Next><Key>k</Key></Next>", nil),
    (whole + "<NextPage>2</NextPage>", nil), ("<isTruncated>true</isTruncated>", nil),
  ])
  func pageOfObjectsGoesOn(more: String, token: String?) throws {
    let page = try ListPage(parsing: answer(object(key: "k") + more))
    #expect(page.isTruncated && page.nextContinuationToken == token)
  }

  @Test(arguments: [
    "<NextToken></NextToken>", "<NextPage> </NextPage>", "<isTruncated>false</isTruncated>",
    "<NextKeyMarker/>", "<Next/>", whole + "<Marker>k</Marker>",
  ])
  func pageOfObjectsEnds(more: String) throws {
    let page = try ListPage(parsing: answer(object(key: "k") + more))
    #expect(page.isTruncated == page.saysNothingOfEnd && page.nextContinuationToken == nil)
  }

  @Test(arguments: [
    "<contents><Key>k</Key></contents>", "<commonPrefixes/>", "<CONTENTS/>",
    "<encodingtype>url</encodingtype>",
  ])
  func namesInOtherCasesAreNotPassedOver(element: String) {
    #expect(throws: AnswerError.self) {
      try ListPage(parsing: answer(object(key: "k") + element + Self.whole))
    }
  }

  @Test(arguments: [
    "<Name><a>b</a></Name>", "<Prefix><a/></Prefix>", "<KeyCount><a>1</a></KeyCount>",
    "<MaxKeys><a>1</a></MaxKeys>", "<ContinuationToken><a/></ContinuationToken>",
    "<StartAfter><a/></StartAfter>",
  ])
  func fieldsThatServeNoPurposeMayHoldAnything(field: String) throws {
    let page = try ListPage(parsing: answer(field + object(key: "k") + Self.whole))
    #expect(page.objects.firstKey == Key("k") && !page.isTruncated)
    let versions = Array(
      "<ListVersionsResult>\(field)\(version("k"))\(Self.whole)</ListVersionsResult>".utf8)
    #expect(try ListPage(parsingVersions: versions).objects.firstKey == Key("k"))
  }

  @Test(arguments: [
    "<Key><a>k</a></Key>", "<Key>k</Key><Size><a>1</a></Size>",
  ])
  func whatIsListedIsReadOrRefused(fields: String) {
    let body = answer(
      "<Contents>\(fields)<LastModified>2026-01-02T03:04:05Z</LastModified></Contents>\(Self.whole)"
    )
    #expect(throws: AnswerError.self) { try ListPage(parsing: body) }
  }

  @Test func bucketsAreKnownByTheirNamesAlone() throws {
    let list = try BucketList(
      parsing: Array(
        """
        <ListAllMyBucketsResult><Owner><ID><x>1</x></ID><DisplayName><y/></DisplayName></Owner>\
        <Prefix><z/></Prefix><Buckets><Bucket><CreationDate><x/></CreationDate><Name>b</Name>\
        <BucketRegion><x>r</x></BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>
        """.utf8))
    #expect(list.buckets == [BucketList.Bucket(name: "b")])
    #expect(list.ownerID == nil && list.ownerName == nil && list.prefix == nil)
    for buckets in [
      "<Buckets><Bucket><Name><a>b</a></Name></Bucket></Buckets>",
      "<Buckets><bucket><Name>b</Name></bucket></Buckets>", "<buckets/>",
    ] {
      #expect(throws: AnswerError.self) {
        try BucketList(
          parsing: Array("<ListAllMyBucketsResult>\(buckets)</ListAllMyBucketsResult>".utf8))
      }
    }
  }

  @Test func bucketsNeedNoElementAroundThem() throws {
    let body = "<ListAllMyBucketsResult><Bucket><Name>b</Name></Bucket></ListAllMyBucketsResult>"
    #expect(try BucketList(parsing: Array(body.utf8)).buckets == [BucketList.Bucket(name: "b")])
  }

  @Test func errorsAreKnownByTheirCodes() {
    let body =
      "<Error><Code>AccessDenied</Code><Message><a/></Message><RequestId><b/></RequestId></Error>"
    #expect(ServiceError(parsing: Array(body.utf8))?.code == "AccessDenied")
  }

  // MARK: - Versions, uploads and parts

  @Test(arguments: [
    "<nextKeyMarker>k</nextKeyMarker>", "<isTruncated>true</isTruncated>", "<NextPage>2</NextPage>",
    "<NextToken>t</NextToken>",
  ])
  func pageOfVersionsGoesOn(more: String) throws {
    let body = "<ListVersionsResult>\(version("k"))\(more)</ListVersionsResult>"
    #expect(try ListPage(parsingVersions: Array(body.utf8)).isTruncated)
  }

  private static func uploads(_ more: String) -> [UInt8] {
    Array(
      """
      <ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId>\
      <Initiated>2026-01-02T03:04:05Z</Initiated></Upload>\(more)</ListMultipartUploadsResult>
      """.utf8)
  }

  private static let markers =
    "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"

  @Test(arguments: [
    (markers, true), ("<isTruncated>true</isTruncated>" + markers.lowercased(), true),
    (whole + markers, false), ("", true), ("<isTruncated>false</isTruncated>" + markers, false),
    (whole + "<NextKeyMarker><a/></NextKeyMarker><Bucket><a/></Bucket>", false),
  ])
  func pageOfUploadsGoesOn(more: String, goesOn: Bool) throws {
    let page = try UploadPage(parsing: Self.uploads(more))
    #expect(page.isTruncated == goesOn && (page.next != nil) == goesOn)
  }

  @Test(arguments: [
    "<NextPage>2</NextPage>", "<NextUploadIdMarker>u</NextUploadIdMarker>",
    "<isTruncated>true</isTruncated>", "<upload/>",
  ])
  func pageOfUploadsThatCannotGoOnIsAnError(more: String) {
    #expect(throws: AnswerError.self) { try UploadPage(parsing: Self.uploads(more)) }
  }

  @Test(arguments: [
    ("<NextPartNumberMarker>2</NextPartNumberMarker>", 2),
    ("<isTruncated>true</isTruncated><nextPartNumberMarker>2</nextPartNumberMarker>", 2),
    ("<NextPage>2</NextPage>", 2), (whole + "<NextPartNumberMarker>2</NextPartNumberMarker>", nil),
    ("<NextPartNumberMarker>0</NextPartNumberMarker>", nil), ("", nil),
  ])
  func pageOfPartsGoesOn(more: String, next: Int?) throws {
    let body =
      "<ListPartsResult><Part><PartNumber>2</PartNumber><Size>1</Size></Part>\(more)</ListPartsResult>"
    #expect(try PartPage(parsing: Array(body.utf8)).nextPartNumber == next)
  }

  // MARK: - A token under the name of an echo

  private func page(_ more: String, from position: PagePosition) async throws -> ListPage {
    let server = try LoopbackServer(
      always: TestSupport.answer("<ListBucketResult>\(object(key: "k"))\(more)</ListBucketResult>"))
    defer { server.stop() }
    return try await TestClient(server.origin).list(from: position)
  }

  private static let token = "<ContinuationToken>t</ContinuationToken>"

  @Test(arguments: [
    (token, PagePosition.after(.start)), (truncated + token, .after(.start)), (token, .token("s")),
    (truncated + token, .after(Key("j"))),
  ])
  func tokenThatWasNotSentLeadsOn(more: String, position: PagePosition) async throws {
    let page = try await page(more, from: position)
    #expect(page.isTruncated && page.nextContinuationToken == "t")
  }

  @Test(arguments: [
    (token, PagePosition.token("t")), (whole + token, .after(.start)),
    ("<ContinuationToken></ContinuationToken>", .after(.start)), (token, .after(Key("t"))),
  ])
  func echoDoesNot(more: String, position: PagePosition) async throws {
    let page = try await page(more, from: position)
    #expect(page.isTruncated == page.saysNothingOfEnd && page.nextContinuationToken == nil)
  }

  @Test func markerIsAskedForInTheOlderVersionAndShortPagesByTheirToken() async throws {
    let body =
      "<ListBucketResult>\(object(key: "k"))\(Self.truncated)<KeyCount>1</KeyCount></ListBucketResult>"
    let server = try LoopbackServer(always: TestSupport.answer(body))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    let page = try await client.list(from: .marker(Key("a b")))
    #expect(page.isTruncated && page.nextContinuationToken == nil)
    _ = try await client.list(from: .shortened(token: "t", keysMax: 7))
    _ = try await client.list(from: .shortened(token: nil, keysMax: 7))
    let helpful = "encoding-type=url&max-keys"
    #expect(
      server.requests.map(\.line) == [
        "GET /logs?\(helpful)=1000&marker=a%20b",
        "GET /logs?list-type=2&\(helpful)=7&continuation-token=t",
        "GET /logs?list-type=2&\(helpful)=7",
      ])
  }
}

import AWS
import Foundation
import S3
import TestSupport
import Testing
import Vocabulary

@Suite struct ListPageTests {
  @Test func readsPageAsAWSWritesIt() throws {
    let page = try ListPage(
      parsing: answer(
        """
        <Name>logs</Name><Prefix>a+b%2F</Prefix><NextContinuationToken>1/x+y==&#x01;</NextContinuationToken>
        <KeyCount>3</KeyCount><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter>
        <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
        \(object(key: "a+b%2F1%2B%25%C3%A9", etag: "&quot;e1&quot;", size: "0", more: "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>"))
        \(object(key: "a+b%2F2", etag: "e2-7", size: "9007199254740992", storageClass: "GLACIER"))
        <CommonPrefixes><Prefix>a+b%2Fc/</Prefix></CommonPrefixes>
        """))
    #expect(page.name == "logs")
    #expect(page.prefix == Key("a b/"))
    #expect(page.nextContinuationToken == "1/x+y==\u{1}")
    #expect(page.keyCount == 3)
    #expect(page.encodingIsURL && page.isTruncated)
    #expect(page.commonPrefixes == [Key("a b/c/")])
    var objects = ObjectPage()
    let time = Timestamp(year: 2026, month: 11, day: 20, hour: 1, minute: 2, second: 3)
    objects.append(
      key: Key("a b/1+%\u{E9}"), etag: "e1", size: 0, lastModified: time, storageClass: "STANDARD")
    objects.append(
      key: Key("a b/2"), etag: "e2-7", size: 1 << 53, lastModified: time, storageClass: "GLACIER")
    #expect(page.objects == objects)
  }

  @Test func decodesAlikeWhereverEncodingTypeStands() throws {
    let keys = (0..<50).map { object(key: "k%20\($0)+\(String(repeating: "%2B", count: $0))") }
    let encoding = "<EncodingType>url</EncodingType>"
    let before = try ListPage(parsing: answer(encoding + keys.joined()))
    let after = try ListPage(parsing: answer(keys.joined() + encoding))
    let between = try ListPage(
      parsing: answer(keys[..<20].joined() + encoding + keys[20...].joined()))
    #expect(before.objects.key(at: 2) == Key("k 2 ++"))
    #expect(before.objects.etag(at: 49) == "e")
    #expect(before == after && before == between)
  }

  @Test(arguments: ["", "<EncodingType></EncodingType>", "<EncodingType>URL</EncodingType>"])
  func leavesKeysAloneWithoutURLEncoding(encoding: String) throws {
    let page = try ListPage(parsing: answer(encoding + object(key: "a+b%2F%zz&amp;%")))
    #expect(page.objects.key(at: 0) == Key("a+b%2F%zz&%"))
    #expect(!page.encodingIsURL)
  }

  @Test(arguments: [
    "%", "a%", "%2", "a%2", "%zz", "%2g", "%%20", "% 20", "%+1", "long-enough-key%2",
  ])
  func refusesMalformedEscapes(key: String) {
    let encoding = "<EncodingType>url</EncodingType>"
    expectMalformed(encoding + object(key: key))
    expectMalformed(object(key: key) + encoding)
    expectMalformed("<CommonPrefixes><Prefix>\(key)</Prefix></CommonPrefixes>" + encoding)
  }

  @Test func keepsKeysThatAreNotUTF8() throws {
    let page = try ListPage(
      parsing: answer("<EncodingType>url</EncodingType>" + object(key: "%FF%00%0D%ed%a0%80")))
    #expect(page.objects.key(at: 0) == Key([0xFF, 0, 0x0D, 0xED, 0xA0, 0x80]))
  }

  @Test func limitsKeys() throws {
    let encoding = "<EncodingType>url</EncodingType>"
    let longest = String(repeating: "k", count: ListPage.keyBytesMax)
    let escaped = String(repeating: "%6b", count: ListPage.keyBytesMax)
    for body in [
      object(key: longest), encoding + object(key: escaped), object(key: escaped) + encoding,
    ] {
      #expect(try ListPage(parsing: answer(body)).objects.key(at: 0) == Key(longest))
    }
    expectMalformed(object(key: longest + "k"))
    expectMalformed(encoding + object(key: escaped + "k"))
    expectMalformed(object(key: escaped + "k") + encoding)
    expectMalformed(object(key: ""))
    expectMalformed(encoding + object(key: ""))
  }

  @Test(arguments: [
    ("&quot;abc&quot;", "abc"), ("&#34;abc&#34;", "abc"), ("\"abc\"", "abc"), ("abc", "abc"),
    ("", ""), ("\"\"", ""), ("\"", "\""), ("<![CDATA[\"abc\"]]>", "abc"),
    ("&#x22;abc&#x22;", "abc"),
    ("d41d8cd98f00b204e9800998ecf8427e-12", "d41d8cd98f00b204e9800998ecf8427e-12"),
  ])
  func readsETagHoweverQuoted(written: String, etag: String) throws {
    let page = try ListPage(parsing: answer(object(key: "k", etag: written) + object(key: "l")))
    #expect(page.objects.etag(at: 0) == etag)
    #expect(page.objects.text == Array(("k" + etag + "le").utf8))
  }

  @Test func takesFieldsInAnyOrderAndOnlyItsOwn() throws {
    let page = try ListPage(
      parsing: answer(
        """
        <Contents><Owner><Key>not</Key><ID>x</ID><Size>7</Size></Owner><!-- c -->
        <RestoreStatus><LastModified>no</LastModified></RestoreStatus>
        <Size>5</Size> <LastModified>2026-11-20T01:02:03Z</LastModified><Tags/><Key>k<![CDATA[<]]></Key></Contents>
        """))
    #expect(page.objects.key(at: 0) == Key("k<"))
    #expect(page.objects.etag(at: 0) == "")
    #expect(page.objects.records[0].size == 5)
    #expect(page.objects.storageClass(at: 0) == "STANDARD")
  }

  @Test(arguments: [
    "<LastModified>2026-11-20T01:02:03Z</LastModified><Size>1</Size>",
    "<Key>k</Key><Size>1</Size>", "<Key>k</Key><LastModified>2026-11-20T01:02:03Z</LastModified>",
    "",
  ])
  func refusesObjectWithoutItsFields(fields: String) {
    expectMalformed("<Contents>\(fields)</Contents>")
  }

  @Test(arguments: [
    "", " ", "-1", "++1", "1.0", "1e3", "1 1", "0x1", "9223372036854775808",
    "99999999999999999999999",
    "<b/>",
  ])
  func refusesSize(_ size: String) {
    expectMalformed(object(key: "k", size: size))
  }

  @Test(arguments: ["9007199254740993", "9223372036854775807", "18446744073709551615"])
  func refusesSizesThatCannotBeByKey(_ size: String) throws {
    let error = #expect(throws: AnswerError.self) {
      try ListPage(parsing: answer(object(key: "a/b", size: size)))
    }
    let text = try #require(error).description
    #expect(text.contains("not '\(size)' of the key 'a/b'"))
  }

  @Test(arguments: [
    "", "2026-13-20T01:02:03Z", "2026-02-29T01:02:03Z", "2026-11-20T24:02:03.000Z",
    "2026-11-2OT01:02:03.000Z", "2026-11-20T01:02:03.Z", "yesterday",
  ])
  func refusesTimeByKey(_ time: String) throws {
    let error = #expect(throws: AnswerError.self) {
      try ListPage(
        parsing: answer(
          "<EncodingType>url</EncodingType>" + object(key: "a+b", lastModified: time)))
    }
    let text = try #require(error).description
    #expect(text.contains("expected a time as LastModified, not '\(time)' of the key 'a b'"))
  }

  @Test(arguments: [
    "2026-11-20T01:02:03", "2026-11-20 01:02:03.000Z", "Fri, 20 Nov 2026 01:02:03 GMT",
    "2026-11-20T03:02:03+02:00", "2026-11-20T01:02:03+0000", "20261120T010203Z", "1795136523",
    "2026-11-20 01:02:03 UTC", " 2026-11-20T01:02:03Z\n", "2026-11-20t01:02:03z",
    "<![CDATA[2026-11-20T01:02:03Z]]>",
  ])
  func readsTheTimesOfOtherServers(_ time: String) throws {
    let page = try ListPage(parsing: answer(object(key: "k", lastModified: time)))
    #expect(page.objects.records[0].lastModified.iso8601 == "2026-11-20T01:02:03Z")
  }

  @Test(arguments: [
    "2026-11-20T01:02:03Z", "2026-11-20T01:02:03.456Z", "2026-11-20T01:02:03.4Z",
    "2026-11-20T01:02:03.456789Z", "2024-02-29T23:59:59.999Z", "0001-01-01T00:00:00.000Z",
    "2016-12-31T23:59:60.000Z", "9999-12-31T23:59:59.999Z",
  ])
  func readsTimeAsVocabularyDoes(_ time: String) throws {
    let page = try ListPage(parsing: answer(object(key: "k", lastModified: time)))
    #expect(page.objects.records[0].lastModified == Timestamp(iso8601: time))
  }

  @Test func readsPaddedFields() throws {
    let page = try ListPage(
      parsing: answer(
        """
        <IsTruncated>
          True
        </IsTruncated><EncodingType> url
        </EncodingType><KeyCount> 1 </KeyCount>
        \(object(key: "a%20b", size: " 5\n", storageClass: " GLACIER "))
        \(object(key: "c", size: "+6", storageClass: "GLACIER"))
        """))
    #expect(page.isTruncated && page.encodingIsURL && page.keyCount == 1)
    #expect(page.objects.key(at: 0) == Key("a b"))
    #expect(page.objects.records.map(\.size) == [5, 6])
    #expect(page.objects.storageClasses == ["GLACIER"])
  }

  /// None of them is needed to list.
  @Test(arguments: [
    "<KeyCount>many</KeyCount>", "<KeyCount></KeyCount>", "<Name>a</Name><Name>b</Name>",
    "<EncodingType>url</EncodingType><Prefix>%zz</Prefix>",
    "<MaxKeys>-</MaxKeys>", "<KeyCount>1</KeyCount><KeyCount>2</KeyCount>",
    "<StartAfter>a\u{1}\u{0}b</StartAfter>", "<Prefix>\u{1}</Prefix><Marker>\u{1F}</Marker>",
    "<Delimiter>\u{2}</Delimiter>", "<IsTruncated></IsTruncated>",
    "<IsTruncated>false</IsTruncated><IsTruncated> false </IsTruncated>",
    "<NextContinuationToken>\n</NextContinuationToken>", "<EncodingType/><EncodingType/>",
  ])
  func readsAPageWhateverServesNoPurposeInIt(_ fields: String) throws {
    let page = try ListPage(
      parsing: answer(fields + object(key: "k")))
    #expect(page.objects.records.count == 1 && page.isTruncated == page.saysNothingOfEnd)
  }

  @Test(arguments: ["ns2:ListBucketResult", "ListObjectsV2Output", "x:ListObjectsResult", "a"])
  func readsARootOfAnotherName(_ root: String) throws {
    let children = "<Name>b</Name><IsTruncated>false</IsTruncated>" + object(key: "k")
    let text = "<\(root)>\(children)</\(root)>"
    #expect(try ListPage(parsing: Array(text.utf8)).objects.key(at: 0) == Key("k"))
    let prefixed = text.replacing("<Contents>", with: "<n:Contents>")
      .replacing("</Contents>", with: "</n:Contents>").replacing("Key>", with: "n:Key>")
    #expect(try ListPage(parsing: Array(prefixed.utf8)).objects.key(at: 0) == Key("k"))
    let empty = "<\(root)><Name>b</Name><IsTruncated>false</IsTruncated></\(root)>"
    #expect(try ListPage(parsing: Array(empty.utf8)).objects.records.isEmpty)
  }

  @Test(
    arguments: [
      ("<ListAllMyBucketsResult/>", "ListAllMyBucketsResult"),
      (
        "<ListVersionsResult><Name>b</Name><IsTruncated>false</IsTruncated></ListVersionsResult>",
        "ListVersionsResult"
      ),
      ("<p:LocationConstraint/>", "LocationConstraint"),
      ("<VersioningConfiguration/>", "VersioningConfiguration"),
    ])
  func tellsAnotherAnswerOfS3(body: String, root: String) {
    #expect(throws: AnswerError.otherAnswer(root: root)) {
      try ListPage(parsing: Array(body.utf8))
    }
  }

  /// What is in them is no list of objects, however it is called.
  @Test(arguments: [
    "<a/>", "<a><b/></a>", "<a><Buckets/><IsTruncated>false</IsTruncated><Name>b</Name></a>",
    "<a><IsTruncated>false</IsTruncated></a>", "<a><Name>b</Name></a>",
    "<a><Contents/><Version/></a>",
  ])
  func refusesAnUnknownRootThatHoldsNoListing(_ body: String) {
    let error = #expect(throws: AnswerError.self) { try ListPage(parsing: Array(body.utf8)) }
    guard case .notS3 = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: ["Key", "Size", "ETag", "LastModified", "StorageClass"])
  func refusesFieldGivenTwice(_ field: String) {
    expectMalformed(object(key: "k", storageClass: "STANDARD", more: "<\(field)>2</\(field)>"))
  }

  @Test(arguments: [
    ("IsTruncated", "true", "false"), ("EncodingType", "url", ""), ("EncodingType", "", "url"),
    ("NextContinuationToken", "1", "2"), ("NextMarker", "1", "2"), ("IsTruncated", "", "true"),
  ])
  func refusesPageFieldThatContradictsItself(field: String, first: String, second: String) {
    expectMalformed("<\(field)>\(first)</\(field)><\(field)>\(second)</\(field)>")
  }

  @Test func refusesAnUnknownWordAboutTheEndByQuotingIt() throws {
    let error = #expect(throws: AnswerError.self) {
      try ListPage(parsing: answer("<IsTruncated>perhaps</IsTruncated>"))
    }
    #expect(try #require(error).description.contains("IsTruncated, not 'perhaps'"))
  }

  @Test(
    arguments: [
      ("<IsTruncated>true</IsTruncated>", true, nil),
      ("<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>", true, nil),
      // An empty page that says no is the end; one with objects and a token is not.
      (
        "<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>", false,
        "t"
      ),
      (
        "<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
          + object(key: "k"), true, "t"
      ),
      (
        "<IsTruncated>false</IsTruncated><NextMarker>k</NextMarker>" + object(key: "k"), true, nil
      ),
      ("<IsTruncated> </IsTruncated><NextMarker>k</NextMarker>", true, nil),
      ("<NextContinuationToken>t</NextContinuationToken>", true, "t"), ("", false, nil),
    ] as [(String, Bool, String?)])
  func tellsWhetherThereIsMore(fields: String, isTruncated: Bool, token: String?) throws {
    let page = try ListPage(parsing: answer(fields, isTruncated: nil))
    #expect(page.isTruncated == isTruncated)
    #expect(page.nextContinuationToken == token)
  }

  @Test func namesStorageClassesOnceAndUpTo256() throws {
    let many = (0..<300).map { object(key: "k\($0)", storageClass: "C\($0 % 256)") }.joined()
    let page = try ListPage(parsing: answer(many))
    #expect(page.objects.storageClasses == (0..<256).map { "C\($0)" })
    #expect((0..<300).allSatisfy { page.objects.storageClass(at: $0) == "C\($0 % 256)" })
    expectMalformed(many + object(key: "z", storageClass: "C256"))
    let mixed = try ListPage(
      parsing: answer(
        ["", "STANDARD", "GLACIER", "STANDARD", "<![CDATA[GLACIER]]>"].map {
          object(key: "k", storageClass: $0)
        }.joined()))
    #expect(mixed.objects.records.map(\.storageClass) == [0, 0, 1, 0, 1])
  }

  @Test func reportsErrorWithStatus200() {
    let body = """
      <?xml version="1.0" encoding="UTF-8"?>
      <Error><Code>SlowDown</Code><Message>Please &amp; wait</Message><RequestId>R1</RequestId>\
      <HostId>H1</HostId><Region>eu-west-1</Region><Endpoint>b.s3</Endpoint><Bucket>b</Bucket></Error>
      """
    var expected = ServiceError(code: "SlowDown", message: "Please & wait")
    expected.requestID = "R1"
    expected.hostID = "H1"
    expected.region = "eu-west-1"
    expected.endpoint = "b.s3"
    expected.bucket = "b"
    #expect(throws: AnswerError.service(expected)) { try ListPage(parsing: Array(body.utf8)) }
  }

  @Test(arguments: [
    ("", ""), ("{\"error\":\u{1B}\n1}", "{\"error\":\\e\\n1}"), ("<Other/>", "<Other/>"),
    ("<ListBucketResultX/>", "<ListBucketResultX/>"), ("502\u{0}", "502\\x00"),
    ("\u{FEFF} oops", "\\u{FEFF} oops"),
  ])
  func reportsWhatIsNotAnS3Answer(body: String, beginning: String) {
    #expect(throws: AnswerError.notS3(beginning: beginning)) {
      try ListPage(parsing: Array(body.utf8))
    }
  }

  @Test(arguments: [
    ("<!DOCTYPE html><p>", ""), ("<html><body>", ""), ("<html", ""),
    ("<!doctype html><html lang=en><head><title>MinIO Console</title>", "MinIO Console"),
    ("<HTML><TITLE> a\n &amp;  b </TITLE><h1>a &amp; b</h1>", "a & b"),
    (
      "<html><title>403</title><h1 class=x>Forbidden <b>by</b> policy</h1>",
      "403: Forbidden by policy"
    ),
    ("<?xml version='1.0'?><!DOCTYPE html PUBLIC '' ''><html><h1>Moved</h1></html>", "Moved"),
    ("\u{FEFF} <html xmlns='x'><title>T\u{1B}</title></html>", "T\u{1B}"),
  ])
  func reportsAWebPageByItsTitle(body: String, title: String) {
    let error = #expect(throws: AnswerError.self) { try ListPage(parsing: Array(body.utf8)) }
    #expect(error == .webPage(title: title))
    #expect(error?.description.contains("\u{1B}") == false)
  }

  @Test(arguments: [
    "<", "<?xml version='1.0'?>", "<ListBucketResult", "<ListBucketResult/>x", "<Error>",
  ])
  func reportsDamagedAnswers(body: String) {
    let error = #expect(throws: AnswerError.self) { try ListPage(parsing: Array(body.utf8)) }
    guard case .malformed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func saysWhatIsWrong() {
    #expect(AnswerError.notS3(beginning: "").description == "not an S3 answer: the body is empty")
    #expect(
      AnswerError.malformed(XMLError(offset: 7, expected: "a Key in every object")).description
        == "malformed answer: expected a Key in every object at byte 7")
  }
}

private func expectMalformed(
  _ children: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = #expect(throws: AnswerError.self, sourceLocation: sourceLocation) {
    try ListPage(parsing: answer(children))
  }
  guard case .malformed = error else {
    Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
    return
  }
}

import AWS
import Foundation
import S3
import TestSupport
import Testing
import Vocabulary

@Suite struct AnswerTests {
  @Test func readsBuckets() throws {
    let body = """
      <ListAllMyBucketsResult><Owner><ID>o1</ID><DisplayName>me</DisplayName></Owner><Buckets>
      <Bucket><Name>a</Name><CreationDate>2020-01-02T03:04:05.000Z</CreationDate>\
      <BucketRegion>eu-west-1</BucketRegion><BucketArn>x</BucketArn></Bucket>
      <Bucket><Name>b</Name></Bucket></Buckets><ContinuationToken>t&#x01;</ContinuationToken>\
      <Prefix>p</Prefix></ListAllMyBucketsResult>
      """
    let list = try BucketList(parsing: Array(body.utf8))
    #expect(list.ownerID == "o1" && list.ownerName == "me")
    #expect(list.next == .token("t\u{1}") && list.prefix == "p" && list.isTruncated == nil)
    #expect(
      list.buckets == [
        BucketList.Bucket(
          name: "a", created: Timestamp(iso8601: "2020-01-02T03:04:05Z"), region: "eu-west-1"),
        BucketList.Bucket(name: "b"),
      ])
  }

  @Test(
    arguments: [
      ("2024-09-06T13:15:11.9262355-03:00", "2024-09-06T16:15:11.926Z"), ("today", nil), ("", nil),
      (" 2020-01-02T03:04:05 ", "2020-01-02T03:04:05Z"), ("0000-00-00T00:00:00Z", nil),
    ] as [(String, String?)])
  func readsABucketWhateverItsCreationDateSays(written: String, created: String?) throws {
    let body = """
      <n:ListBucketsResponse xmlns:n='u'><Buckets><Bucket><Name> a
      </Name><CreationDate>\(written)</CreationDate></Bucket></Buckets></n:ListBucketsResponse>
      """
    let bucket = try #require(try BucketList(parsing: Array(body.utf8)).buckets.first)
    #expect(bucket.name == "a" && bucket.created?.iso8601 == created && bucket.region == nil)
  }

  @Test(
    arguments: [
      ("<NextContinuationToken>n</NextContinuationToken>", .nextToken("n")),
      ("<NextMarker>m</NextMarker>", .marker("m")),
      ("<ContinuationToken>c</ContinuationToken>", .token("c")),
      (
        "<ContinuationToken>c</ContinuationToken><NextContinuationToken>n</NextContinuationToken>",
        .nextToken("n")
      ),
      ("<NextMarker> </NextMarker><ContinuationToken/>", nil),
    ] as [(String, BucketList.Next?)])
  func readsHowAListGoesOn(fields: String, next: BucketList.Next?) throws {
    let list = try BucketList(
      parsing: Array(
        "<ListAllMyBucketsResult><IsTruncated>True</IsTruncated>\(fields)</ListAllMyBucketsResult>"
          .utf8))
    #expect(list.next == next && list.isTruncated == true)
  }

  @Test(arguments: ["<Buckets><Bucket/></Buckets>", "<IsTruncated>maybe</IsTruncated>"])
  func refusesBuckets(children: String) {
    #expect(throws: AnswerError.self) {
      try BucketList(
        parsing: Array("<ListAllMyBucketsResult>\(children)</ListAllMyBucketsResult>".utf8))
    }
  }

  @Test(
    arguments: [
      ("<LocationConstraint/>", "us-east-1"),
      ("<LocationConstraint>null</LocationConstraint>", "us-east-1"),
      ("<LocationConstraint></LocationConstraint>", "us-east-1"),
      ("<LocationConstraint xmlns='u'> EU\n</LocationConstraint>", "eu-west-1"),
      ("<LocationConstraint>ap-south-1</LocationConstraint>", "ap-south-1"),
      ("<LocationConstraint>default</LocationConstraint>", nil),
      ("<n:LocationConstraint xmlns:n='u'>eu-1</n:LocationConstraint>", "eu-1"),
      (
        "<GetBucketLocationOutput><LocationConstraint>eu-1</LocationConstraint>"
          + "</GetBucketLocationOutput>", "eu-1"
      ),
    ] as [(String, String?)])
  func readsLocation(body: String, region: String?) throws {
    #expect(try BucketLocation(parsing: Array(body.utf8)).region == region)
  }

  @Test func readsErrorsOnlyFromErrorDocuments() {
    let body = Array(
      "<Error><Code>C</Code><BucketName>b</BucketName><More><Code>no</Code></More></Error>".utf8)
    #expect(ServiceError(parsing: body)?.code == "C")
    #expect(ServiceError(parsing: body)?.bucket == "b")
    let wrapped =
      "<ErrorResponse xmlns='u'><Error><Type>Sender</Type><Code> C </Code></Error>"
      + "<RequestId>R</RequestId></ErrorResponse>"
    #expect(ServiceError(parsing: Array(wrapped.utf8))?.code == "C")
    #expect(ServiceError(parsing: Array(wrapped.utf8))?.requestID == "R")
    #expect(ServiceError(parsing: Array(body.dropLast())) == nil)
    #expect(ServiceError(parsing: []) == nil)
    #expect(ServiceError(parsing: Array("<html/>".utf8)) == nil)
    #expect(
      ServiceError(code: "C", message: "m\u{7}").description == "C: m\\x07")
  }
}

@Suite(.enabled(if: Vectors.havePart("s3-xml"), Comment(rawValue: Vectors.notice("s3-xml"))))
struct OfficialAnswerTests {
  @Test func readsListObjects() throws {
    struct Expected: Decodable {
      struct Object: Decodable {
        var Key: String
        var Size: Int64
        var ETag: String
        var LastModified: String
        var StorageClass: String
      }
      var Name: String
      var IsTruncated: Bool
      var Contents: [Object]
    }
    let (body, expected) = try vector("s3-list-objects", as: Expected.self)
    let page = try ListPage(parsing: body)
    #expect(page.name == expected.Name && page.isTruncated == expected.IsTruncated)
    var objects = ObjectPage()
    for object in expected.Contents {
      objects.append(
        key: Key(object.Key), etag: object.ETag.filter { $0 != "\"" }, size: object.Size,
        lastModified: try #require(Timestamp(iso8601: object.LastModified)),
        storageClass: object.StorageClass)
    }
    #expect(page.objects == objects)
  }

  @Test func readsListBuckets() throws {
    struct Expected: Decodable {
      struct Owner: Decodable {
        var DisplayName: String
        var ID: String
      }
      struct Bucket: Decodable {
        var Name: String
        var CreationDate: String
      }
      var Owner: Owner
      var Buckets: [Bucket]
    }
    let (body, expected) = try vector("s3-list-buckets", as: Expected.self)
    let list = try BucketList(parsing: body)
    #expect(list.ownerID == expected.Owner.ID && list.ownerName == expected.Owner.DisplayName)
    #expect(
      list.buckets
        == expected.Buckets.map {
          BucketList.Bucket(name: $0.Name, created: Timestamp(iso8601: $0.CreationDate))
        })
  }

  @Test func readsBucketLocation() throws {
    let body = try Vectors.data("s3-xml/responses/s3-get-bucket-location.xml")
    #expect(try BucketLocation(parsing: Array(body)).region == "eu-west-1")
  }

  static let errors = Vectors.names(in: "s3-xml/errors").filter { $0.hasSuffix(".xml") }

  @Test func findsTheErrors() {
    #expect(!Self.errors.isEmpty)
  }

  @Test(arguments: errors)
  func readsErrors(name: String) throws {
    struct Expected: Decodable {
      struct Fields: Decodable {
        var Code: String
        var Message: String
        var BucketName: String?
      }
      var Error: Fields
    }
    let (body, expected) = try vector(
      String(name.dropLast(4)), in: "errors", as: Expected.self)
    let error = try #require(ServiceError(parsing: body))
    #expect(error.code == expected.Error.Code && error.message == expected.Error.Message)
    #expect(error.bucket == expected.Error.BucketName)
    #expect(error.requestID != nil && error.hostID != nil)
    #expect(throws: AnswerError.service(error)) { try ListPage(parsing: body) }
  }

  private func vector<Expected: Decodable>(
    _ name: String, in folder: String = "responses", as type: Expected.Type
  ) throws -> ([UInt8], Expected) {
    let path = "s3-xml/\(folder)/\(name)"
    return (
      Array(try Vectors.data(path + ".xml")),
      try JSONDecoder().decode(type, from: try Vectors.data(path + ".json"))
    )
  }
}

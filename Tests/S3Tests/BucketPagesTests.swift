import AWS
import TestSupport
import Testing
import Vocabulary

@testable import S3

/// ListBuckets in the words of several servers: a list that goes on is read to its end, or fails.
@Suite struct BucketPagesTests {
  private static let total = 25

  /// A server with 25 buckets that pages them by ten, and says so in its own way.
  private func server(
    more: @escaping @Sendable (_ last: String) -> String, end: String = "",
    parameter: String
  ) throws -> LoopbackServer {
    try LoopbackServer(answering: { request in
      let query = request.target.split(separator: "?").last?.split(separator: "&") ?? []
      let after = query.first { $0.hasPrefix(parameter + "=") }?.split(separator: "=").last
      let names = (0..<Self.total).map { "b\($0 + 100)" }.filter { $0 > (after ?? "") }
      let page = Array(names.prefix(10))
      let rest = names.count > 10 ? more(page.last ?? "") : end
      return TestSupport.answer(Self.document(page, rest))
    })
  }

  private static func document(_ names: [String], _ more: String) -> String {
    bucketList(names).replacing(
      "</ListAllMyBucketsResult>", with: "\(more)</ListAllMyBucketsResult>")
  }

  private func names(_ server: LoopbackServer) async throws -> [String] {
    try await TestClient(server.origin).s3.listBuckets().buckets.map(\.name)
  }

  /// What says that there is more, what says that there is not, and the parameter that goes on.
  struct Dialect: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var more: @Sendable (String) -> String
    var end = ""
    var parameter = "continuation-token"
  }

  private static let truncated = "<IsTruncated>true</IsTruncated>"
  private static let whole = "<IsTruncated>false</IsTruncated>"

  static let dialects = [
    Dialect(
      testDescription: "AWS", more: { "<ContinuationToken>\($0)</ContinuationToken>" }),
    Dialect(
      testDescription: "Cloudflare",
      more: { truncated + "<NextContinuationToken>\($0)</NextContinuationToken>" }, end: whole),
    Dialect(
      testDescription: "next token alone",
      more: { "<NextContinuationToken>\($0)</NextContinuationToken>" }),
    Dialect(
      testDescription: "next token and an echo",
      more: {
        truncated
          + "<NextContinuationToken>\($0)</NextContinuationToken><ContinuationToken>b109</ContinuationToken>"
      }, end: whole + "<ContinuationToken>b119</ContinuationToken>"),
    Dialect(
      testDescription: "markers",
      more: { truncated + "<Marker>x</Marker><NextMarker>\($0)</NextMarker>" }, end: whole,
      parameter: "marker"),
    Dialect(
      testDescription: "a word in capitals",
      more: { "<IsTruncated> True </IsTruncated><NextMarker>\($0)</NextMarker>" },
      parameter: "marker"),
    Dialect(
      testDescription: "a token and a no",
      more: { whole + "<NextContinuationToken>\($0)</NextContinuationToken>" }, end: whole),
    Dialect(
      testDescription: "lower case",
      more: {
        "<isTruncated>true</isTruncated><nextContinuationToken>\($0)</nextContinuationToken>"
      }, end: "<isTruncated>false</isTruncated>"),
    Dialect(testDescription: "NextToken", more: { "<NextToken>\($0)</NextToken>" }),
    Dialect(testDescription: "nexttoken", more: { truncated + "<nexttoken>\($0)</nexttoken>" }),
  ]

  @Test(arguments: dialects)
  func areReadToTheEnd(_ dialect: Dialect) async throws {
    let server = try server(
      more: dialect.more, end: dialect.end, parameter: dialect.parameter)
    defer { server.stop() }
    #expect(try await names(server) == (0..<Self.total).map { "b\($0 + 100)" })
    #expect(server.requests.count == 3)
  }

  /// A token with the last page that leads to an empty one.
  @Test func endWithAnEmptyPage() async throws {
    let token = "<NextContinuationToken>t</NextContinuationToken>"
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(Self.document(["a"], token + Self.whole)),
      TestSupport.answer(Self.document([], token + Self.whole)),
    ])
    defer { server.stop() }
    #expect(try await names(server) == ["a"])
    #expect(server.requests.count == 2)
  }

  /// Pages without buckets, as AWS may send them, of a server that says so in its own way.
  @Test(
    arguments: [
      { "<ContinuationToken>\($0)</ContinuationToken>" },
      { "<NextContinuationToken>\($0)</NextContinuationToken>" },
      { truncated + "<NextContinuationToken>\($0)</NextContinuationToken>" },
      { truncated + "<ContinuationToken>\($0)</ContinuationToken>" },
    ] as [@Sendable (String) -> String])
  func goOnBehindEmptyPages(more: @escaping @Sendable (String) -> String) async throws {
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(Self.document(["a"], more("1"))),
      TestSupport.answer(Self.document([], more("2"))),
      TestSupport.answer(Self.document([], more("3"))),
      TestSupport.answer(Self.document(["b"], more("4"))),
      TestSupport.answer(Self.document(["c"], "")),
    ])
    defer { server.stop() }
    #expect(try await names(server) == ["a", "b", "c"])
    #expect(server.requests.count == 5)
  }

  /// What repeats the token that was just sent says nothing of more.
  @Test(arguments: [[], ["b"]])
  func endWithAnEchoOfTheToken(_ last: [String]) async throws {
    let echo = "<ContinuationToken>t</ContinuationToken>"
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        Self.document(request.target.contains("continuation-token=t") ? last : ["a"], echo))
    })
    defer { server.stop() }
    #expect(try await names(server) == ["a"] + last)
  }

  /// What says so may stand among the buckets.
  @Test func goOnWhereverThatIsSaid() async throws {
    let server = try LoopbackServer(inTurn: [
      TestSupport.answer(
        bucketList(["a"]).replacing(
          "</Buckets>",
          with: Self.truncated + "<NextContinuationToken>t</NextContinuationToken></Buckets>")),
      TestSupport.answer(Self.document(["b"], Self.whole)),
    ])
    defer { server.stop() }
    #expect(try await names(server) == ["a", "b"])
  }

  /// The same buckets again and again, with a token that is new each time.
  @Test func areAnErrorWhereTheyGoRoundInACircle() throws {
    var page = BucketList()
    page.buckets = [BucketList.Bucket(name: "a")]
    page.next = .token("0")
    var pages = BucketPages(page)
    var count = 0
    #expect(throws: S3Error.self) {
      while try pages.nextParameter() != nil {
        count += 1
        page.next = .token("\(count)")
        try pages.append(page)
      }
    }
    #expect(count < 10)
  }

  @Test func areAnErrorWhereEmptyPagesDoNotEnd() throws {
    var page = BucketList()
    page.buckets = [BucketList.Bucket(name: "a")]
    page.next = .token("0")
    var pages = BucketPages(page)
    page.buckets = []
    for number in 1...1_000 {
      #expect(try pages.nextParameter() != nil)
      page.next = .token("\(number)")
      try pages.append(page)
    }
    page.next = .token("1001")
    #expect(throws: S3Error.self) { try pages.append(page) }
  }

  /// One that only says so may have the rest for who asks for everything.
  @Test func areAskedForAtOnceWhereNothingLeadsOn() async throws {
    let server = try LoopbackServer(answering: { request in
      TestSupport.answer(
        request.target.contains("max-buckets")
          ? Self.document(["a"], Self.truncated) : Self.document(["a", "b"], Self.whole))
    })
    defer { server.stop() }
    #expect(try await names(server) == ["a", "b"])
  }

  @Test(arguments: [
    truncated, truncated + "<ContinuationToken></ContinuationToken>",
    truncated + "<NextMarker>a</NextMarker>", "<NextContinuationToken>t</NextContinuationToken>",
    truncated + "<ContinuationToken>t</ContinuationToken>",
    "<ContinuationToken>t</ContinuationToken>", "<NextKeyMarker>a</NextKeyMarker>",
    "<NextBucket>a</NextBucket>", "<nextPage><a>2</a></nextPage>", whole + "<NextPage>2</NextPage>",
    "<NextPartNumberMarker>2</NextPartNumberMarker>",
  ])
  func areAnErrorWhereTheyLeadNowhere(_ more: String) async throws {
    let server = try LoopbackServer(always: TestSupport.answer(Self.document(["a"], more)))
    defer { server.stop() }
    let error = await #expect(throws: S3Error.self) { try await names(server) }
    #expect(error?.description.hasPrefix("cannot list the buckets: the ") == true)
    #expect(server.requests.count == 2)
  }

  /// A bucket's properties are lists too.
  @Test(arguments: [
    "<NextContinuationToken>t</NextContinuationToken>",
    "<IsTruncated> True </IsTruncated><NextContinuationToken>t</NextContinuationToken>",
    "<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
    "<isTruncated>true</isTruncated><nextContinuationToken>t</nextContinuationToken>",
    "<NextToken>t</NextToken>",
  ])
  func ofConfigurationsAreReadToTheEnd(_ more: String) async throws {
    let root = "ListBucketIntelligentTieringConfigurationsOutput"
    let configuration =
      "<IntelligentTieringConfiguration><Id>a</Id></IntelligentTieringConfiguration>"
    let server = try LoopbackServer(
      inTurn: [more, ""].map { TestSupport.answer("<\(root)>\(configuration)\($0)</\(root)>") })
    defer { server.stop() }
    let property = try await TestClient(server.origin).s3.property(.intelligentTiering, of: "b")
    #expect(property.value == "2")
    #expect(server.requests.count == 2)
  }

  @Test func areSignedForTheRegionThatTheServerNames() async throws {
    let refusal = errorBody("AuthorizationHeaderMalformed", "<Region>eu-1</Region>")
    let server = try LoopbackServer(answering: { request in
      request.signedRegion == "eu-1"
        ? TestSupport.answer(bucketList(["a"]))
        : TestSupport.answer(refusal, status: "400 Bad Request")
    })
    defer { server.stop() }
    let client = try TestClient(server.origin)
    for _ in 0..<2 { #expect(try await client.s3.listBuckets().buckets.map(\.name) == ["a"]) }
    #expect(server.requests.map(\.signedRegion) == ["us-east-1", "eu-1", "eu-1"])
  }
}

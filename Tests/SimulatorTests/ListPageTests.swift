import Testing
import Vocabulary

@testable import Simulator

@Suite struct ListPageTests {
  private func bucket(_ shape: KeyShape, _ count: Int) -> SimulatedBucket {
    var configuration = SimulatorConfiguration()
    configuration.sharePercent = 30
    return SimulatedBucket(
      BucketSpecification(name: "b", shape: shape, count: count), in: configuration)
  }

  private func page(
    _ bucket: SimulatedBucket, night: Int = 0, _ request: ListRequest
  ) throws -> ParsedListing {
    let document = ListPage(of: BucketContents(of: bucket, night: night), for: request)
      .document(bucket: bucket.name, for: request)
    return try #require(ParsedListing(document.bytes))
  }

  /// Every page until the last, going on by token.
  private func pages(
    _ bucket: SimulatedBucket, night: Int = 0, _ request: ListRequest
  ) throws -> [ParsedListing] {
    var request = request
    var pages = [try page(bucket, night: night, request)]
    while let last = pages.last, last.isTruncated {
      let text = Array(try #require(last.fields["NextContinuationToken"]).utf8)
      let token: ContinuationToken = try #require(ContinuationToken(text))
      request.token = token
      request.tokenText = text
      pages.append(try page(bucket, night: night, request))
    }
    return pages
  }

  @Test(arguments: KeyShape.allCases, [1, 3, 16, 100, 1_000])
  func pagesTileTheBucket(shape: KeyShape, keysMax: Int) throws {
    let bucket = bucket(shape, 300)
    for night in [0, 3] {
      var request = ListRequest()
      request.isURLEncoded = true
      request.keysMax = keysMax
      let pages = try pages(bucket, night: night, request)
      let objects = pages.flatMap { $0.simulatedObjects(isURLEncoded: true) }
      #expect(objects == Array(bucket.objects(night: night)))
      #expect(pages.dropLast().allSatisfy { $0.objects.count == keysMax })
      #expect(pages.allSatisfy { $0.fields["KeyCount"] == String($0.objects.count) })
    }
  }

  @Test(arguments: KeyShape.allCases)
  func startAfterGoesOnBehindAnyKey(shape: KeyShape) throws {
    let bucket = bucket(shape, 500)
    let truth = Array(bucket.objects(night: 0))
    for position in stride(from: 0, to: truth.count, by: 23) {
      var request = ListRequest()
      request.isURLEncoded = true
      request.keysMax = 10
      request.startAfter = truth[position].key.bytes
      let listing = try page(bucket, request)
      #expect(
        listing.simulatedObjects(isURLEncoded: true)
          == Array(truth.dropFirst(position + 1).prefix(10)))
    }
  }

  @Test(arguments: KeyShape.allCases, [1, 7, 1_000])
  func delimiterRollsUpWhatAPlainGroupingRollsUp(shape: KeyShape, keysMax: Int) throws {
    let bucket = bucket(shape, 400)
    let truth = bucket.objects(night: 2).map(\.key.bytes)
    for prefix in ["", "a", "a/", "folder-4", "logs/2023/01/", "//", "tenants/acme/"] {
      var keys: [[UInt8]] = []
      var common: [[UInt8]] = []
      for key in truth where key.starts(with: prefix.utf8) {
        let rest = key.dropFirst(prefix.utf8.count)
        guard let slash = rest.firstIndex(of: 0x2F) else {
          keys.append(key)
          continue
        }
        if common.last != Array(key[...slash]) { common.append(Array(key[...slash])) }
      }
      var request = ListRequest()
      request.isURLEncoded = true
      request.prefix = Array(prefix.utf8)
      request.delimiter = [0x2F]
      request.keysMax = keysMax
      let pages = try pages(bucket, night: 2, request)
      #expect(
        pages.flatMap { $0.simulatedObjects(isURLEncoded: true) }.map(\.key.bytes) == keys)
      #expect(pages.flatMap(\.commonPrefixes).map { formDecoded($0) } == common)
    }
  }

  @Test func versionOneGoesOnByMarker() throws {
    let bucket = bucket(.skewed, 300)
    var request = ListRequest()
    request.version = .one
    request.delimiter = [0x2F]
    request.keysMax = 5
    var common: [String] = []
    while true {
      let listing = try page(bucket, request)
      common += listing.commonPrefixes
      guard listing.isTruncated else { break }
      request.startAfter = Array(try #require(listing.fields["NextMarker"]).utf8)
    }
    #expect(
      common
        == Set(bucket.objects(night: 0).map { $0.key.text.prefix(10) }).sorted().map(String.init))
  }

  @Test func prefixLimitsThePage() throws {
    let bucket = bucket(.dates, 2_000)
    var request = ListRequest()
    request.prefix = Array("logs/2023/02/03/".utf8)
    let listing = try page(bucket, request)
    let expected = bucket.objects(night: 0).filter { $0.key.text.hasPrefix("logs/2023/02/03/") }
    #expect(!expected.isEmpty)
    #expect(listing.simulatedObjects(isURLEncoded: false) == expected)
  }

  @Test func plainXMLHoldsTheKeysThatXMLCanHold() throws {
    let bucket = bucket(.hostile, 2_000)
    var request = ListRequest()
    request.keysMax = 2_000
    let document = ListPage(of: BucketContents(of: bucket, night: 0), for: request).document(
      bucket: "b", for: request)
    let text = String(decoding: document.bytes, as: UTF8.self)
    #expect(text.contains("<Key>&#x1;&#x2;&#x3;</Key>"))
    #expect(text.contains("carriage&#xd;return"))
    #expect(text.contains("<Key>&#x1b;[31mred&#x1b;[0m</Key>"))
    #expect(!text.utf8.contains(0x0D) && !text.utf8.contains(1))
  }

  @Test(arguments: [
    ("a b", "a+b"), ("a+b", "a%2Bb"), ("a/b", "a/b"), ("~", "%7E"), ("a*b", "a*b"),
    ("%2F", "%252F"), ("\u{1}", "%01"), ("\u{E9}", "%C3%A9"), ("x(1).png", "x%281%29.png"),
  ])
  func urlEncodingIsThatOfS3(text: String, expected: String) {
    var buffer = ByteBuffer()
    buffer.appendElement("K", Array(text.utf8), urlEncoded: true)
    #expect(String(decoding: buffer.bytes, as: UTF8.self) == "<K>\(expected)</K>")
  }

  @Test(arguments: [
    ("a&b<c>\"", "a&amp;b&lt;c&gt;&quot;"), ("\u{1}", "&#x1;"), ("\u{1F}", "&#x1f;"),
    ("\r\n", "&#xd;\n"), ("\u{FFFE}\u{FFFF}\u{FFFD}", "&#xfffe;&#xffff;\u{FFFD}"),
    ("\u{FEFF}", "\u{FEFF}"),
  ])
  func xmlEscapesWhatXMLCannotHold(text: String, expected: String) {
    var buffer = ByteBuffer()
    buffer.appendElement("K", Array(text.utf8))
    #expect(Array(buffer.bytes) == Array("<K>\(expected)</K>".utf8))
  }

  @Test(arguments: 0..<40)
  func tokenSurvivesItsText(length: Int) throws {
    let last = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 41) }
    for isCommonPrefix in [false, true] {
      let token = ContinuationToken(after: last, isCommonPrefix: isCommonPrefix)
      #expect(ContinuationToken(token.text) == token)
      var damaged = token.text
      damaged[1] = damaged[1] == 0x41 ? 0x42 : 0x41
      #expect(ContinuationToken(damaged) != token)
    }
  }

  @Test(arguments: ["", "=", "AAAA", "not base64!!", "bG9ncy8="])
  func refusesForeignTokens(text: String) {
    #expect(ContinuationToken(Array(text.utf8)) == nil)
  }
}

import Testing
import Vocabulary

@testable import Simulator

@Suite struct FaultTests {
  /// A bucket of 250 objects in pages of 100, every answer of which meets one fault.
  private func server(
    _ kind: FaultKind, _ occurrence: FaultSpecification.Occurrence = .from(1),
    shape: KeyShape = .flat, change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(
      buckets: [BucketSpecification(name: "logs", shape: shape, count: 250)])
    configuration.pageKeysMax = 100
    configuration.faults = [FaultSpecification(kind, occurrence)]
    change(&configuration)
    return try SimulatedS3(configuration)
  }

  private func keys(_ server: SimulatedS3) throws -> [String] {
    try #require(server.bucket(named: "logs")).objects(night: 0).map(\.key.text)
  }

  private static let target = "/logs?list-type=2"

  // MARK: - Answers

  @Test(arguments: [
    (AnswerFault.slowDown, 503, "SlowDown"), (.internalError, 500, "InternalError"),
    (.errorIn200, 200, "InternalError"), (.redirect301, 301, "PermanentRedirect"),
    (.redirect307, 307, "TemporaryRedirect"), (.wrongRegion, 400, "AuthorizationHeaderMalformed"),
    (.redirectLoop, 307, "TemporaryRedirect"), (.redirectForeign, 307, "TemporaryRedirect"),
    (.expiredToken, 400, "ExpiredToken"), (.clockSkew, 403, "RequestTimeTooSkewed"),
  ])
  func refusesInS3Words(fault: AnswerFault, status: Int, code: String) throws {
    let server = try server(.answer(fault))
    let client = try LoopbackClient(port: server.port)
    for _ in 0..<2 {
      let answer = try client.get(Self.target)
      #expect(answer.status == status)
      #expect(try #require(ParsedListing(answer.body)).fields["Code"] == code)
    }
    #expect(server.statistics.faults == [.answer(fault): 2])
    #expect(try client.send("HEAD", "/logs").status == 200, "only listings meet faults")
  }

  @Test(arguments: [
    (AnswerFault.html, 200, "text/html"), (.htmlWith503, 503, "text/html"),
    (.emptyBody, 200, "application/xml"), (.gzipJunk, 200, "application/xml"),
  ])
  func answersWithNoDocument(fault: AnswerFault, status: Int, type: String) throws {
    let server = try server(.answer(fault))
    let answer = try LoopbackClient(port: server.port).get(Self.target)
    #expect(answer.status == status)
    #expect(answer.headers["content-type"] == type)
    #expect(ParsedListing(answer.body)?.fields["IsTruncated"] == nil)
    #expect(answer.headers["content-encoding"] == (fault == .gzipJunk ? "gzip" : nil))
  }

  @Test func redirectsLeadWhereTheySay() throws {
    func answer(_ fault: AnswerFault) throws -> (LoopbackClient.Response, UInt16) {
      let server = try server(.answer(fault)) { $0.foreignHost = "foreign:81" }
      return (try LoopbackClient(port: server.port).get(Self.target), server.port)
    }
    #expect(
      try answer(.redirectForeign).0.headers["location"] == "http://foreign:81\(Self.target)")
    let (loop, port) = try answer(.redirectLoop)
    #expect(loop.headers["location"] == "http://127.0.0.1:\(port)\(Self.target)")
    for fault in [AnswerFault.redirect301, .redirect307, .wrongRegion] {
      #expect(try answer(fault).0.headers["x-amz-bucket-region"] == "eu-west-3")
    }
  }

  // MARK: - Pages

  private struct Page {
    var keys: [String]
    var listing: ParsedListing
    var next: String? { listing.fields["NextContinuationToken"] }
  }

  private func page(_ server: SimulatedS3, _ position: String = "") throws -> Page {
    let answer = try LoopbackClient(port: server.port).get(Self.target + position)
    #expect(answer.status == 200)
    let listing = try #require(ParsedListing(answer.body))
    #expect(
      listing.fields["KeyCount"] == String(listing.objects.count + listing.commonPrefixes.count))
    return Page(keys: listing.objects.map { $0["Key"] ?? "" }, listing: listing)
  }

  private func after(_ key: String) -> String { "&start-after=\(key)" }

  private func token(_ page: Page) throws -> String {
    "&continuation-token=\(formEncoded(Array(try #require(page.next).utf8)))"
  }

  @Test func answersWithThePageBefore() throws {
    let server = try server(.page(.repeatedPage))
    let keys = try keys(server)
    let first = try page(server)
    #expect(first.keys == Array(keys[..<100]), "there is none before the first")
    #expect(server.statistics.faults.isEmpty)
    let again = try page(server, try token(first))
    #expect(again.keys == first.keys && again.next == first.next && again.listing.isTruncated)
    #expect(try page(server, after(keys[179])).keys == Array(keys[80..<180]))
    #expect(server.statistics.faults == [.page(.repeatedPage): 2])
  }

  @Test func answersWithTheFirstPage() throws {
    let server = try server(.page(.firstPage))
    let keys = try keys(server)
    #expect(try page(server, after(keys[179])).keys == Array(keys[..<100]))
    #expect(try page(server, try token(try page(server))).keys == Array(keys[..<100]))
  }

  @Test func sendsATokenThatLeadsBack() throws {
    let server = try server(.page(.tokenBack))
    let keys = try keys(server)
    for begin in [0, 50] {
      let first = try page(server, begin == 0 ? "" : after(keys[begin - 1]))
      #expect(first.keys == Array(keys[begin..<begin + 100]))
      let second = try page(server, try token(first))
      #expect(second.keys == first.keys && second.next == first.next)
    }
    let last = try page(server, after(keys[200]))
    #expect(last.next == nil && !last.listing.isTruncated, "a last page has no token")
  }

  @Test func claimsMoreWithoutAToken() throws {
    let server = try server(.page(.noToken))
    let keys = try keys(server)
    for position in ["", after(keys[200])] {
      let page = try page(server, position)
      #expect(page.listing.isTruncated && page.next == nil && !page.keys.isEmpty)
    }
  }

  @Test func sendsAnEmptyPageThatLeadsOn() throws {
    let server = try server(.page(.emptyPage))
    var page = try page(server)
    var tokens: Set<String?> = []
    for _ in 0..<5 {
      #expect(page.keys.isEmpty && page.listing.isTruncated)
      #expect(tokens.insert(page.next).inserted, "each token looks new")
      page = try self.page(server, try token(page))
    }
    server.heal()
    #expect(try self.page(server, try token(page)).keys == Array(try keys(server)[..<100]))
  }

  @Test func disordersKeys() throws {
    let reversed = try server(.page(.reversedPage))
    let keys = try keys(reversed)
    #expect(try page(reversed).keys == keys[..<100].reversed())
    let swapped = try server(.page(.swappedKeys))
    let page = try page(swapped).keys
    let differing = page.indices.filter { page[$0] != keys[$0] }
    #expect(differing.count == 2 && differing[0] + 1 == differing[1])
    #expect(page.sorted() == Array(keys[..<100]))
  }

  @Test func repeatsKeys() throws {
    let twice = try server(.page(.duplicateKey))
    let keys = try keys(twice)
    var places: Set<Int?> = []
    for _ in 0..<8 {
      let page = try page(twice).keys
      #expect(page.count == 101 && Set(page) == Set(keys[..<100]))
      places.insert(page.indices.dropFirst().first { page[$0] == page[$0 - 1] })
    }
    #expect(places.contains(100) && places.count > 1)
    let overlapping = try server(.page(.overlap))
    #expect(try page(overlapping, after(keys[49])).keys == Array(keys[49..<149]))
    #expect(try page(overlapping, try token(try page(overlapping))).keys == Array(keys[99..<199]))
  }

  @Test func rollsKeysUp() throws {
    let server = try server(.page(.rolledUp), shape: .dates)
    let page = try page(server)
    #expect(page.keys.isEmpty && page.listing.commonPrefixes == ["logs/"])
    #expect(page.listing.fields["Delimiter"] == nil, "none was asked for")
  }

  @Test func leavesASizeOut() throws {
    let server = try server(.page(.missingSize))
    let page = try page(server)
    #expect(page.keys == Array(try keys(server)[..<100]))
    #expect(page.listing.objects.count { $0["Size"] == nil } == 1)
  }

  @Test(arguments: PageFault.allCases)
  func emptyBucketIsListedInPeace(fault: PageFault) throws {
    let server = try server(.page(fault)) { $0.buckets[0].count = 0 }
    #expect(try page(server).keys.isEmpty)
  }

  // MARK: - The wire

  private struct Received {
    var head: String
    var body: [UInt8]
    var ending: LoopbackClient.Ending

    init(_ bytes: [UInt8], _ ending: LoopbackClient.Ending) {
      let text = String(decoding: bytes, as: UTF8.self)
      let end = text.firstRange(of: "\r\n\r\n")
      head = String(text[..<(end?.upperBound ?? text.endIndex)])
      body = Array(bytes.dropFirst(head.utf8.count))
      self.ending = ending
    }

    var length: Int? {
      head.firstRange(of: "Content-Length: ").flatMap {
        Int(head[$0.upperBound...].prefix { $0.isNumber })
      }
    }
  }

  private func received(_ fault: WireFault) throws -> (got: Received, whole: [UInt8]) {
    let server = try server(.wire(fault), .request(1))
    // Long enough for an answer on loopback, short enough for those that send nothing more.
    let isEndless = [.slow, .stall, .silence, .lengthShort].contains(fault)
    let (bytes, ending) = try LoopbackClient(port: server.port)
      .exchange(Self.target, milliseconds: isEndless ? 300 : 10_000)
    #expect(server.statistics.faults == [.wire(fault): 1])
    // The same request again, on a connection of its own, is whole.
    return (Received(bytes, ending), try LoopbackClient(port: server.port).get(Self.target).body)
  }

  @Test(arguments: [WireFault.resetHead, .cutHead])
  func endsInsideTheHead(fault: WireFault) throws {
    let (got, _) = try received(fault)
    #expect(
      !got.head.isEmpty && !got.head.hasSuffix("\r\n\r\n")
        && "HTTP/1.1 200 OK".hasPrefix(got.head.prefix(15)))
    #expect(got.ending == (fault == .resetHead ? .reset : .closed))
  }

  @Test(arguments: [WireFault.resetBody, .cutBody, .stall])
  func endsInsideTheBody(fault: WireFault) throws {
    let (got, whole) = try received(fault)
    #expect(got.length == whole.count)
    #expect(!got.body.isEmpty && got.body.count < whole.count && whole.starts(with: got.body))
    #expect(got.ending == [.resetBody: .reset, .cutBody: .closed, .stall: .open][fault])
  }

  @Test func endsInsideAChunk() throws {
    let (got, whole) = try received(.cutChunk)
    let size = Array("\(String(whole.count, radix: 16))\r\n".utf8)
    #expect(got.head.contains("Transfer-Encoding: chunked\r\n") && got.length == nil)
    #expect(got.body.starts(with: size) && got.body.count < size.count + whole.count)
    #expect(got.ending == .closed)
  }

  @Test func endsWithoutHavingSaidALength() throws {
    let (got, whole) = try received(.cutUnannounced)
    #expect(got.length == nil && got.head.contains("Connection: close\r\n"))
    #expect(got.body.count < whole.count && whole.starts(with: got.body))
    #expect(got.ending == .closed)
  }

  @Test(arguments: [WireFault.cutDocument, .lengthLong, .lengthShort])
  func lengthsAreNotTheDocuments(fault: WireFault) throws {
    let (got, whole) = try received(fault)
    let length = try #require(got.length)
    switch fault {
    case .cutDocument: #expect(got.body.count == length && length < whole.count)
    case .lengthLong: #expect(got.body == whole && length > whole.count)
    default: #expect(got.body == whole && length < whole.count)
    }
    let isDocument = got.body.prefix(length).suffix(19).elementsEqual("</ListBucketResult>".utf8)
    #expect(isDocument == (fault == .lengthLong))
    #expect(got.ending == (fault == .lengthShort ? .open : .closed))
  }

  @Test func sendsBlanksWithoutEnd() throws {
    let (got, _) = try received(.endlessBody)
    #expect(got.ending == .open && got.body.count > 1 << 20 && got.length == nil)
    #expect(got.body.last == UInt8(ascii: " "))
  }

  @Test func sendsAByteASecond() throws {
    let server = try server(.wire(.slow))
    let (bytes, ending) = try LoopbackClient(port: server.port)
      .exchange(Self.target, milliseconds: 3_000, bytesMax: 0)
    #expect(Received(bytes, ending).body.isEmpty, "the head comes at once")
    let (silent, _) = try received(.slow)
    #expect(silent.body.isEmpty && silent.ending == .open)
  }

  @Test func sendsNothing() throws {
    let (got, _) = try received(.silence)
    #expect(got.head.isEmpty && got.body.isEmpty && got.ending == .open)
  }

  @Test(arguments: [WireFault.slow, .stall, .silence, .endlessBody])
  func stopsWhileAFaultIsUnderWay(fault: WireFault) throws {
    let server = try server(.wire(fault))
    let client = try LoopbackClient(port: server.port)
    _ = try client.exchange(Self.target, milliseconds: 50, bytesMax: 1)
    server.stop()
    #expect(throws: LoopbackError.self) { try client.get("/") }
  }

  // MARK: - Counting

  @Test func faultsEndWhenTheServerIsHealed() throws {
    let server = try server(.answer(.internalError)) { $0.hasControl = true }
    let client = try LoopbackClient(port: server.port)
    #expect(try client.get(Self.target).status == 500)
    #expect(try client.get("/_sim/stats").text.hasSuffix("\"faults\":{\"internal-error\":1}}\n"))
    #expect(try client.send("POST", "/_sim/heal").status == 200)
    #expect(try client.get(Self.target).status == 200)
    #expect(server.statistics.faults == [.answer(.internalError): 1])
  }

  @Test func refusedRequestsMeetNoFault() throws {
    let server = try server(.answer(.expiredToken), .request(1)) { configuration in
      configuration.buckets.append(
        BucketSpecification(name: "denied", shape: .flat, count: 5, isDenied: true))
    }
    let client = try LoopbackClient(port: server.port)
    #expect(try client.get("/denied?list-type=2").status == 403)
    #expect(try client.get(Self.target).text.contains("ExpiredToken"))
    #expect(try client.get(Self.target).status == 200)
  }
}

import Testing
import Vocabulary

@testable import Simulator

/// Incomplete uploads and their parts, in the orders and pages of each server.
@Suite struct UploadsPageTests {
  private func contents(
    _ uploads: Int, _ count: Int = 50, night: Int = 0
  ) -> BucketContents {
    let bucket = VersionedFixture.bucket(.hostile, count) { configuration in
      configuration.versions.uploads = uploads
      configuration.versions.partsPerUpload = 0...7
    }
    return BucketContents(of: bucket, night: night)
  }

  private struct Listed: Hashable {
    var key: Key
    var id: String
    var initiated: String
  }

  /// What there is, made place by place.
  private func truth(_ contents: BucketContents) -> [Listed] {
    let model = contents.bucket.uploads
    return (0..<model.count).map { place in
      let generation = model.generation(ofPlace: place, night: contents.night)
      let upload = model.upload(place: place, generation: generation, withParts: false)
      return Listed(
        key: contents.keys.key(at: contents.keys.index(ofSlot: model.slot(ofPlace: place))),
        id: String(decoding: upload.id, as: UTF8.self),
        initiated: upload.initiated.withMilliseconds)
    }
  }

  private func page(
    _ contents: BucketContents, _ request: UploadsRequest
  ) throws -> (listed: [Listed], listing: ParsedListing) {
    let document = try UploadsPage(of: contents, for: request)
      .document(bucket: "logs", for: request)
    let listing = try #require(ParsedListing(document.bytes))
    let listed = listing.entries.map { entry in
      Listed(
        key: Key(formDecoded(entry["Key"] ?? "")), id: entry["UploadId"] ?? "",
        initiated: entry["Initiated"] ?? "")
    }
    return (listed, listing)
  }

  private func all(
    _ contents: BucketContents, _ dialect: VersionDialect, pageMax: Int
  ) throws -> [Listed] {
    var request = UploadsRequest()
    request.dialect = dialect
    request.isURLEncoded = true
    request.uploadsMax = pageMax
    var found: [Listed] = []
    while true {
      let (listed, listing) = try page(contents, request)
      found += listed
      guard listing.isTruncated else { return found }
      #expect(listed.count == pageMax)
      request.keyMarker = formDecoded(listing.fields["NextKeyMarker"] ?? "")
      request.uploadIDMarker = Array((listing.fields["NextUploadIdMarker"] ?? "").utf8)
    }
  }

  @Test(arguments: [1, 2, 9, 1_000], [0, 4])
  func pagesTileTheUploads(pageMax: Int, night: Int) throws {
    for (uploads, keys) in [(0, 50), (40, 50), (160, 20), (5, 1), (7, 0)] {
      let contents = contents(uploads, keys, night: night)
      let truth = truth(contents)
      #expect(truth.count == (keys == 0 ? 0 : uploads))
      let byTime = truth.sorted { ($0.key, $0.initiated, $0.id) < ($1.key, $1.initiated, $1.id) }
      #expect(try all(contents, .aws, pageMax: pageMax) == byTime)
      let byID = truth.sorted { ($0.key, $0.id) < ($1.key, $1.id) }
      #expect(try all(contents, .rgw, pageMax: pageMax) == byID)
    }
    let crowded = contents(160, 20)
    #expect(try all(crowded, .aws, pageMax: 50) != all(crowded, .rgw, pageMax: 50))
  }

  @Test func motoPagesNothingAndKnowsNoTime() throws {
    let contents = contents(160, 20)
    let request = try UploadsRequest(
      Query("max-uploads=3&key-marker=zzz&encoding-type=url".utf8), uploadsMax: 10, dialect: .moto)
    let (listed, listing) = try page(contents, request)
    let truth = truth(contents).sorted { ($0.initiated, $0.id) < ($1.initiated, $1.id) }
    #expect(listed.map(\.id) == truth.map(\.id) && !listing.isTruncated)
    #expect(Set(listed.map(\.initiated)) == ["2010-11-10T20:48:33.000Z"])
  }

  @Test func markersDifferByServer() throws {
    let contents = contents(40)
    let truth = try all(contents, .aws, pageMax: 1_000)
    let key = truth[8].key
    var request = UploadsRequest()
    request.isURLEncoded = true
    request.keyMarker = key.bytes
    #expect(try page(contents, request).listed == truth.filter { $0.key > key })
    request.dialect = .rgw
    #expect(Set(try page(contents, request).listed) == Set(truth.filter { $0.key >= key }))
    request.uploadIDMarker = Array("nonsense".utf8)
    #expect(try page(contents, request).listed.allSatisfy { $0.key >= key })
    request.dialect = .aws
    let error = #expect(throws: S3Error.self) { try page(contents, request) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func goesOnBehindAnUploadThatHasEnded() throws {
    var contents = contents(40)
    let truth = try all(contents, .aws, pageMax: 1_000)
    contents.uploads.end(Array(truth[8].id.utf8))
    var request = UploadsRequest()
    request.isURLEncoded = true
    request.keyMarker = truth[8].key.bytes
    request.uploadIDMarker = Array(truth[8].id.utf8)
    #expect(try page(contents, request).listed == Array(truth[9...]))
    request.keyMarker = []
    request.uploadIDMarker = []
    #expect(try page(contents, request).listed == truth.filter { $0 != truth[8] })
  }

  @Test func nightsEndUploadsAndBeginOthers() {
    let before = Set(truth(contents(300, 50, night: 3)))
    let after = Set(truth(contents(300, 50, night: 4)))
    let ended = before.subtracting(after)
    #expect((50...130).contains(ended.count), "30 percent of 300")
    #expect(after.subtracting(before).count == ended.count)
  }

  @Test(arguments: [1, 2, 3, 1_000])
  func pagesTileTheParts(pageMax: Int) throws {
    let model = contents(40).bucket.uploads
    var hasGaps = false
    for place in 0..<40 {
      let upload = model.upload(place: place, generation: 0, withParts: true)
      var found: [String] = []
      var marker = "0"
      while true {
        let query = Query("max-parts=\(pageMax)&part-number-marker=\(marker)".utf8)
        let page = try PartsPage(upload, query, partsMax: 1_000)
        let listing = try #require(
          ParsedListing(page.document(bucket: "logs", key: Array("k".utf8)).bytes))
        found += listing.entries.map { "\($0["PartNumber"] ?? "") \($0["Size"] ?? "")" }
        guard listing.isTruncated else { break }
        marker = listing.fields["NextPartNumberMarker"] ?? ""
      }
      #expect(found == upload.parts.map { "\($0.number) \($0.size)" })
      hasGaps = hasGaps || upload.parts.last?.number ?? 0 > upload.parts.count
    }
    #expect(hasGaps)
  }
}

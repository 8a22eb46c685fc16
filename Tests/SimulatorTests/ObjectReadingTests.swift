import Testing
import Vocabulary

@testable import Simulator

/// GET and HEAD of objects and versions, over the wire.
@Suite struct ObjectReadingTests {
  @Test func everyVersionHasTheBytesOfItsETag() throws {
    let fixture = try ObjectFixture()
    #expect(fixture.versions(inParts: true).count > 5 && fixture.versions(inParts: false).count > 5)
    for version in fixture.versions() {
      let object = try #require(version.object)
      let answer = try fixture.get(version)
      #expect(answer.status == 200 && answer.body.count == Int(object.size))
      #expect(answer.headers["etag"] == "\"\(object.etag)\"")
      #expect(answer.headers["x-amz-version-id"] == version.versionID)
      #expect(answer.headers["last-modified"] == version.lastModified.httpDate)
      let parts = stride(from: 0, to: answer.body.count, by: 700).map { begin in
        answer.body[begin..<min(begin + 700, answer.body.count)]
      }
      let digests = parts.flatMap { ContentDigest.md5(of: Array($0)) }
      #expect(
        object.etag
          == (object.size < 2_000 ? md5(answer.body) : "\(md5(digests))-\(parts.count)"))
    }
    let bodies = try fixture.versions().map { try fixture.bytes($0) }
    #expect(Set(bodies).count == bodies.count, "no two have the same bytes")
  }

  @Test func listingsShowTheSameETags() throws {
    let fixture = try ObjectFixture()
    let listed = try #require(
      ParsedListing(try fixture.client().get("/logs?versions&encoding-type=url").body))
    #expect(listed.simulatedVersions(isURLEncoded: true) == fixture.server.versions(of: "logs"))
    let plain = try fixture.client().get("/logs?list-type=2").text
    for object in fixture.server.objects(of: "logs") {
      #expect(plain.contains("&quot;\(object.etag)&quot;</ETag><Size>\(object.size)<"))
    }
  }

  @Test func aHeadAnswersWhatAGetDoes() throws {
    let fixture = try ObjectFixture(storageClass: "STANDARD_IA")
    let version = fixture.versions()[0]
    let kept = ["etag", "content-length", "last-modified", "x-amz-version-id", "accept-ranges"]
    for headers in [[], [("Range", "bytes=3-9")]] {
      let get = try fixture.get(version, headers)
      let head = try fixture.client().send("HEAD", ObjectFixture.target(version), headers: headers)
      #expect(head.status == get.status)
      for name in kept + ["content-range", "x-amz-storage-class"] {
        #expect(head.headers[name] == get.headers[name])
      }
      #expect(get.headers["x-amz-storage-class"] == "STANDARD_IA")
    }
  }

  @Test func rangesAreParts() throws {
    let fixture = try ObjectFixture()
    let version = fixture.versions(inParts: false)[0]
    let whole = try fixture.bytes(version)
    let size = whole.count
    let cases = [
      ("bytes=0-0", 0..<1), ("bytes=5-20", 5..<21), ("bytes=7-", 7..<size),
      ("bytes=-4", size - 4..<size), ("bytes=3-999999", 3..<size),
    ]
    for (header, range) in cases {
      let answer = try fixture.get(version, [("Range", header)])
      #expect(answer.status == 206 && answer.body == Array(whole[range]))
      #expect(
        answer.headers["content-range"]
          == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
    }
    let beyond = try fixture.get(version, [("Range", "bytes=\(size)-")])
    #expect(beyond.status == 416 && beyond.text.contains("<Code>InvalidRange</Code>"))
    #expect(try fixture.get(version, [("Range", "bytes=1-2,4-5")]).body == whole)
  }

  @Test func conditionsHold() throws {
    let fixture = try ObjectFixture()
    let version = fixture.versions()[0]
    let etag = try #require(version.object).etag
    for (name, value, status) in [
      ("If-Match", "\"\(etag)\"", 200), ("If-Match", etag, 200), ("If-Match", "\"x\"", 412),
      ("If-None-Match", "\"\(etag)\"", 304), ("If-None-Match", "\"x\"", 200),
    ] {
      #expect(try fixture.get(version, [(name, value)]).status == status, "\(name): \(value)")
    }
    let refused = try fixture.get(version, [("If-Match", "x"), ("Range", "bytes=0-1")])
    #expect(refused.text.contains("<Condition>If-Match</Condition>"))
  }

  @Test func partsAreToldByTheirNumbers() throws {
    let fixture = try ObjectFixture()
    let version = fixture.versions(inParts: true)[0]
    let whole = try fixture.bytes(version)
    let count = (whole.count + 699) / 700
    for number in 1...count {
      let answer = try fixture.get(version, also: "&partNumber=\(number)")
      let range = (number - 1) * 700..<min(number * 700, whole.count)
      #expect(answer.status == 206 && answer.body == Array(whole[range]))
      #expect(answer.headers["x-amz-mp-parts-count"] == "\(count)")
    }
    let beyond = try fixture.get(version, also: "&partNumber=\(count + 1)")
    #expect(beyond.status == 416 && beyond.text.contains("<Code>InvalidPartNumber</Code>"))
    let both = try fixture.get(version, [("Range", "bytes=0-1")], also: "&partNumber=1")
    #expect(both.status == 400 && both.text.contains("<Code>InvalidRequest</Code>"))
    #expect(try fixture.get(version, also: "&partNumber=0").status == 400)
    let single = fixture.versions(inParts: false)[0]
    let one = try fixture.get(single, also: "&partNumber=1")
    #expect(one.status == 206 && one.headers["x-amz-mp-parts-count"] == nil)
    #expect(try fixture.get(single, also: "&partNumber=2").status == 416)
  }

  @Test func markersAndStrangersAreRefused() throws {
    let fixture = try ObjectFixture { $0.versions.markerPercent = 30 }
    let marker = try #require(
      fixture.server.versions(of: "logs").first { $0.isLatest && $0.object == nil })
    let named = try fixture.get(marker)
    #expect(named.status == 405 && named.headers["x-amz-delete-marker"] == "true")
    let current = try fixture.client().get("/logs/\(marker.key.text)")
    #expect(current.status == 404 && current.headers["x-amz-delete-marker"] == "true")
    #expect(current.text.contains("<Code>NoSuchKey</Code>"))
    let other = fixture.versions().first { $0.key != marker.key }
    let foreign = formEncoded(Array(try #require(other).versionID.utf8))
    for (id, status, code) in [
      (foreign, 404, "NoSuchVersion"), ("x", 400, "InvalidArgument"),
    ] {
      let answer = try fixture.client().get("/logs/\(marker.key.text)?versionId=\(id)")
      #expect(answer.status == status && answer.text.contains("<Code>\(code)</Code>"))
    }
    #expect(try fixture.client().get("/logs/never").text.contains("<Code>NoSuchKey</Code>"))
  }

  @Test func serversHaveTheirHabits() throws {
    let rclone = try ObjectFixture(.none, dialect: .rclone)
    let version = rclone.versions(inParts: false)[0]
    let whole = try rclone.bytes(version)
    let part = try rclone.get(version, [("Range", "bytes=2-5")])
    #expect(part.status == 200 && part.body == Array(whole[2...5]))
    #expect(part.headers["content-range"] == nil)
    let rgw = try ObjectFixture(dialect: .rgw)
    let multipart = rgw.versions(inParts: true)[0]
    #expect(try rgw.get(multipart, also: "&partNumber=1").status == 200)
    let moto = try ObjectFixture(dialect: .moto)
    let target = ObjectFixture.target(moto.versions(inParts: true)[0]) + "&partNumber=1"
    #expect(try moto.client().get(target).status == 200)
    #expect(try moto.client().send("HEAD", target).status == 206)
  }

  @Test func whatWasPutIsReadBack() throws {
    let fixture = try ObjectFixture()
    let client = try fixture.client()
    let put = try client.send("PUT", "/logs/new", body: "hello")
    #expect(put.headers["etag"] == "\"\(md5("hello".utf8))\"")
    _ = try client.send("PUT", "/logs/new", body: "other")
    let id = formEncoded(Array((put.headers["x-amz-version-id"] ?? "").utf8))
    #expect(try client.get("/logs/new?versionId=\(id)").text == "hello")
    #expect(try client.get("/logs/new").text == "other")
    #expect(
      try client.get("/logs/new", headers: [("Range", "bytes=1-3")]).text == "the")
  }

  @Test func withoutContentsNothingChanges() throws {
    func etags(_ hasContents: Bool) throws -> [SimulatedObject] {
      try ObjectFixture { configuration in
        configuration.objects = ObjectsSpecification()
        configuration.objects.hasContents = hasContents
        // Whole objects are to be read here.
        configuration.objects.sizes = hasContents ? 1...10 : nil
      }.server.objects(of: "logs")
    }
    let plain = try etags(false)
    #expect(plain.contains { $0.size > 1 << 20 } && plain.count == 40)
    #expect(Set(plain.map(\.etag)).isDisjoint(with: try etags(true).map(\.etag)))
    let fixture = try ObjectFixture { $0.objects = ObjectsSpecification() }
    let large = try #require(fixture.versions().first { $0.object?.size ?? 0 > 1 << 30 })
    let last = try fixture.get(large, [("Range", "bytes=-5")])
    #expect(last.status == 206 && last.body.count == 5)
  }
}

import Testing
import Vocabulary

@testable import Simulator

/// Copies, uploads in parts, tags, and what goes wrong with requests that write.
@Suite struct CopyTests {
  private static func source(_ version: SimulatedVersion) -> (String, String) {
    let id = formEncoded(Array(version.versionID.utf8))
    return ("x-amz-copy-source", "/logs/\(version.key.text)?versionId=\(id)")
  }

  private func copies(_ fixture: ObjectFixture, _ key: String) -> [SimulatedVersion] {
    fixture.server.versions(of: "copies").filter { $0.key.text == key }
  }

  @Test func anyVersionIsCopied() throws {
    let fixture = try ObjectFixture { $0.objects.checksums = .sha256 }
    for version in [fixture.versions(inParts: true)[2], fixture.versions(inParts: false)[2]] {
      let answer = try fixture.client().send(
        "PUT", "/copies/new",
        headers: [Self.source(version), ("x-amz-storage-class", "STANDARD_IA")])
      let whole = try fixture.bytes(version)
      #expect(answer.status == 200 && answer.text.contains("&quot;\(md5(whole))&quot;"))
      #expect(answer.headers["x-amz-copy-source-version-id"] == version.versionID)
      let copy = try #require(copies(fixture, "new").first)
      #expect(answer.headers["x-amz-version-id"] == copy.versionID)
      #expect(copy.object?.etag == md5(whole) && copy.object?.storageClass == "STANDARD_IA")
      #expect(try fixture.client().get("/copies/new").body == whole)
    }
  }

  @Test func metadataAndTagsComeAlong() throws {
    let fixture = try ObjectFixture()
    let client = try fixture.client()
    _ = try client.send(
      "PUT", "/logs/a%2Bb",
      headers: [
        ("Content-Type", "text/csv"), ("x-amz-meta-who", "me"), ("x-amz-tagging", "a=1&b=%26"),
      ], body: "x,y")
    let source = ("x-amz-copy-source", "logs/a%2Bb")
    #expect(try client.send("PUT", "/copies/c", headers: [source]).status == 200)
    let copy = try client.get("/copies/c")
    #expect(copy.headers["content-type"] == "text/csv" && copy.headers["x-amz-meta-who"] == "me")
    #expect(copy.headers["x-amz-tagging-count"] == "2")
    #expect(try client.get("/copies/c?tagging").text.contains("<Value>&amp;</Value>"))
    let other = [
      source, ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-who", "you"),
      ("x-amz-tagging-directive", "REPLACE"),
    ]
    #expect(try client.send("PUT", "/copies/c", headers: other).status == 200)
    let replaced = try client.get("/copies/c")
    #expect(replaced.headers["x-amz-meta-who"] == "you")
    #expect(replaced.headers["x-amz-tagging-count"] == nil)
    let tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
    #expect(try client.send("PUT", "/copies/c?tagging", body: tags).status == 200)
    #expect(try client.get("/copies/c?tagging").text.contains("<Key>k</Key><Value>v</Value>"))
    #expect(try client.send("DELETE", "/copies/c?tagging").status == 204)
    #expect(try client.get("/copies/c").headers["x-amz-tagging-count"] == nil)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let fixture = try ObjectFixture { $0.objects.copyBytesMax = 3_000 }
    let version = try #require(fixture.versions(inParts: false).first { $0.isLatest })
    func copy(_ target: String, _ headers: [(String, String)]) throws -> String {
      let answer = try fixture.client().send("PUT", target, headers: headers)
      return "\(answer.status) "
        + (answer.text.firstMatch(of: /<Code>(\w+)</).map { String($0.output.1) } ?? "")
    }
    let source = Self.source(version)
    #expect(
      try copy("/copies/c", [source, ("x-amz-copy-source-if-match", "\"x\"")])
        == "412 PreconditionFailed")
    #expect(try copy("/logs/\(version.key.text)", [source]) == "400 InvalidRequest")
    #expect(try copy("/copies/c", [("x-amz-copy-source", "logs")]) == "400 InvalidArgument")
    #expect(try copy("/copies/c", [("x-amz-copy-source", "logs/no")]) == "404 NoSuchKey")
    #expect(try copy("/copies/c", [("x-amz-copy-source", "none/no")]) == "404 NoSuchBucket")
    let large = try #require(fixture.versions().first { $0.object?.size ?? 0 > 3_000 })
    #expect(try copy("/copies/c", [Self.source(large)]) == "400 InvalidRequest")
    #expect(
      try copy("/copies/\(version.key.text)", [source, ("If-None-Match", "*")])
        == "412 PreconditionFailed")
    let deleted = try fixture.client().send("DELETE", "/logs/\(version.key.text)")
    let id = formEncoded(Array((deleted.headers["x-amz-version-id"] ?? "").utf8))
    let marker = ("x-amz-copy-source", "logs/\(version.key.text)?versionId=\(id)")
    #expect(try copy("/copies/c", [marker]) == "400 InvalidRequest")
    let archived = try ObjectFixture(storageClass: "GLACIER")
    let answer = try archived.client().send(
      "PUT", "/copies/c", headers: [Self.source(archived.versions()[0])])
    #expect(answer.status == 403 && answer.text.contains("ObjectNotInActiveTierError"))
  }

  @Test func aLargeObjectIsCopiedInParts() throws {
    let fixture = try ObjectFixture { $0.objects.checksums = .crc64nvme }
    let client = try fixture.client()
    let version = try #require(fixture.versions().first { $0.object?.size ?? 0 > 2_000 })
    let whole = try fixture.bytes(version)
    let begun = try client.send(
      "POST", "/copies/big?uploads", headers: [("x-amz-meta-a", "b")], body: "")
    let id = try #require(ParsedListing(begun.body)?.fields["UploadId"])
    let target = "/copies/big?uploadId=\(formEncoded(Array(id.utf8)))"
    var xml = ""
    var digests: [UInt8] = []
    for (number, begin) in stride(from: 0, to: whole.count, by: 1_000).enumerated() {
      let end = min(begin + 1_000, whole.count)
      let answer = try client.send(
        "PUT", "\(target)&partNumber=\(number + 1)",
        headers: [Self.source(version), ("x-amz-copy-source-range", "bytes=\(begin)-\(end - 1)")])
      let etag = md5(whole[begin..<end])
      #expect(answer.status == 200 && answer.text.contains(etag))
      digests += ContentDigest.md5(of: Array(whole[begin..<end]))
      xml += "<Part><PartNumber>\(number + 1)</PartNumber><ETag>&quot;\(etag)&quot;</ETag></Part>"
    }
    let wrong = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>"
    #expect(try client.send("POST", target, body: wrong).text.contains("InvalidPart"))
    let done = try client.send(
      "POST", target, body: "<CompleteMultipartUpload>\(xml)</CompleteMultipartUpload>")
    let count = (whole.count + 999) / 1_000
    #expect(done.status == 200 && done.text.contains("\(md5(digests))-\(count)"))
    let read = try client.get("/copies/big", headers: [("x-amz-checksum-mode", "ENABLED")])
    #expect(read.body == whole && read.headers["x-amz-meta-a"] == "b")
    #expect(
      read.headers["x-amz-checksum-crc64nvme"]
        == ObjectChecksum(.crc64nvme, wholeOf: Content(whole)).text)
  }

  @Test func digestsThatComeWithBytesAreChecked() throws {
    let fixture = try ObjectFixture()
    func put(_ headers: [(String, String)], _ body: String = "hello") throws -> Int {
      try fixture.client().send("PUT", "/copies/c", headers: headers, body: body).status
    }
    let sum = ObjectChecksum(.crc32c, wholeOf: Content(Array("hello".utf8))).text
    #expect(try put([("x-amz-checksum-crc32c", sum)]) == 200)
    #expect(try put([("x-amz-checksum-crc32c", "AAAAAA==")]) == 400)
    #expect(try put([("Content-MD5", "AAAA")]) == 400)
    let chunks = "5;chunk-signature=a\r\nhello\r\n0\r\nx-amz-checksum-crc32c:\(sum)\r\n\r\n"
    let streaming = [("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    #expect(try put(streaming, chunks) == 200)
    #expect(try fixture.client().get("/copies/c").text == "hello")
    #expect(try put(streaming, "no chunks") == 400)
  }

  @Test(arguments: WriteFault.allCases)
  func writesMeetFaults(_ fault: WriteFault) throws {
    let fixture = try ObjectFixture(faults: [FaultSpecification(.write(fault), .firstOfKey(1))])
    let version = fixture.versions()[0]
    func copy() throws -> (Int, String)? {
      let (bytes, _) = try fixture.client().exchange(
        "/copies/c", method: "PUT", headers: [Self.source(version), ("Connection", "close")])
      let text = String(decoding: bytes, as: UTF8.self)
      return bytes.isEmpty ? nil : (Int(text.dropFirst(9).prefix(3)) ?? 0, text)
    }
    let first = try copy()
    let made = copies(fixture, "c").count
    switch fault {
    case .unavailable: #expect(first?.0 == 503 && made == 0)
    case .internalError: #expect(first?.0 == 500 && made == 0)
    case .errorIn200:
      #expect(
        first?.0 == 200 && first?.1.contains("<Code>InternalError</Code>") == true && made == 0)
    case .lost: #expect(first == nil && made == 1)
    case .unsent: #expect(first == nil && made == 0)
    }
    #expect(try copy()?.0 == 200 && copies(fixture, "c").count == made + 1)
    #expect(fixture.server.statistics.faults == [.write(fault): 1])
  }

  @Test func theLogTellsEveryRequest() throws {
    let fixture = try ObjectFixture()
    let version = fixture.versions()[0]
    _ = try fixture.get(version, [("Range", "bytes=0-1")])
    _ = try fixture.client().get("/logs/a%22b")
    let lines = try fixture.client().get("/_sim/log").text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].contains("\"operation\":\"GetObject\"") && lines[0].hasSuffix("\"status\":206}"))
    #expect(lines[0].contains("\"range\":\"bytes%3D0-1\"") && lines[0].contains("\"version\":\""))
    #expect(lines[1].contains("\"key\":\"a%22b\""))
    let counts = try fixture.client().get("/_sim/counts/logs").text
    #expect(counts == "{\"objects\":40,\"versions\":120,\"markers\":0}\n")
    let stats = try fixture.client().get("/_sim/stats").text
    #expect(stats.contains("\"bodies\":1,\"body_bytes\":2,"))
  }
}

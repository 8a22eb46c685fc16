import Restore
import Testing

private func checks(_ headers: [String: String]) -> [ContentCheck] {
  ContentFacts { headers[$0.lowercased()] }.checks
}

private func holds(_ check: ContentCheck, _ text: String, partSize: Int64? = nil) -> Bool {
  var running = RunningCheck(check, partSize: partSize)
  // In pieces, whose ends are no ends of parts.
  for piece in stride(from: 0, to: text.utf8.count, by: 3) {
    running.update(Array(Array(text.utf8)[piece...].prefix(3)))
  }
  return running.finish()
}

@Suite struct ContentCheckTests {
  private let md5OfA: [UInt8] = [
    0x0c, 0xc1, 0x75, 0xb9, 0xc0, 0xf1, 0xb6, 0xa8, 0x31, 0xc3, 0x99, 0xe2, 0x69, 0x77, 0x26, 0x61,
  ]

  @Test(arguments: [
    ("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-crc32c", "4waSgw=="),
    ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
    ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ("etag", "\"25f9e794323b453885f5181f1b624d0b\""),
  ])
  func comparesTheBytesWithWhatTheServerSays(header: String, value: String) throws {
    let check = try #require(checks([header: value]).first)
    #expect(holds(check, "123456789"))
    #expect(!holds(check, "123456780"))
  }

  @Test(arguments: [
    ["x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-checksum-sha1": "98O8HYCOBHMq32eZZczDTKeuNEE="],
    ["x-amz-checksum-crc32c": "4waSgw==-2", "etag": "\"25f9e794323b453885f5181f1b624d0b\""],
    ["etag": "\"8c7423f079d1d123f65ff1de7afac977-3\""],
    [
      "etag": "\"8c7423f079d1d123f65ff1de7afac977-3\"",
      "x-amz-meta-md5chksum": "DMF1ucDxtqgxw5niaXcmYQ==",
    ],
    [:],
  ])
  func findsTheBestCheckOfAllBytesAtOnce(headers: [String: String]) {
    let facts = ContentFacts { headers[$0.lowercased()] }
    #expect(facts.checkOfWhole == facts.checks.first { $0.partCount == nil })
  }

  @Test func readsTheDigestsThatOtherProgramsWrote() {
    #expect(checks(["x-amz-meta-md5chksum": "DMF1ucDxtqgxw5niaXcmYQ=="]) == [.stated(md5OfA)])
    let attributes =
      "atime:1/ctime:2/gid:0/gname:root/md5:0cc175b9c0f1b6a831c399e269772661/mode:33188"
    #expect(checks(["x-amz-meta-s3cmd-attrs": attributes]) == [.stated(md5OfA)])
    #expect(holds(.stated(md5OfA), "a"))
  }

  /// `printf '%s' abcd efgh i`, in parts of four bytes.
  @Test func cutsTheBytesIntoParts() throws {
    let check = try #require(checks(["etag": "\"8c7423f079d1d123f65ff1de7afac977-3\""]).first)
    #expect(check.partCount == 3)
    #expect(holds(check, "abcdefghi", partSize: 4))
    #expect(!holds(check, "abcdefghi", partSize: 3))
    #expect(!holds(check, "abcdefghj", partSize: 4))
    // Another count of parts is another object, whatever the bytes.
    #expect(!holds(check, "abcdefgh", partSize: 4))
  }

  @Test(arguments: ["aws:kms", "aws:kms:dsse"])
  func takesTheETagOfAnEncryptedObjectForNoDigest(encryption: String) {
    #expect(
      checks([
        "etag": "\"0cc175b9c0f1b6a831c399e269772661\"", "x-amz-server-side-encryption": encryption,
      ]).isEmpty)
  }

  @Test func takesTheETagOfAnObjectUnderACustomersKeyForNoDigest() {
    #expect(
      checks([
        "etag": "\"0cc175b9c0f1b6a831c399e269772661\"",
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
      ]).isEmpty)
  }

  @Test(arguments: [
    ["etag": "\"opaque\""], ["etag": "\"0cc1\""], ["x-amz-checksum-xxhash64": "AAAAAAAAAAA="],
    ["x-amz-checksum-crc32": "not base64"], ["x-amz-checksum-crc32": "AAAA"],
    ["x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-checksum-type": "COMPOSITE"], [:],
  ])
  func passesOverWhatItCannotCheck(headers: [String: String]) {
    #expect(checks(headers).isEmpty)
  }

  @Test func prefersWhatCombinesOverParts() {
    let found = checks([
      "etag": "\"0cc175b9c0f1b6a831c399e269772661\"",
      "x-amz-checksum-sha256": "FeKw09ofsk0vNH6O5nR/p6eWjFGlGF+XM2gK2n30aaw=",
      "x-amz-checksum-crc64nvme": "rosUhgp5mIg=", "x-amz-checksum-type": "FULL_OBJECT",
    ])
    guard case .whole(.crc64nvme, _) = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(found.count == 3)
  }

  @Test(
    arguments: [
      (15_728_640, 3, [5_242_880]), (10_485_760, 2, [5_242_880, 8_388_608]), (100, 1, [100]),
      (0, 1, []), (7_340_032, 7, [1_048_576]),
    ] as [(Int64, Int, [Int64])])
  func triesTheSizesThatPartsMayHave(size: Int64, count: Int, sizes: [Int64]) {
    #expect(PartSizes.candidates(size: size, count: count) == sizes)
  }
}

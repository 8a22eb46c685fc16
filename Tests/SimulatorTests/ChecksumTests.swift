import Testing
import Vocabulary

@testable import Simulator

/// Checksums and encryptions of objects, against published values and over the wire.
@Suite struct ChecksumTests {
  /// Check values of the catalogues of CRC algorithms, FIPS 180 and xxHash, of "123456789".
  @Test(arguments: [
    (ChecksumKind.crc32, "CBF43926"), (.crc32c, "E3069283"), (.crc64nvme, "AE8B14860A799888"),
    (.sha1, "F7C3BC1D808E04732ADF679965CCC34CA7AE3441"), (.xxhash64, "8CB841DB40E6AE83"),
    (.md5, "25F9E794323B453885F5181F1B624D0B"),
  ])
  func valuesAreThePublishedOnes(_ kind: ChecksumKind, _ expected: String) {
    let value = kind.value(of: Content(Array("123456789".utf8)))
    #expect(
      value.map { String(($0 >> 4), radix: 16) + String($0 & 15, radix: 16) }.joined()
        .uppercased() == expected)
  }

  /// An upload of three parts of 5 MiB, of A, B and C, as AWS answered it.
  @Test func anUploadInPartsHasTheChecksumsOfAWS() {
    var content = Content()
    for letter in "ABC".utf8 { content.append(Content(Array(repeating: letter, count: 5 << 20))) }
    let sizes = [Int64](repeating: 5 << 20, count: 3)
    #expect(ObjectChecksum(.crc64nvme, wholeOf: content).text == "i+6LR0y3eFo=")
    #expect(ObjectChecksum(.crc32, wholeOf: content).text == "WgDhBQ==")
    #expect(ObjectChecksum(.crc32, of: content, inParts: sizes).text.hasSuffix("-3"))
    #expect(
      ContentDigest.etag(of: content, partBytes: 5 << 20)
        == ContentDigest.md5(
          of: "ABC".utf8.flatMap {
            ContentDigest.md5(of: Array(repeating: $0, count: 5 << 20))
          }))
  }

  @Test func checksumsAreToldWhenTheyAreAskedFor() throws {
    let fixture = try ObjectFixture { $0.objects.checksums = .mixed }
    var seen: Set<String> = []
    for version in fixture.versions() {
      #expect(try fixture.get(version).headers["x-amz-checksum-type"] == nil)
      let answer = try fixture.get(version, [("x-amz-checksum-mode", "ENABLED")])
      let found = ChecksumKind.allCases.filter { answer.headers[$0.header] != nil }
      #expect(found.count <= 1)
      guard let kind = found.first else {
        seen.insert("none")
        continue
      }
      let type = try #require(answer.headers["x-amz-checksum-type"])
      seen.insert("\(kind.rawValue) \(type)")
      let content = Content(answer.body)
      let sizes = stride(from: 0, to: answer.body.count, by: 700).map {
        Int64(min(700, answer.body.count - $0))
      }
      let expected =
        type == "FULL_OBJECT"
        ? ObjectChecksum(kind, wholeOf: content) : ObjectChecksum(kind, of: content, inParts: sizes)
      #expect(answer.headers[kind.header] == expected.text)
    }
    #expect(seen.isSuperset(of: ["none", "crc64nvme FULL_OBJECT", "sha256 COMPOSITE"]))
  }

  @Test func othersKeysMakeETagsThatAreNoDigests() throws {
    for (choice, header) in [
      (EncryptionChoice.kms, "aws:kms"), (.dsse, "aws:kms:dsse"), (.aes256, "AES256"),
    ] {
      let fixture = try ObjectFixture { $0.objects.encryption = choice }
      for version in fixture.versions(inParts: false).prefix(4) {
        let answer = try fixture.get(version)
        #expect(answer.headers["x-amz-server-side-encryption"] == header)
        let isDigest = answer.headers["etag"] == "\"\(md5(answer.body))\""
        #expect(isDigest == (choice == .aes256))
        #expect(answer.headers["etag"] == version.object.map { "\"\($0.etag)\"" })
      }
    }
    let fixture = try ObjectFixture { $0.objects.encryption = .customer }
    let version = fixture.versions()[0]
    #expect(try fixture.get(version).status == 400)
    let key = [("x-amz-server-side-encryption-customer-algorithm", "AES256")]
    #expect(try fixture.get(version, key).status == 200)
  }
}

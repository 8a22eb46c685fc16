import Restore
import Signing
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

private func check(_ code: CyclicCode, _ bytes: [UInt8]) -> UInt64 {
  var state = code.start
  bytes.withUnsafeBytes { code.update(&state, with: $0) }
  return code.value(state)
}

@Suite struct CyclicCodeTests {
  /// The check values of the catalogue of parametrised CRC algorithms (Greg Cook).
  @Test(arguments: [
    (CyclicCode.crc32, UInt64(0xCBF4_3926)), (.crc32c, 0xE306_9283),
    (.crc64nvme, 0xAE8B_1486_0A79_9888),
  ])
  func hasTheCheckValueOfItsCatalogue(code: CyclicCode, value: UInt64) {
    #expect(check(code, Array("123456789".utf8)) == value)
    #expect(check(code, []) == 0)
  }

  @Test(arguments: [CyclicCode.crc32, .crc32c, .crc64nvme], 0..<40)
  func combinesPieces(code: CyclicCode, cut: Int) {
    let bytes = (0..<40).map { UInt8($0 &* 37 & 0xFF) }
    let (first, second) = (Array(bytes[..<cut]), Array(bytes[cut...]))
    let combined = code.combined(
      check(code, first), check(code, second), count: Int64(second.count))
    #expect(combined == check(code, bytes))
  }

  /// An object of three parts of 5 MiB of A, B and C, as AWS keeps it.
  @Test func agreesWithAnObjectOfThreeParts() {
    let parts = ["A", "B", "C"].map { [UInt8](repeating: $0.utf8.first ?? 0, count: 5 << 20) }
    func base64(_ code: CyclicCode) -> String {
      let sum = parts.dropFirst().reduce(check(code, parts[0])) {
        code.combined($0, check(code, $1), count: Int64($1.count))
      }
      return Data(code.bytes(of: sum)).base64EncodedString()
    }
    #expect(base64(.crc32) == "WgDhBQ==")
    #expect(base64(.crc64nvme) == "i+6LR0y3eFo=")

    var whole = RunningDigest(.md5)
    for part in parts {
      var digest = RunningDigest(.md5)
      digest.update(part)
      whole.update(digest.finish())
    }
    #expect(Hexadecimal.text(whole.finish()) == "b2add96cc9702bbf4efb0ccdfc6b7747")
  }
}

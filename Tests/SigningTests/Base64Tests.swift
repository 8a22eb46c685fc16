import Signing
import Testing

@Suite struct Base64Tests {
  // RFC 4648, 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func published(text: String, encoded: String) {
    #expect(Base64.bytes(encoded) == Array(text.utf8))
    #expect(Base64.urlText(Array(text.utf8)) == encoded.filter { $0 != "=" })
  }

  @Test func allDigits() throws {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let bytes = try #require(Base64.bytes(digits))
    #expect(bytes.count == 48)
    #expect(bytes.starts(with: [0x00, 0x10, 0x83]))
    #expect(Base64.urlText(bytes) == digits.dropLast(2) + "-_")
    #expect(Base64.urlText([0xFB, 0xFF]) == "-_8")
    #expect(Base64.bytes("+/8=") == [0xFB, 0xFF])
  }

  @Test func allBytes() throws {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count) }
      let text = Base64.urlText(bytes)
      #expect(text.utf8.count == (count * 8 + 5) / 6)
      let plain = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
      #expect(
        Base64.bytes(plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)) == bytes
      )
    }
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zm9v=", "Zm9vYg=", "Zg==Zg==", "Zm9v\n",
    " Zm9v", "Zm9v ", "Zm 9v", "Zm-v", "Zm_v",
    "Zm9vé", "Zg=A", "Z=g=", "\u{FF3A}g==", "Zm9v\0", "Zm9!", "????",
  ])
  func isNone(text: String) {
    #expect(Base64.bytes(text) == nil)
  }
}

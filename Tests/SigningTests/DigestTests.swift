import Signing
import Testing

@Suite struct DigestTests {
  // FIPS 180-4 examples; the last crosses a block boundary.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func hashesPublishedMessages(text: String, expected: String) {
    #expect(SHA256.hex(Array(text.utf8)) == expected)
    #expect(SHA256.hex(text.utf8) == expected)
    #expect(SHA256.hex(Array(text.utf8).reversed().reversed()) == expected)
    #expect(Hexadecimal.text(SHA256.digest(Array(text.utf8)[...])) == expected)
  }

  // FIPS 180-4 examples.
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
  ])
  func namesPublishedMessages(text: String, expected: String) {
    #expect(SHA1.hex(text.utf8) == expected)
  }

  // RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
  @Test(arguments: [
    (
      [UInt8](repeating: 0x0b, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func hashesUnderPublishedKeys(key: [UInt8], message: String, expected: String) {
    #expect(Hexadecimal.text(HMAC.sha256(key: key, message: Array(message.utf8))) == expected)
  }

  @Test func hashesUnderAnEmptyKey() {
    let expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    #expect(Hexadecimal.text(HMAC.sha256(key: [], message: [])) == expected)
  }

  @Test(
    arguments: [
      ([], [], true), ([1], [1], true), ([1], [2], false), ([1, 2], [1], false), ([], [0], false),
    ] as [([UInt8], [UInt8], Bool)])
  func comparesWholeSecrets(left: [UInt8], right: [UInt8], expected: Bool) {
    #expect(ConstantTime.areEqual(left, right) == expected)
  }
}

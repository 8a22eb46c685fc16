// This file and ES256.swift are all that calls libcrypto: another library, say CommonCrypto, would
// go behind an `#if` in these two and nowhere else.
internal import CCrypto

/// SHA-256, FIPS 180-4.
package enum SHA256 {
  /// Bytes of a digest.
  package static let digestBytes = 32

  /// The 32 bytes of the digest of `bytes`.
  ///
  /// Arrays, slices and native UTF-8 views are read in place; anything else is copied first.
  package static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let inPlace = bytes.withContiguousStorageIfAvailable { unsafe digest(of: $0) }
    return unsafe inPlace ?? Array(bytes).withUnsafeBufferPointer { unsafe digest(of: $0) }
  }

  /// The digest of `bytes` in 64 lower-case hexadecimal digits.
  package static func hex(_ bytes: some Collection<UInt8>) -> String {
    Hexadecimal.text(digest(bytes))
  }

  private static func digest(of buffer: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: digestBytes) { output, count in
      let result = unsafe EVP_Digest(
        buffer.baseAddress, buffer.count, output.baseAddress, nil, EVP_sha256(), nil)
      // Not a condition a caller can meet: only a libcrypto built without SHA-256 says no.
      precondition(result == 1, "libcrypto refused to compute SHA-256")
      count = digestBytes
    }
  }
}

/// SHA-1, FIPS 180-4: for names that others derive by it, never for trust.
package enum SHA1 {
  private static let digestBytes = 20

  /// The digest of `bytes` in 40 lower-case hexadecimal digits.
  package static func hex(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    let digest = unsafe [UInt8](unsafeUninitializedCapacity: digestBytes) { output, count in
      let result = unsafe EVP_Digest(
        bytes, bytes.count, output.baseAddress, nil, EVP_sha1(), nil)
      // As for SHA-256: no caller can bring this about.
      precondition(result == 1, "libcrypto refused to compute SHA-1")
      count = digestBytes
    }
    return Hexadecimal.text(digest)
  }
}

/// Keyed hashes, RFC 2104.
package enum HMAC {
  /// The 32 bytes of HMAC-SHA-256 of `message` under `key`; both may be empty.
  package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: SHA256.digestBytes) { output, count in
      let result = unsafe CCrypto.HMAC(
        EVP_sha256(), key, Int32(key.count), message, message.count, output.baseAddress, nil)
      unsafe precondition(result != nil, "libcrypto refused to compute HMAC-SHA-256")
      count = SHA256.digestBytes
    }
  }
}

/// Comparison of secrets.
package enum ConstantTime {
  /// Whether both are the same bytes, in a time that depends on their length alone.
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
  }
}

/// Hexadecimal digits: written in lower case, read in either.
package enum Hexadecimal {
  /// Two digits a byte.
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      digits.append(digit(byte >> 4))
      digits.append(digit(byte & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The bytes that some digits stand for; nil for an odd number of them, and for anything else.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(ofDigit: digits[index]), let low = value(ofDigit: digits[index + 1])
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// 0 to 15; nil for a byte that is no digit.
  package static func value(ofDigit byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

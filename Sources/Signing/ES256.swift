internal import CCrypto

/// ECDSA on the curve P-256 with SHA-256, as JSON Web Tokens use it (RFC 7518, 3.4).
package enum ES256 {
  /// Bytes of a coordinate, and of each half of a signature.
  fileprivate static let numberBytes = 32

  /// What a P-256 key in DER (RFC 5480) begins with, before the two coordinates: the algorithm, the
  /// curve, and 4 for a point that is not compressed.
  fileprivate static let publicKeyPrefix: [UInt8] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
  ]
}

/// A key to sign with; it never leaves libcrypto.
///
/// Freed exactly once, when it goes out of scope.
@safe package struct ES256PrivateKey: ~Copyable {
  private let key: OpaquePointer
  package let publicKey: ES256PublicKey

  /// Reads a key from PEM, `EC PRIVATE KEY` (RFC 5915) or `PRIVATE KEY` (PKCS #8).
  ///
  /// Nil for anything else: for a key of another curve, and for one behind a password, because
  /// nobody is asked for it.
  package init?(pem: String) {
    var pem = Array(pem.utf8)
    defer { unsafe OPENSSL_cleanse(&pem, pem.count) }
    guard let source = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
    defer { unsafe BIO_free(source) }
    // Without a callback libcrypto would ask for a password on the terminal.
    guard let key = unsafe PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil) else {
      ERR_clear_error()
      return nil
    }
    guard let publicKey = unsafe ES256PublicKey(of: key) else {
      unsafe EVP_PKEY_free(key)
      return nil
    }
    unsafe self.key = key
    self.publicKey = publicKey
  }

  deinit {
    unsafe EVP_PKEY_free(key)
  }

  /// A signature of `message`: the numbers r and s, 32 bytes each.
  ///
  /// No two are the same. Nil when the system has no randomness to give.
  package func signature(of message: [UInt8]) -> [UInt8]? {
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { return nil }
    // Two numbers of up to 33 bytes with their headers are 72 bytes.
    var encoded = [UInt8](repeating: 0, count: 80)
    var length = encoded.count
    let result = unsafe EVP_DigestSign(context, &encoded, &length, message, message.count)
    return result == 1 ? Self.numbers(in: encoded[..<length]) : nil
  }

  /// The two numbers of a signature in DER, which leaves out the zeros in front.
  private static func numbers(in encoded: ArraySlice<UInt8>) -> [UInt8]? {
    let signature = unsafe encoded.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      return unsafe d2i_ECDSA_SIG(nil, &start, buffer.count)
    }
    guard let signature = unsafe signature else { return nil }
    defer { unsafe ECDSA_SIG_free(signature) }
    var r = [UInt8](repeating: 0, count: ES256.numberBytes)
    var s = r
    let rCount = unsafe BN_bn2binpad(ECDSA_SIG_get0_r(signature), &r, Int32(r.count))
    let sCount = unsafe BN_bn2binpad(ECDSA_SIG_get0_s(signature), &s, Int32(s.count))
    return rCount == r.count && sCount == s.count ? r + s : nil
  }
}

/// A key to verify with: a point of the curve.
package struct ES256PublicKey: Hashable, Sendable {
  /// 32 bytes, big-endian.
  package let x: [UInt8]
  package let y: [UInt8]

  package init(x: [UInt8], y: [UInt8]) {
    precondition(x.count == ES256.numberBytes && y.count == ES256.numberBytes)
    self.x = x
    self.y = y
  }

  /// Nil for a key of another kind or curve.
  @unsafe fileprivate init?(of key: OpaquePointer) {
    let count = Int(unsafe i2d_PUBKEY(key, nil))
    guard count == ES256.publicKeyPrefix.count + 2 * ES256.numberBytes else { return nil }
    var encoded = [UInt8](repeating: 0, count: count)
    unsafe encoded.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      unsafe i2d_PUBKEY(key, &start)
    }
    guard encoded.starts(with: ES256.publicKeyPrefix) else { return nil }
    let point = encoded.dropFirst(ES256.publicKeyPrefix.count)
    x = Array(point.prefix(ES256.numberBytes))
    y = Array(point.suffix(ES256.numberBytes))
  }

  /// Whether `signature`, in the form of ``ES256PrivateKey/signature(of:)``, is one of `message`.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let encoded = Self.encoded(signature) else { return false }
    let key = ES256.publicKeyPrefix + x + y
    let decoded = unsafe key.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      return unsafe d2i_PUBKEY(nil, &start, buffer.count)
    }
    guard let decoded = unsafe decoded, let context = unsafe EVP_MD_CTX_new() else { return false }
    defer {
      unsafe EVP_MD_CTX_free(context)
      unsafe EVP_PKEY_free(decoded)
    }
    guard unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, decoded) == 1 else {
      return false
    }
    return unsafe EVP_DigestVerify(context, encoded, encoded.count, message, message.count) == 1
  }

  /// A signature in DER.
  private static func encoded(_ signature: [UInt8]) -> [UInt8]? {
    guard signature.count == 2 * ES256.numberBytes, let numbers = unsafe ECDSA_SIG_new() else {
      return nil
    }
    defer { unsafe ECDSA_SIG_free(numbers) }
    let halfBytes = Int32(ES256.numberBytes)
    let r = unsafe BN_bin2bn(Array(signature.prefix(ES256.numberBytes)), halfBytes, nil)
    let s = unsafe BN_bin2bn(Array(signature.suffix(ES256.numberBytes)), halfBytes, nil)
    // From here on the signature owns both numbers.
    guard unsafe ECDSA_SIG_set0(numbers, r, s) == 1 else {
      unsafe BN_free(r)
      unsafe BN_free(s)
      return nil
    }
    let count = Int(unsafe i2d_ECDSA_SIG(numbers, nil))
    guard count > 0 else { return nil }
    var encoded = [UInt8](repeating: 0, count: count)
    unsafe encoded.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      unsafe i2d_ECDSA_SIG(numbers, &start)
    }
    return encoded
  }
}

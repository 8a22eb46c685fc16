internal import CCrypto

/// A digest of bytes that come piece by piece.
///
/// ```swift
/// var digest = RunningDigest(.md5)
/// digest.update([0x61])
/// digest.finish()   // 0cc175b9c0f1b6a831c399e269772661, as 16 bytes
/// ```
@safe package struct RunningDigest: ~Copyable {
  package enum Function: Sendable {
    /// For ETags of S3, never for trust; so is SHA-1 for its checksums.
    case md5, sha1, sha256, sha512
  }

  private let context: OpaquePointer
  private let length: Int

  package init(_ function: Function) {
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    unsafe self.context = unsafe context
    let algorithm =
      switch function {
      case .md5: unsafe EVP_md5()
      case .sha1: unsafe EVP_sha1()
      case .sha256: unsafe EVP_sha256()
      case .sha512: unsafe EVP_sha512()
      }
    length =
      switch function {
      case .md5: 16
      case .sha1: 20
      case .sha256: 32
      case .sha512: 64
      }
    let result = unsafe EVP_DigestInit_ex(context, algorithm, nil)
    // Not a condition a caller can meet: only a libcrypto built without the function says no.
    precondition(result == 1, "libcrypto refused to begin a digest")
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let result = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(result == 1, "libcrypto refused to go on with a digest")
  }

  package mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// The digest of all bytes so far.
  package consuming func finish() -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: length) { output, count in
      let result = unsafe EVP_DigestFinal_ex(context, output.baseAddress, nil)
      precondition(result == 1, "libcrypto refused to end a digest")
      count = length
    }
  }
}

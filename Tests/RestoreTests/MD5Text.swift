import Signing

/// The MD5 of some bytes as an ETag has it.
enum MD5Text {
  static func of(_ bytes: [UInt8]) -> String {
    var digest = RunningDigest(.md5)
    digest.update(bytes)
    return Hexadecimal.text(digest.finish())
  }
}

/// What a bucket may be called.
enum BucketName {
  /// Whether some bytes may be the name of a bucket: of S3's servers one has 255 letters, digits, dots, hyphens and
  /// underscores at most (User Guide, "Bucket naming rules"), and none has a space, a slash or a control character.
  static func isOne(_ name: some Collection<UInt8>) -> Bool {
    (1...255).contains(name.count)
      && name.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
  }
}

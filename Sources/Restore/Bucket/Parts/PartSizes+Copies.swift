internal import S3

// How large the parts of a copy are.

extension PartSizes {
  /// Where nothing else decides; larger where there would be too many.
  private static let copyBytes: Int64 = 256 << 20

  /// Bytes of each part but the last of a copy in parts of `size` bytes.
  ///
  /// `own` is the size of the source's parts: with the same ones, the copy gets the same ETag. What the user
  /// asked for goes before that, and grows only where there would be over 10,000 parts.
  static func forCopy(size: Int64, asked: Int64?, own: Int64?) -> Int64 {
    var bytes = asked ?? own ?? copyBytes
    while bytes * CopyOptions.partsMax < size { bytes *= 2 }
    return min(bytes, CopyOptions.partBytesMax)
  }

  /// The size of the source's parts, if they are all of one size that a copy may have; nil otherwise.
  static func own(of first: ObjectHead, count: Int, size: Int64) -> Int64? {
    guard first.partsCount == count, let bytes = first["content-length"].flatMap({ Int64($0) }),
      bytes > 0, (size + bytes - 1) / bytes == count, Int64(count) <= CopyOptions.partsMax,
      count == 1 || (CopyOptions.partBytesMin...CopyOptions.partBytesMax).contains(bytes)
    else { return nil }
    return bytes
  }
}

/// Compresses as gzip does.
package enum Deflation {
  /// One member of gzip (RFC 1952) that holds these bytes; `level` 1 is the fastest, 9 the smallest.
  package static func gzip(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
    let stream = GzipStream(level: level)
    return stream.append(bytes) + stream.finish()
  }
}

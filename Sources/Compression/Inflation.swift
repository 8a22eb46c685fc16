internal import CZlib

/// Decompresses what RFC 1950 to 1952 describe, by zlib.
package enum Inflation {
  /// What the compressed bytes are wrapped in; raw values are zlib's window bits.
  package enum Wrapping: Int32 {
    case gzip = 31
    case zlib = 15
    case none = -15
  }

  package enum Failure: Error {
    /// Cut short, or changed on the way.
    case damaged
    /// More bytes than the caller takes.
    case tooLong
  }

  private static let chunkBytes = 64 << 10

  /// Appends what the stream that begins at `start` decompresses to, and returns where it ends.
  ///
  /// Sums that the stream has with it are checked. `output` never grows beyond `bytesMax`.
  package static func inflate(
    _ input: [UInt8], from start: Int = 0, _ wrapping: Wrapping, into output: inout [UInt8],
    bytesMax: Int
  ) throws(Failure) -> Int {
    // zlib remembers where its stream lies.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    guard unsafe czlib_begin_inflating(stream, wrapping.rawValue) == Z_OK else { throw .damaged }
    defer { _ = unsafe inflateEnd(stream) }
    var chunk = [UInt8](repeating: 0, count: chunkBytes)
    return try unsafe input.withUnsafeBufferPointer { (bytes) throws(Failure) -> Int in
      guard let base = bytes.baseAddress else { throw .damaged }
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: base + start)
      unsafe stream.pointee.avail_in = UInt32(clamping: bytes.count - start)
      while true {
        let code = unsafe step(stream, &chunk)
        let count = unsafe chunk.count - Int(stream.pointee.avail_out)
        guard count <= bytesMax - output.count else { throw .tooLong }
        output += chunk[..<count]
        switch code {
        case Z_OK: continue
        case Z_STREAM_END: return unsafe bytes.count - Int(stream.pointee.avail_in)
        // Among them Z_BUF_ERROR: the input has ended, the stream has not.
        default: throw .damaged
        }
      }
    }
  }

  private static func step(
    _ stream: UnsafeMutablePointer<z_stream>, _ chunk: inout [UInt8]
  ) -> Int32 {
    unsafe chunk.withUnsafeMutableBufferPointer { room in
      unsafe stream.pointee.next_out = room.baseAddress
      unsafe stream.pointee.avail_out = UInt32(room.count)
      return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
    }
  }
}

internal import CZlib

/// Compresses bytes that come piece by piece into one member of gzip (RFC 1952).
///
/// The same bytes give the same member: it has neither a name nor a time.
///
/// ```swift
/// let stream = GzipStream()
/// file.write(stream.append(bytes))
/// file.write(stream.finish())
/// ```
@safe package final class GzipStream {
  private let stream: UnsafeMutablePointer<z_stream>
  private var room = [UInt8](repeating: 0, count: 64 << 10)

  /// `level` 1 is the fastest, 9 the smallest.
  package convenience init(level: Int32 = 6) { self.init(level: level, .gzip) }

  init(level: Int32, _ wrapping: Inflation.Wrapping) {
    // zlib remembers where its stream lies.
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let begun = unsafe czlib_begin_deflating(stream, level, wrapping.rawValue)
    precondition(begun == Z_OK, "out of memory")
  }

  deinit {
    _ = unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// What is ready to be written after these bytes, which may be nothing.
  package func append(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, Z_NO_FLUSH) }

  /// What is left of the bytes so far, after which others can be read without knowing them.
  func flush() -> [UInt8] { deflate([], Z_FULL_FLUSH) }

  /// What is left; nothing may be appended then.
  package func finish() -> [UInt8] { deflate([], Z_FINISH) }

  private func deflate(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
    var output: [UInt8] = []
    unsafe bytes.withUnsafeBufferPointer { input in
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(input.count)
      repeat {
        let count = unsafe room.withUnsafeMutableBufferPointer { room in
          unsafe stream.pointee.next_out = room.baseAddress
          unsafe stream.pointee.avail_out = UInt32(room.count)
          _ = unsafe CZlib.deflate(stream, flush)
          return unsafe room.count - Int(stream.pointee.avail_out)
        }
        output += room[..<count]
        // As long as it fills the room, there may be more.
      } while unsafe stream.pointee.avail_out == 0
    }
    return output
  }
}

internal import CZlib

/// Compresses as gzip does.
package enum Deflation {
  /// One member of gzip (RFC 1952) that holds these bytes; `level` 1 is the fastest, 9 the smallest.
  package static func gzip(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    let begun = unsafe czlib_begin_deflating(stream, level, Inflation.Wrapping.gzip.rawValue)
    precondition(begun == Z_OK, "out of memory")
    defer { _ = unsafe deflateEnd(stream) }
    let bound = Int(unsafe deflateBound(stream, UInt(bytes.count)))
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { room, count in
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = room.baseAddress
        unsafe stream.pointee.avail_out = UInt32(clamping: room.count)
        let code = unsafe deflate(stream, Z_FINISH)
        precondition(code == Z_STREAM_END, "a member has less than four gigabytes")
        count = unsafe room.count - Int(stream.pointee.avail_out)
      }
    }
  }
}

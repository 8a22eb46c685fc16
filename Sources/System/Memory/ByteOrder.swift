#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Negative, zero or positive as some bytes sort before, with or after others.
///
/// They are compared byte by byte, as numbers from 0 to 255, and a beginning sorts before what goes on: it is
/// SQLite's BINARY collation.
///
/// By the C library, whose `memcmp` compares 32 bytes at a time where a loop in Swift takes them one by one.
package func byteOrder(of left: Span<UInt8>, relativeTo right: Span<UInt8>) -> Int32 {
  unsafe left.withUnsafeBytes { left in
    unsafe right.withUnsafeBytes { unsafe byteOrder(of: left, relativeTo: $0) }
  }
}

/// The same of bytes that lie somewhere in memory.
package func byteOrder(
  of left: UnsafeRawBufferPointer, relativeTo right: UnsafeRawBufferPointer
) -> Int32 {
  // Bytes that there are none of have no address; they sort by their number alone.
  let order =
    if let leftStart = left.baseAddress, let rightStart = right.baseAddress {
      unsafe memcmp(leftStart, rightStart, min(left.count, right.count))
    } else {
      Int32(0)
    }
  return order != 0 ? order : Int32((left.count - right.count).signum())
}

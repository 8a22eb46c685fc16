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
  let order = unsafe left.withUnsafeBytes { left in
    unsafe right.withUnsafeBytes { right in
      // An empty span has no address; it sorts by its length alone.
      guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else {
        return Int32(0)
      }
      return unsafe memcmp(leftStart, rightStart, min(left.count, right.count))
    }
  }
  return order != 0 ? order : Int32((left.count - right.count).signum())
}

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// The loops that every caller of the system needs: a call that a signal interrupted is made again, and
// one that did a part goes on with the rest.

/// The result of a call that a signal may interrupt, which is made until none does; nil when it failed,
/// with the reason in `errno`.
@inline(__always)
func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result? {
  while true {
    let result = call()
    if result != -1 { return result }
    if errno != EINTR { return nil }
  }
}

/// Writes all bytes to an open file: from its byte `offset` on, or, without one, where it stands.
///
/// With `isPatient` a file that takes nothing just now (EAGAIN) is tried again. False when it failed, with
/// the reason in `errno`.
func writeAll(
  _ bytes: Span<UInt8>, to descriptor: Int32, at offset: Int64? = nil, isPatient: Bool = false
) -> Bool {
  unsafe bytes.withUnsafeBytes { bytes in
    var done = 0
    while done < bytes.count {
      let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
      let rest = bytes.count - done
      let count = uninterrupted {
        if let offset {
          unsafe pwrite(descriptor, start, rest, off_t(offset) + off_t(done))
        } else {
          unsafe write(descriptor, start, rest)
        }
      }
      if let count {
        // No system does that; it must not become an endless loop.
        guard count > 0 else {
          errno = EIO
          return false
        }
        done += count
      } else if !isPatient || errno != EAGAIN {
        return false
      }
    }
    return true
  }
}

/// Fills a buffer from the byte `offset` of an open file on.
///
/// Returns how many bytes there were, fewer only at the end of the file; nil when it failed, with the reason
/// in `errno`.
func fill(_ buffer: inout [UInt8], from descriptor: Int32, at offset: Int64) -> Int? {
  unsafe buffer.withUnsafeMutableBytes { bytes in
    var done = 0
    while done < bytes.count {
      let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
      let rest = bytes.count - done
      let count = uninterrupted {
        unsafe pread(descriptor, start, rest, off_t(offset) + off_t(done))
      }
      guard let count else { return nil }
      if count == 0 { break }
      done += count
    }
    return done
  }
}

/// The next bytes of an open file, at most as many as the buffer has; zero at its end, nil when it failed,
/// with the reason in `errno`.
func readNext(into buffer: inout [UInt8], from descriptor: Int32) -> Int? {
  unsafe buffer.withUnsafeMutableBytes { bytes in
    uninterrupted { unsafe read(descriptor, bytes.baseAddress, bytes.count) }
  }
}

/// Whether an open file can be read (`POLLIN`) or written (`POLLOUT`) without waiting; false when so much time
/// has gone by, or a signal came.
///
/// A file that has failed counts as ready: reading or writing it tells why.
func isReady(_ descriptor: Int32, for event: Int32, milliseconds: Int32) -> Bool {
  var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
  let count = unsafe poll(&waiting, 1, milliseconds)
  return count > 0 || (count < 0 && errno != EINTR)
}

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file without a name, for bytes that come once and are read several times: it is gone with its owner,
/// however that ends.
package final class UnnamedFile: Sendable {
  private let descriptor: Descriptor
  private let folder: String

  /// - Throws: `SystemError`, such as for a folder that may not be written.
  package init(in folder: String) throws(SystemError) {
    self.folder = folder
    var template = Array("\(folder)/s3audit.XXXXXX".utf8CString)
    let number = unsafe template.withUnsafeMutableBufferPointer { name in
      unsafe name.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    guard number >= 0 else { throw SystemError("make a temporary file in", folder) }
    descriptor = Descriptor(number)
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    _ = unsafe unlink(template)
  }

  /// Writes all bytes, from the file's byte `offset` on.
  package func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        uninterrupted {
          unsafe pwrite(
            descriptor.number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done,
            off_t(offset) + off_t(done))
        }
      }
      guard let count else { throw SystemError("write a temporary file in", folder) }
      done += count
    }
  }

  /// The bytes from `offset` on, at most so many; none at the end.
  package func read(at offset: Int64, bytesMax: Int) throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: bytesMax)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      uninterrupted {
        unsafe pread(descriptor.number, bytes.baseAddress, bytes.count, off_t(offset))
      }
    }
    guard let count else { throw SystemError("read a temporary file in", folder) }
    buffer.removeLast(bytesMax - count)
    return buffer
  }
}

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file without a name, for bytes that wait on disk to be read, once or several times: it is gone with its
/// owner, however that ends.
///
/// Errors name its folder: `cannot write a temporary file in /tmp: No space left on device`.
package final class UnnamedFile: Sendable {
  private let descriptor: Descriptor
  private let folder: String

  /// Makes it on the file system of a folder.
  ///
  /// - Throws: `SystemError`, such as for a folder that may not be written.
  package init(in folder: String) throws(SystemError) {
    self.folder = folder
    var template = Array("\(folder)/s3audit.XXXXXX".utf8CString)
    let number = unsafe mkstemp(&template)
    guard number >= 0 else { throw SystemError("make a temporary file in", folder) }
    descriptor = Descriptor(number)
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    _ = unsafe unlink(template)
  }

  /// Writes all bytes, from the file's byte `offset` on.
  package func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
    try write(bytes.span, at: offset)
  }

  /// The same of bytes that lie somewhere in memory.
  package func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    guard writeAll(bytes, to: descriptor.number, at: offset) else {
      throw SystemError("write a temporary file in", folder)
    }
  }

  /// The bytes from `offset` on, at most so many; none at the end.
  package func read(at offset: Int64, bytesMax: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    guard let count = fill(&bytes, from: descriptor.number, at: offset) else {
      throw SystemError("read a temporary file in", folder)
    }
    bytes.removeLast(bytesMax - count)
    return bytes
  }

  /// So many bytes, which were written before.
  package func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    let bytes = try read(at: offset, bytesMax: count)
    guard bytes.count == count else {
      throw SystemError("read a temporary file in", folder, code: EIO)
    }
    return bytes
  }
}

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that is read from its beginning on; a pipe will do.
package final class SequentialFile: Sendable {
  private let path: String
  private let descriptor: Descriptor

  /// - Throws: `SystemError`; for a folder, too.
  package init(reading path: String) throws(SystemError) {
    guard let number = uninterrupted({ unsafe open(path, O_RDONLY | O_CLOEXEC) }) else {
      throw SystemError("read", path)
    }
    self.path = path
    descriptor = Descriptor(number)
  }

  init(_ descriptor: consuming Descriptor, path: String) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Writes a file anew, in the place of what it held.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    guard let number = uninterrupted({ unsafe open(path, flags, 0o666) }) else {
      throw SystemError("write", path)
    }
    let descriptor = Descriptor(number)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        uninterrupted { unsafe write(descriptor.number, bytes.baseAddress, bytes.count) }
      }
      guard let count else { throw SystemError("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// The next bytes, at most so many; none at the end.
  package func next(bytesMax: Int) throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: bytesMax)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      uninterrupted { unsafe read(descriptor.number, bytes.baseAddress, bytes.count) }
    }
    guard let count else { throw SystemError("read", path) }
    buffer.removeLast(bytesMax - count)
    return buffer
  }
}

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

  init(_ descriptor: consuming Descriptor, path: String) {
    self.path = path
    self.descriptor = descriptor
  }

  /// - Throws: `SystemError`; of a folder only `next` throws.
  package init(reading path: String) throws(SystemError) {
    guard let number = uninterrupted({ unsafe open(path, O_RDONLY | O_CLOEXEC) }) else {
      throw SystemError("read", path)
    }
    self.path = path
    descriptor = Descriptor(number)
  }

  /// Writes a file anew, in the place of what it held.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    guard let number = uninterrupted({ unsafe open(path, flags, 0o666) }) else {
      throw SystemError("write", path)
    }
    let descriptor = Descriptor(number)
    guard writeAll(bytes.span, to: descriptor.number) else {
      throw SystemError("write", path)
    }
  }

  /// The next bytes, at most so many; none at the end.
  package func next(bytesMax: Int) throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: bytesMax)
    guard let count = readNext(into: &buffer, from: descriptor.number) else {
      throw SystemError("read", path)
    }
    buffer.removeLast(bytesMax - count)
    return buffer
  }

  /// All bytes up to the end; nil when there are more than `bytesMax`, of which the rest is not read.
  package func rest(bytesMax: Int) throws(SystemError) -> [UInt8]? {
    var contents: [UInt8] = []
    while true {
      let bytes = try next(bytesMax: 65_536)
      if bytes.isEmpty { return contents }
      contents += bytes
      guard contents.count <= bytesMax else { return nil }
    }
  }
}

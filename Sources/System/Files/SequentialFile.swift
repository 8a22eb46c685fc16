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

  /// The same of a plain file, or a link to one: of anything else nobody waits for its end.
  ///
  /// - Throws: `SystemError`; `isNoPlainFile` for a pipe, a device or a folder.
  package init(readingPlain path: String) throws(SystemError) {
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK
    guard let number = uninterrupted({ unsafe open(path, flags) }) else {
      throw SystemError("read", path)
    }
    self.path = path
    descriptor = Descriptor(number)
    guard FileStatus.read({ unsafe fstat(number, $0) })?.kind == .file else {
      throw .noPlainFile("read", path)
    }
  }

  /// What is given to the process to read.
  ///
  /// - Throws: `SystemError` where there is nothing.
  package init(standardInput name: String) throws(SystemError) {
    let number = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    guard number >= 0 else { throw SystemError("read", name) }
    path = name
    descriptor = Descriptor(number)
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
    let number = descriptor.number
    var contents: [UInt8] = []
    // A large file is not copied again and again while the array grows.
    if let status = FileStatus.read({ unsafe fstat(number, $0) }), status.kind == .file {
      contents.reserveCapacity(min(Int(status.size), bytesMax))
    }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      guard let count = readNext(into: &buffer, from: number) else {
        throw SystemError("read", path)
      }
      if count == 0 { return contents }
      contents += buffer[..<count]
      guard contents.count <= bytesMax else { return nil }
    }
  }
}

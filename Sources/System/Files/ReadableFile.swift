#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A plain file that is read.
package struct ReadableFile: ~Copyable, Sendable {
  package let path: String
  package let status: FileStatus
  private let descriptor: Descriptor

  /// Nil when it is no plain file.
  init?(_ descriptor: consuming Descriptor, path: String) throws(SystemError) {
    let number = descriptor.number
    guard let status = FileStatus.read({ unsafe fstat(number, $0) }) else {
      throw SystemError("look at", path)
    }
    guard status.kind == .file else { return nil }
    self.path = path
    self.status = status
    self.descriptor = descriptor
  }

  /// Opens a plain file; nil where there is none of this name that can be read.
  ///
  /// A link is none, and a pipe does not block.
  /// Never for a file on which this process may have POSIX locks, as SQLite takes them on a database that
  /// is open: they are gone when any descriptor of the file is closed.
  package init?(plainAt path: String) {
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    guard let number = uninterrupted({ unsafe open(path, flags) }) else { return nil }
    let descriptor = Descriptor(number)
    guard let status = FileStatus.read({ unsafe fstat(number, $0) }), status.kind == .file else {
      return nil
    }
    self.path = path
    self.status = status
    self.descriptor = descriptor
  }

  /// So many bytes from the byte `offset` on; nil where the file ends before them, or cannot be read.
  package func bytes(_ count: Int, at offset: Int64) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return fill(&bytes, from: descriptor.number, at: offset) == count ? bytes : nil
  }

  /// Fills `buffer` from the file's byte `offset` on; returns how many bytes there were, fewer only at
  /// the end of the file.
  package func read(into buffer: inout [UInt8], at offset: Int64) throws(SystemError) -> Int {
    guard let done = fill(&buffer, from: descriptor.number, at: offset) else {
      throw SystemError("read", path)
    }
    return done
  }
}

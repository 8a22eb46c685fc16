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

  /// Fills `buffer` from the file's byte `offset` on; returns how many bytes there were, fewer only at
  /// the end of the file.
  package func read(into buffer: inout [UInt8], at offset: Int64) throws(SystemError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        uninterrupted {
          unsafe pread(
            descriptor.number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done,
            off_t(offset) + off_t(done))
        }
      }
      guard let count else { throw SystemError("read", path) }
      if count == 0 { break }
      done += count
    }
    return done
  }
}

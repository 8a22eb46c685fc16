internal import CSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that is being written, at any place and from any thread.
package final class WritableFile: Sendable {
  package let path: String
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor, path: String) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Writes all bytes, from the file's byte `offset` on.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
    guard writeAll(unsafe bytes.bindMemory(to: UInt8.self).span, to: descriptor.number, at: offset)
    else {
      throw SystemError("write", path)
    }
  }

  package func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
    guard writeAll(bytes.span, to: descriptor.number, at: offset) else {
      throw SystemError("write", path)
    }
  }

  /// Has the disk keep room for so many bytes, where it can say that there is none before they come.
  package func reserve(_ size: Int64) throws(SystemError) {
    #if !canImport(Darwin)
      // A file system that cannot do it is no reason to fail; a full one is.
      guard size > 0 else { return }
      let code = posix_fallocate(descriptor.number, 0, off_t(size))
      if code == ENOSPC || code == EDQUOT || code == EFBIG {
        throw SystemError("write", path, code: code)
      }
    #endif
  }

  /// Takes what stands behind a file's byte `size` away.
  package func cut(to size: Int64) throws(SystemError) {
    guard uninterrupted({ ftruncate(descriptor.number, off_t(size)) }) != nil else {
      throw SystemError("write", path)
    }
  }

  /// Gives the file the permissions of one that its user makes, and the time of its last change.
  package func finish(modifiedNanoseconds: Int64?) throws(SystemError) {
    guard fchmod(descriptor.number, mode_t(0o666) & ~Self.umask) == 0 else {
      throw SystemError("set the permissions of", path)
    }
    guard let modifiedNanoseconds else { return }
    let (seconds, rest) = modifiedNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    // The fraction counts upwards, before 1970 too.
    let time =
      rest < 0
      ? timespec(tv_sec: time_t(seconds - 1), tv_nsec: Int(rest + 1_000_000_000))
      : timespec(tv_sec: time_t(seconds), tv_nsec: Int(rest))
    let times = [timespec(tv_sec: 0, tv_nsec: csystem_utime_omit()), time]
    guard unsafe futimens(descriptor.number, times) == 0 else {
      throw SystemError("set the time of", path)
    }
  }

  /// Has the file's bytes put on the disk.
  package func flush() throws(SystemError) {
    #if canImport(Darwin)
      let result = uninterrupted { fcntl(descriptor.number, F_FULLFSYNC) }
    #else
      let result = uninterrupted { fsync(descriptor.number) }
    #endif
    guard result != nil else { throw SystemError("flush", path) }
  }

  package func status() throws(SystemError) -> FileStatus {
    let number = descriptor.number
    guard let status = FileStatus.read({ unsafe fstat(number, $0) }) else {
      throw SystemError("look at", path)
    }
    return status
  }

  /// The permissions that the process takes from new files.
  ///
  /// The system tells them only to who sets them, so they are read once, before anything is made.
  static let umask: mode_t = {
    let mask = setUmask(0)
    _ = setUmask(mask)
    return mask
  }()

  private static func setUmask(_ mask: mode_t) -> mode_t {
    #if canImport(Darwin)
      Darwin.umask(mask)
    #elseif canImport(Glibc)
      Glibc.umask(mask)
    #else
      Musl.umask(mask)
    #endif
  }
}

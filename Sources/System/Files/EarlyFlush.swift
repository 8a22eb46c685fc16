internal import CSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Has the system write to the disk what was written to a file so far, and does not wait for it: the flush in the end
/// finds less to do.
///
/// Linux alone can be told so (sync_file_range(2)); elsewhere nothing happens.
package struct EarlyFlush: ~Copyable {
  private let descriptor: Descriptor

  package init(of path: String) throws(SystemError) {
    guard let number = uninterrupted({ unsafe open(path, O_WRONLY | O_CLOEXEC) }) else {
      throw SystemError("open", path)
    }
    descriptor = Descriptor(number)
  }

  package func begin() {
    csystem_begin_flush(descriptor.number)
  }
}

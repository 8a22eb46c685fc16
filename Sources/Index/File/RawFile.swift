#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A plain file, read byte by byte.
///
/// Never for an index or its `-shm` that this process may have open: SQLite's locks on a file are gone when
/// any descriptor of it is closed (https://www.sqlite.org/howtocorrupt.html, section 2.2).
struct RawFile: ~Copyable {
  private let descriptor: Int32
  let bytes: Int64

  /// Nil where there is no plain file of this name that can be read; a link is none.
  init?(path: String) {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard opened >= 0 else { return nil }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      return nil
    }
    descriptor = opened
    bytes = Int64(status.st_size)
  }

  deinit {
    close(descriptor)
  }

  /// As many bytes; nil where the file ends before them.
  func read(_ count: Int, at offset: Int64) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return pread(descriptor, &bytes, count, off_t(offset)) == count ? bytes : nil
  }
}

extension [UInt8] {
  /// Four bytes as SQLite writes a number.
  func number(at position: Int) -> UInt32 {
    self[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}

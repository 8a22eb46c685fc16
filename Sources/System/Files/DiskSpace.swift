#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The space that is left on a file system.
package enum DiskSpace {
  /// Bytes that this user may still write where `path` is, or where it would be made; nil when
  /// nobody knows.
  package static func free(at path: String) -> Int64? {
    var nearest = path
    var space = statvfs()
    while unsafe statvfs(nearest, &space) != 0 {
      guard errno == ENOENT, nearest != ".", nearest != "/" else { return nil }
      nearest = FileSystem.folder(of: nearest)
    }
    return Int64(clamping: UInt64(space.f_bavail) * UInt64(space.f_frsize))
  }
}

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The files of an index, as the file system knows them.
package struct IndexFiles: Equatable, Sendable {
  package var bytes: Int64
  /// The size of the write-ahead log; zero without one.
  package var logBytes: Int64
  /// Whether anyone but the owner may read or write one of them.
  package var isOpenToOthers: Bool
  /// Whether a sync may write them, and make those that are missing.
  package var isWritable: Bool

  /// Nil when there is no such file.
  package init?(path: String) {
    guard let file = Self.status(path) else { return nil }
    let log = Self.status(RealPath.of(path) + "-wal")
    bytes = Int64(file.st_size)
    logBytes = log.map { Int64($0.st_size) } ?? 0
    let modes = file.st_mode | (log?.st_mode ?? 0)
    isOpenToOthers = modes & 0o077 != 0
    isWritable = IndexFile.isWritable(at: path)
  }

  /// Why no index could be made at `path`, where there is none; nil when one could.
  package static func obstacle(at path: String) -> String? {
    var folder = PrivateFile.folder(of: path)
    // Missing folders are made.
    while !PrivateFile.exists(at: folder), folder != ".", folder != "/" {
      folder = PrivateFile.folder(of: folder)
    }
    guard PrivateFile.isFolder(at: folder) else { return "\(folder) is no folder" }
    return PrivateFile.admitsFiles(folder: folder) ? nil : "\(folder) cannot be written"
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}

/// The space that is left on a file system.
package enum DiskSpace {
  /// Bytes that this user may still write where `path` is, or where it would be made; nil when
  /// nobody knows.
  package static func free(at path: String) -> Int64? {
    var nearest = path
    var space = statvfs()
    while statvfs(nearest, &space) != 0 {
      guard errno == ENOENT, nearest != ".", nearest != "/" else { return nil }
      let folder = nearest.lastIndex(of: "/").map { nearest[..<$0] } ?? "."
      nearest = folder.isEmpty ? "/" : String(folder)
    }
    return Int64(clamping: UInt64(space.f_bavail) * UInt64(space.f_frsize))
  }
}

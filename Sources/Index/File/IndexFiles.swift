internal import System

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
    guard let file = FileSystem.status(of: path) else { return nil }
    let log = FileSystem.status(of: RealPath.of(path) + "-wal")
    bytes = file.size
    logBytes = log?.size ?? 0
    let modes = file.mode | (log?.mode ?? 0)
    isOpenToOthers = modes & 0o077 != 0
    isWritable = IndexFile.isWritable(at: path)
  }

  /// Why no index could be made at `path`, where there is none; nil when one could.
  package static func obstacle(at path: String) -> String? {
    var folder = FileSystem.folder(of: path)
    // Missing folders are made.
    while !FileSystem.exists(at: folder), folder != ".", folder != "/" {
      folder = FileSystem.folder(of: folder)
    }
    guard PrivateFile.isFolder(at: folder) else { return "\(folder) is no folder" }
    return FileSystem.admitsFiles(folder: folder) ? nil : "\(folder) cannot be written"
  }
}

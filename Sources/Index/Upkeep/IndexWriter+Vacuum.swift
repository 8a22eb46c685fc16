internal import SQLite
internal import System
internal import Vocabulary

extension IndexWriter {
  /// The bytes of an index before it was written anew and after that.
  package struct Vacuumed: Equatable, Sendable {
    package var before: Int64
    package var after: Int64
  }

  /// Writes the index anew without the space of what was removed from it.
  ///
  /// SQLite copies all of it beside itself and takes the copy in through the log, so that readers see the old
  /// one until the end: twice its size must be free (https://www.sqlite.org/lang_vacuum.html). What was
  /// ended half way has changed nothing.
  ///
  /// - Throws: `VacuumError.noRoom`; `SQLiteError` `.interrupted` soon after `shouldStop` turns true.
  package func vacuum(shouldStop: @escaping @Sendable () -> Bool) throws -> Vacuumed {
    let before = IndexFiles(path: path)?.bytes ?? 0
    let folder = FileSystem.folder(of: RealPath.of(path))
    if let free = DiskSpace.free(at: folder), free < 2 * before {
      throw VacuumError.noRoom(path: path, needed: 2 * before, free: free)
    }
    // Its copy goes beside the index, where the room was looked for, and not into memory.
    try connection.execute(script: "PRAGMA temp_store = FILE;")
    try connection.execute(
      script: "PRAGMA temp_store_directory = '\(folder.replacing("'", with: "''"))';")
    connection.setProgressCheck(shouldStop)
    defer { connection.clearProgressCheck() }
    try connection.execute(script: "VACUUM;")
    _ = try rest()
    return Vacuumed(before: before, after: IndexFiles(path: path)?.bytes ?? 0)
  }
}

/// Why an index was not written anew.
package enum VacuumError: Error, Equatable, CustomStringConvertible {
  case noRoom(path: String, needed: Int64, free: Int64)

  package var description: String {
    switch self {
    case .noRoom(let path, let needed, let free):
      "there is no room to write \(path) anew: \(ByteUnit.auto.text(needed)) are needed, "
        + "\(ByteUnit.auto.text(free)) free"
    }
  }
}

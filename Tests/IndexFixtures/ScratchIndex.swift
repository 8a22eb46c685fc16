import Foundation
package import Index
package import SQLite
package import TestSupport
package import Vocabulary

/// An index in a folder of its own, which goes with the last reference to it.
///
/// Tests write it with `writer()`, and look into it through connections of their own: as the queries
/// do with `reader()`, or row by row with `contents(of:)`, `texts(_:)` and their like.
package final class ScratchIndex: Sendable {
  package let folder: TemporaryFolder
  package let path: String
  /// The clock of everything that writes and reads this index.
  package let time: VirtualTime

  /// The clock stands at `start` until a test moves it.
  package convenience init() throws {
    try self.init(time: VirtualTime(millisecondsSinceEpoch: Self.start.millisecondsSinceEpoch))
  }

  package init(time: VirtualTime) throws {
    folder = try TemporaryFolder()
    path = folder.file("index.sqlite3")
    self.time = time
  }

  /// An index whose clock moves at each look, as that of a sync does.
  package static func ticking(milliseconds: Int64 = 1) throws -> ScratchIndex {
    try ScratchIndex(
      time: VirtualTime(
        millisecondsSinceEpoch: start.millisecondsSinceEpoch, tickMilliseconds: milliseconds))
  }

  package static let start = Timestamp(year: 2026, month: 11, day: 20)

  package func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: time.now()) }

  package func writer() throws -> IndexWriter {
    try patiently { try IndexWriter(path: path, now: now) }
  }

  package func reader() throws -> IndexReader { try IndexReader(path: path, now: now()) }

  package func connection(_ mode: Connection.Mode = .readOnly) throws -> Connection {
    try Connection(path: path, mode: mode)
  }

  /// Runs a script on the file behind the writer's back.
  package func execute(_ script: String) throws {
    let connection = try connection(.readWrite)
    try connection.setBusyTimeout(milliseconds: 10_000)
    try connection.execute(script: script)
  }

  /// A copy of the file as a process killed right now would leave it.
  package func copyAfterKill() throws -> ScratchIndex {
    let copy = try ScratchIndex(time: time)
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy.path + suffix)
    }
    return copy
  }
}

/// Tries again while this process itself seems to hold a lock that it has let go.
///
/// Another test may be starting a program just now: until the child has become that program, it has
/// a copy of every open file, locks included.
package func patiently<Result>(_ body: () throws -> Result) throws -> Result {
  for _ in 0..<10_000 {
    do {
      return try body()
    } catch IndexError.busy(_, let pid) where pid == getpid() {
      sched_yield()
    }
  }
  return try body()
}

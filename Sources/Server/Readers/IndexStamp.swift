internal import Signing
internal import System
internal import Vocabulary

/// What the file system says of an index: it changes whenever the index does.
package struct IndexStamp: Equatable, Sendable {
  private struct File: Equatable, Sendable {
    var identity: FileIdentity
    var size: Int64
    var modifiedNanoseconds: Int64
    var changedNanoseconds: Int64

    init?(at path: String) {
      guard let status = FileSystem.status(of: path) else { return nil }
      identity = FileIdentity(device: status.device, inode: status.inode)
      size = status.size
      modifiedNanoseconds = status.modifiedNanoseconds
      changedNanoseconds = status.changedNanoseconds
    }
  }

  private var file: File?
  private var log: File?

  /// The size of the log's file; 0 without one.
  var logBytes: Int64 { log?.size ?? 0 }

  /// Whether a sync has added to the log a moment ago; it commits four times a second.
  func isBeingWritten(at now: Timestamp) -> Bool {
    guard let log, log.size > 0 else { return false }
    return abs(now.millisecondsSinceEpoch - log.modifiedNanoseconds / 1_000_000) < 1_000
  }

  package init(path: String) {
    let path = RealPath.of(path)
    file = File(at: path)
    log = File(at: path + "-wal")
  }

  /// Whether a reader that was opened at this stamp may answer at another.
  ///
  /// What a sync writes goes into its log, which a reader follows by itself. A file that is another, or was written
  /// other than by SQLite (a copy over it, a restore), is read anew; so is one whose log has appeared or gone,
  /// because a reader that found none may have been told that nobody writes.
  func servesReader(openedAt other: IndexStamp) -> Bool {
    file == other.file && log?.identity == other.log?.identity
  }

  /// Text that changes whenever the index does.
  package var text: String {
    Hexadecimal.text(Array(SHA256.digest(Array("\(self)".utf8)).prefix(8)))
  }
}

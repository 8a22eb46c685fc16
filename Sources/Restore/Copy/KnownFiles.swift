internal import S3
internal import SQLite
internal import System
package import Vocabulary

/// What earlier restores put under neighbouring keys: read at once, and walked beside the keys that are
/// wanted, in their order.
package struct KnownFiles {
  fileprivate var files: ArraySlice<(key: Key, file: KnownFile)>

  /// What is known of a key; it and all before it are passed.
  ///
  /// Keys have to be asked for in their order.
  package mutating func next(_ key: Key) -> KnownFile? {
    while let first = files.first, first.key <= key {
      files.removeFirst()
      if first.key == key { return first.file }
    }
    return nil
  }
}

/// What a file was when it was found to be right.
package struct KnownFile: Sendable {
  package let versionID: String
  package let etag: String
  let size: Int64
  let modifiedNanoseconds: Int64
  let changedNanoseconds: Int64
  let inode: UInt64
  let recordedNanoseconds: Int64

  /// Whether a file is still that one, and the one that is wanted.
  ///
  /// Without an ETag, the version id alone tells: only `null` can be overwritten, and then `etag` has to be
  /// known, unless `takesNull` says that a version that may have been overwritten since is good enough.
  func isRight(
    versionID: String, etag: String?, status: FileStatus, takesNull: Bool = false
  ) -> Bool {
    guard status.kind == .file, versionID == self.versionID else { return false }
    guard versionID != "null" || etag != nil || takesNull else { return false }
    // Listings and manifests write it with quotes or without.
    return (etag.map { unquotedETag($0) == unquotedETag(self.etag) } ?? true)
      && size == status.size && modifiedNanoseconds == status.modifiedNanoseconds
      && changedNanoseconds == status.changedNanoseconds && inode == status.inode
      && DigestIndex.isSettled(status, recorded: recordedNanoseconds)
  }
}

extension DigestIndex {
  /// What is known from one key through another; nil when that is of more than `countMax` files.
  ///
  /// A folder may hold many that are not wanted this time: those are looked up one by one.
  package func known(
    from first: Key, through last: Key, countMax: Int
  ) throws -> KnownFiles? {
    let files = try database.all(
      """
      SELECT version_id, etag, size, modified_ns, changed_ns, inode, recorded_ns, path FROM file
      WHERE root_id = ?1 AND path >= ?2 AND path <= ?3 ORDER BY path LIMIT ?4
      """,
      .integer(root), .text(first.bytes), .text(last.bytes), .integer(Int64(countMax) + 1)
    ) { (key: Key($0.bytes(at: 7)), file: Self.file($0)) }
    return files.count > countMax ? nil : KnownFiles(files: files[...])
  }

  /// What is known of one key.
  func known(_ key: Key) throws -> KnownFile? {
    try database.first(
      """
      SELECT version_id, etag, size, modified_ns, changed_ns, inode, recorded_ns FROM file
      WHERE root_id = ?1 AND path = ?2
      """, .integer(root), .text(key.bytes)
    ) { Self.file($0) }
  }

  private static func file(_ row: borrowing Statement) -> KnownFile {
    KnownFile(
      versionID: row.string(at: 0), etag: row.string(at: 1), size: row.int64(at: 2),
      modifiedNanoseconds: row.int64(at: 3), changedNanoseconds: row.int64(at: 4),
      inode: UInt64(bitPattern: row.int64(at: 5)), recordedNanoseconds: row.int64(at: 6))
  }
}

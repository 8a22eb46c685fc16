internal import Migrations
internal import SQLite
internal import System
package import Vocabulary

/// Another index, whose buckets are taken into one of ours; nothing of it is written.
package struct OtherIndex: Sendable {
  package let path: String

  /// Looks at the file as at any index, and through it as `check` does, but for the rows of objects: those are
  /// counted as they are copied.
  ///
  /// - Throws: `OtherIndexError`; `IndexError` for what is no index; `SQLiteError` `.interrupted` soon after
  ///   `shouldStop` turns true.
  package init(
    _ path: String, into own: String, now: Timestamp,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    self.path = path
    if let identity = FileIdentity(at: path), identity == FileIdentity(at: own) {
      throw OtherIndexError.isOwn(path: path)
    }
    try requireVersion()
    var scope = IndexCheck.Scope()
    scope.isQuick = true
    let result = try IndexCheck(path: path, now: now, shouldStop: shouldStop).run(scope)
    guard let first = result.findings.first else { return }
    throw OtherIndexError.unsound(
      path: path,
      finding: first.table == "file"
        ? first.found : "\(first.table): expected \(first.expected), found \(first.found)")
  }

  /// An index that would have to be written to be read is left to its owner.
  private func requireVersion() throws {
    do {
      let connection = try opened()
      try IndexFile.identify(connection, path: path) {
        let migrator = Migrator(
          path: path, migrations: Migrations.migrations, views: Migrations.views)
        let version = try migrator.version(of: connection)
        guard version > 0 else { throw IndexError.missing(path: path) }
        guard try version == Migrations.migrations.count && migrator.hasViews(connection) else {
          throw OtherIndexError.otherVersion(path: path)
        }
      }
    } catch let error as SQLiteError where error.isUnfinishedTransaction {
      throw OtherIndexError.unfinished(path: path)
    }
  }

  private static let patience: Int32 = 10_000

  /// Lets a connection read it as database `other`.
  func attach(to connection: borrowing Connection) throws {
    let path = RealPath.of(path)
    try connection.attach(path, as: "other", isImmutable: try IndexFile.needsImmutable(path))
  }

  /// A connection that reads it.
  func opened() throws -> Connection {
    try IndexFile.connect(path: path, busyTimeoutMilliseconds: Self.patience)
  }
}

/// Why another index is not taken over; ours is as it was.
package enum OtherIndexError: Error, Equatable, CustomStringConvertible {
  case isOwn(path: String)
  case otherVersion(path: String)
  /// The process that wrote it was killed in its first moments.
  case unfinished(path: String)
  case unsound(path: String, finding: String)

  package var description: String {
    switch self {
    case .isOwn(let path): "\(path) is the index that it would be imported into"
    case .otherVersion(let path): "\(path) is of another version of s3audit"
    case .unfinished(let path): "\(path) was left half written by a process that was killed"
    case .unsound(let path, let finding): "\(path) is damaged, or contradicts itself: \(finding)"
    }
  }
}

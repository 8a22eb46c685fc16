package import System
package import Vocabulary

/// What may be removed of a folder when all that is wanted is there.
package struct DeletionRules: Sendable {
  /// Files that are the program's own, wherever they stand.
  package var ownFiles: Set<FileIdentity> = []
  /// Keys that are left alone.
  package var isIgnored: @Sendable (Key) -> Bool = { _ in false }
  /// Whether a folder that no restore made, or found empty, may be emptied, too.
  package var allowsForeign = false
  /// Says what is about to go; false keeps it.
  package var confirm: @Sendable (Surplus) async throws -> Bool

  package init(confirm: @escaping @Sendable (Surplus) async throws -> Bool) {
    self.confirm = confirm
  }
}

/// What stands in a folder that is not wanted.
package struct Surplus: Equatable, Sendable {
  /// Files and links.
  package var files: Int64 = 0
  package var bytes: Int64 = 0
  /// Folders that have nothing else in them.
  package var folders: Int64 = 0
  /// Files and links that stay.
  package var filesKept: Int64 = 0
  /// Files that earlier restores left unfinished, which are among none of the others.
  package var leftovers: Int64 = 0

  package var isNothing: Bool { files == 0 && folders == 0 }

  /// Whether more goes than stays.
  package var isMost: Bool { files > filesKept }

  package init() {}
}

/// What became of what is not wanted.
package enum DeletionOutcome: Sendable {
  /// It is gone, but for what the system refused to remove.
  case done(Surplus, failures: [SystemError])
  /// Nothing was removed.
  case kept(Reason)

  package enum Reason: Equatable, Sendable {
    /// Nothing is wanted: an empty list would empty the folder.
    case nothingWanted
    /// Some keys are not there.
    case troubles
    /// What stands in the folder did not come by restores.
    case foreignFolder
    /// It was not agreed to.
    case notConfirmed
  }

  var isDone: Bool {
    switch self {
    case .done: true
    case .kept: false
    }
  }
}

internal import System
internal import Vocabulary

/// Goes through a folder and all below it, on its own file system and through no link, and finds what is not
/// wanted: files, links, and folders that have nothing else in them.
struct SurplusWalk {
  struct Found {
    var key: Key
    var kind: FileStatus.Kind
    var bytes: Int64
  }

  /// Says whether what was found is gone.
  typealias Act = (Found, Folder, FileName) throws(SystemError) -> Bool

  private let tree: ConfinedTree
  private let rules: DeletionRules
  private let wantedInodes: Set<UInt64>
  private(set) var surplus = Surplus()
  /// What could not be read or removed.
  private(set) var failures: [SystemError] = []

  init(_ tree: ConfinedTree, _ rules: DeletionRules, _ wantedInodes: Set<UInt64>) {
    self.tree = tree
    self.rules = rules
    self.wantedInodes = wantedInodes
  }

  mutating func run(_ wanted: borrowing WantedFiles, _ act: Act) throws {
    _ = try walk([], key: [], wanted, act)
  }

  /// Whether nothing is left in the folder at a path.
  private mutating func walk(
    _ path: [FileName], key prefix: [UInt8], _ wanted: borrowing WantedFiles, _ act: Act
  ) throws -> Bool {
    var isEmpty = true
    do {
      let names = try tree.folder(path).names()
      for name in names {
        try Task.checkCancellation()
        // It is not kept meanwhile: paths may be longer than a process may have folders open.
        let folder = try tree.folder(path)
        guard let status = try folder.status(of: name) else { continue }
        let found = Found(
          key: Key(prefix + name.bytes), kind: status.kind,
          bytes: status.kind == .file ? status.size : 0)
        let isGone =
          status.kind == .folder
          ? try enter(path + [name], found, status, wanted, act)
          : try look(at: found, status, wanted) { () throws(SystemError) in
            try act(found, folder, name)
          }
        if !isGone { isEmpty = false }
      }
    } catch let error as SystemError {
      // A folder that was moved away meanwhile, or cannot be read, keeps what it has.
      failures.append(error)
      return false
    }
    return isEmpty
  }

  private mutating func enter(
    _ path: [FileName], _ found: Found, _ status: FileStatus, _ wanted: borrowing WantedFiles,
    _ act: Act
  ) throws -> Bool {
    let key = Key(found.key.bytes + [UInt8(ascii: "/")])
    guard status.device == tree.root.device, let name = path.last,
      try walk(path, key: key.bytes, wanted, act),
      try !wanted.contains(key), !rules.isIgnored(key), !wantedInodes.contains(status.inode)
    else { return false }
    let folder = try tree.folder(path.dropLast())
    do throws(SystemError) {
      guard try act(Found(key: key, kind: .folder, bytes: 0), folder, name) else { return false }
    } catch {
      failures.append(error)
      return false
    }
    surplus.folders += 1
    return true
  }

  private mutating func look(
    at found: Found, _ status: FileStatus, _ wanted: borrowing WantedFiles,
    _ remove: () throws(SystemError) -> Bool
  ) throws -> Bool {
    guard status.kind == .file || status.kind == .link, status.device == tree.root.device,
      !isOwn(status), !isPart(found.key), !rules.isIgnored(found.key),
      try !wanted.contains(found.key), !wantedInodes.contains(status.inode)
    else {
      surplus.filesKept += 1
      return false
    }
    do throws(SystemError) {
      guard try remove() else { return false }
    } catch {
      if !error.isMissing { failures.append(error) }
      return error.isMissing
    }
    surplus.files += 1
    surplus.bytes += found.bytes
    return true
  }

  private func isOwn(_ status: FileStatus) -> Bool {
    rules.ownFiles.contains(FileIdentity(device: status.device, inode: status.inode))
  }

  /// What another restore is writing just now.
  private func isPart(_ key: Key) -> Bool {
    let name = key.bytes.split(separator: UInt8(ascii: "/")).last ?? []
    return name.starts(with: LocalPath.temporaryPrefix.utf8)
  }
}

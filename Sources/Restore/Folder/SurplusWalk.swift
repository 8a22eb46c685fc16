internal import System
internal import Vocabulary

/// Goes through a folder and all below it, on its own file system and through no link, and finds what is not
/// wanted: files, links, and folders that have nothing else in them.
struct SurplusWalk {
  struct Found {
    var key: Key
    var kind: FileStatus.Kind
    var bytes: Int64
    /// Whether it is a file that an earlier restore left unfinished, as nobody counts it.
    var isLeftover = false
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
          : try look(at: found, status, wanted, folder, name, act)
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
      try !tree.folder(path.dropLast()).isMount(name), try walk(path, key: key.bytes, wanted, act),
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
    at found: Found, _ status: FileStatus, _ wanted: borrowing WantedFiles, _ folder: Folder,
    _ name: FileName, _ act: Act
  ) throws -> Bool {
    guard status.kind == .file || status.kind == .link, status.device == tree.root.device,
      !isOwn(status), !rules.isIgnored(found.key), !wantedInodes.contains(status.inode),
      try !wanted.contains(found.key), !folder.isMount(name),
      status.kind == .file || !isPart(found.key)
    else {
      surplus.filesKept += 1
      return false
    }
    if isPart(found.key) { return removeLeftover(found, folder, name, act) }
    do throws(SystemError) {
      guard try act(found, folder, name) else { return false }
    } catch {
      if !error.isMissing { failures.append(error) }
      return error.isMissing
    }
    surplus.files += 1
    surplus.bytes += found.bytes
    return true
  }

  /// What an earlier restore left unfinished, maybe in a folder that no key goes through any more; false
  /// where it stays, as for one that another restore is writing just now.
  private mutating func removeLeftover(
    _ found: Found, _ folder: Folder, _ name: FileName, _ act: Act
  )
    -> Bool
  {
    surplus.leftovers += 1
    var leftover = found
    leftover.isLeftover = true
    // What cannot be removed is in nobody's way: no key has such a name.
    return (try? act(leftover, folder, name)) ?? false
  }

  private func isOwn(_ status: FileStatus) -> Bool {
    rules.ownFiles.contains(FileIdentity(device: status.device, inode: status.inode))
  }

  /// Whether it has the name of a file that is not whole.
  private func isPart(_ key: Key) -> Bool {
    let name = key.bytes.split(separator: UInt8(ascii: "/")).last ?? []
    return name.starts(with: LocalPath.temporaryPrefix.utf8)
  }
}

internal import Synchronization

/// A folder and all that is below it, reached component by component and never through a link: whatever
/// stands in the tree, or is put there meanwhile, nothing outside is read, written or removed.
///
/// The folders that were used last are kept open, 64 at most: macOS allows a process 256 files.
///
/// ```swift
/// let tree = ConfinedTree(try Folder(opening: "/srv/back"))
/// let folder = try tree.folder([try FileName("logs".utf8), try FileName("2026".utf8)], isMade: true)
/// let file = try folder.create(try FileName("a.txt".utf8))
/// ```
package final class ConfinedTree: Sendable {
  package let root: Folder
  private let open = Mutex(OpenFolders())

  package init(_ root: Folder) {
    self.root = root
  }

  /// The folder at a path below the root; folders that are missing are made where that is wanted.
  ///
  /// - Throws: `SystemError`: `isMissing`; `isNoFolder` where a component is a link or no folder.
  package func folder(_ path: [FileName], isMade: Bool = false) throws(SystemError) -> Folder {
    if path.isEmpty { return root }
    // The nearest folder above that is open; everything below it is opened one by one.
    var known = path.count
    var folder = root
    while known > 0 {
      if let kept = open.withLock({ $0.take(path[..<known]) }) {
        folder = kept
        break
      }
      known -= 1
    }
    for index in known..<path.count {
      folder = try folder.folder(path[index], isMade: isMade)
      let opened = folder
      open.withLock { $0.keep(opened, at: path[...index]) }
    }
    return folder
  }
}

/// The folders that were used last.
private struct OpenFolders {
  private static let countMax = 64
  private var folders: [ArraySlice<FileName>: (folder: Folder, used: UInt64)] = [:]
  private var clock: UInt64 = 0

  mutating func take(_ path: ArraySlice<FileName>) -> Folder? {
    guard let kept = folders[path] else { return nil }
    clock += 1
    folders[path] = (kept.folder, clock)
    return kept.folder
  }

  mutating func keep(_ folder: Folder, at path: ArraySlice<FileName>) {
    clock += 1
    folders[path] = (folder, clock)
    guard folders.count > Self.countMax,
      let oldest = folders.min(by: { $0.value.used < $1.value.used })
    else { return }
    folders[oldest.key] = nil
  }
}

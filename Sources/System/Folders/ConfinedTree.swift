internal import Synchronization

/// A folder and all that is below it, reached component by component and never through a link: whatever
/// stands in the tree, or is put there meanwhile, nothing outside is read, written or removed.
///
/// The folders that were used last are kept open, 64 at most: macOS allows a process 256 files. Each is
/// opened anew after a moment, so that one that was moved away is not written to for long; who was at work
/// in it meanwhile finds out by `isAt`.
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

  /// Has every folder opened anew when it is needed next.
  package func forget() {
    open.withLock { $0 = OpenFolders() }
  }

  /// Whether a folder still stands at a path below the root, and was not moved, replaced or removed.
  package func isAt(_ path: [FileName], _ place: FileIdentity) -> Bool {
    // What cannot be reached stands there for nobody.
    (try? folder(path))?.identity == place
  }
}

/// The folders that were used last.
private struct OpenFolders {
  private static let countMax = 64
  /// How long a folder is believed to be where it was.
  private static let age = Duration.milliseconds(250)

  private struct Kept {
    var folder: Folder
    var used: UInt64
    var opened: ContinuousClock.Instant
  }

  private var folders: [ArraySlice<FileName>: Kept] = [:]
  private var clock: UInt64 = 0

  mutating func take(_ path: ArraySlice<FileName>) -> Folder? {
    guard let kept = folders[path] else { return nil }
    guard kept.opened.duration(to: .now) < Self.age else {
      folders[path] = nil
      return nil
    }
    clock += 1
    folders[path]?.used = clock
    return kept.folder
  }

  mutating func keep(_ folder: Folder, at path: ArraySlice<FileName>) {
    clock += 1
    folders[path] = Kept(folder: folder, used: clock, opened: .now)
    guard folders.count > Self.countMax,
      let oldest = folders.min(by: { $0.value.used < $1.value.used })
    else { return }
    folders[oldest.key] = nil
  }
}

internal import System

/// Removes what an earlier restore left unfinished, from each folder that this one goes through.
///
/// Files that another restore is writing just now are locked, and stay.
struct LeftoverSweep {
  private let tree: ConfinedTree
  /// The folder that was entered last, with those above it: keys come in their order, so that all of a
  /// folder's keys follow one another.
  private var path: [FileName]?

  init(_ tree: ConfinedTree) {
    self.tree = tree
  }

  /// Sweeps the folder at a path, and those above it that were not swept yet.
  mutating func enter(_ new: [FileName]) {
    if path == nil { sweep([]) }
    let before = path ?? []
    guard new != before else { return }
    var common = 0
    while common < min(before.count, new.count), before[common] == new[common] { common += 1 }
    path = new
    guard common < new.count else { return }
    for count in (common + 1)...new.count { sweep(Array(new[..<count])) }
  }

  private func sweep(_ path: [FileName]) {
    // What cannot be read or removed is in nobody's way: no key has such a name.
    guard let folder = try? tree.folder(path),
      let names = try? folder.names(prefix: LocalPath.temporaryPrefix)
    else { return }
    for name in names { _ = try? folder.removeLeftover(name) }
  }
}

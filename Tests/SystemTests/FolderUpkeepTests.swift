import System
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct FolderUpkeepTests {
  private let outer: TemporaryFolder
  private let folder: Folder

  init() throws {
    outer = try TemporaryFolder()
    folder = try Folder(opening: outer.path)
  }

  private func name(_ text: String) throws -> FileName { try FileName(text.utf8) }

  @Test func isLockedByOneAtATime() throws {
    #expect(folder.lock())
    var other: Folder? = try Folder(opening: outer.path)
    #expect(other?.lock() == false)
    other = nil
    #expect(folder.lock())
  }

  @Test func removesALeftoverButNotWhatIsBeingWritten() throws {
    do {
      let file = try folder.create(name("part"))
      #expect(try !folder.removeLeftover(name("part")))
      try file.write([1], at: 0)
    }
    #expect(try folder.removeLeftover(name("part")))
    #expect(try folder.names().isEmpty)
  }

  @Test func takesNoLinkForALeftover() throws {
    try FileManager.default.createSymbolicLink(
      atPath: outer.file("part"), withDestinationPath: outer.path)
    #expect(try !folder.removeLeftover(name("part")))
  }

  @Test func removesOnlyAnEmptyFolder() throws {
    let inner = try folder.folder(name("d"), isMade: true)
    _ = try inner.create(name("f"))
    #expect(try !folder.removeFolder(name("d")))
    try inner.remove(name("f"))
    #expect(try folder.removeFolder(name("d")))
  }

  @Test func noticesAFolderThatWasMovedAway() throws {
    let inner = try folder.folder(name("d"), isMade: true)
    #expect(ConfinedTree(folder).isAt([try name("d")], inner.identity))
    try FileManager.default.moveItem(atPath: outer.file("d"), toPath: outer.file("e"))
    #expect(!ConfinedTree(folder).isAt([try name("d")], inner.identity))
    _ = try folder.folder(name("d"), isMade: true)
    #expect(!ConfinedTree(folder).isAt([try name("d")], inner.identity))
  }

  @Test func listsNamesWithAPrefix() throws {
    for text in ["b", "ab", "aa"] { _ = try folder.create(name(text)) }
    #expect(try folder.names(prefix: "a") == [name("aa"), name("ab")])
  }
}

import System
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct ConfinedTreeTests {
  private let outer: TemporaryFolder
  private let tree: ConfinedTree
  private let inside: String
  private let outside: String

  init() throws {
    outer = try TemporaryFolder()
    inside = outer.file("inside")
    outside = outer.file("outside")
    let files = FileManager.default
    try files.createDirectory(atPath: inside, withIntermediateDirectories: true)
    try files.createDirectory(atPath: outside, withIntermediateDirectories: true)
    tree = ConfinedTree(try Folder(opening: inside))
  }

  private func name(_ text: String) throws -> FileName { try FileName(text.utf8) }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: inside + "/" + name, withDestinationPath: target)
  }

  private var outsideNames: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: outside) }
  }

  @Test func makesMissingFoldersAndWritesAFile() throws {
    let folder = try tree.folder([name("a"), name("b")], isMade: true)
    let file = try folder.create(name("new"))
    try file.write(Array("world".utf8), at: 6)
    try file.write(Array("hello ".utf8), at: 0)
    try file.finish(modifiedNanoseconds: 1_700_000_000_123_456_789)
    try folder.rename(name("new"), to: name("c.txt"))

    let found = try #require(try folder.status(of: name("c.txt")))
    #expect(found.kind == .file)
    #expect(found.size == 11)
    #expect(found.modifiedNanoseconds == 1_700_000_000_123_456_789)
    let text = try String(contentsOfFile: inside + "/a/b/c.txt", encoding: .utf8)
    #expect(text == "hello world")
    #expect(try folder.names() == [name("c.txt")])
  }

  @Test func setsTimesBeforeTheEpochToTheFraction() throws {
    let file = try tree.root.create(name("old"))
    try file.finish(modifiedNanoseconds: -1)
    #expect(try file.status().modifiedNanoseconds == -1)
  }

  @Test func followsNoLinkToAFolder() throws {
    try link("way-out", to: outside)
    #expect {
      try tree.folder([name("way-out")], isMade: true)
    } throws: {
      ($0 as? SystemError)?.isNoFolder == true
    }
    #expect(throws: SystemError.self) {
      try tree.folder([name("way-out"), name("x")], isMade: true)
    }
    #expect(try outsideNames.isEmpty)
  }

  @Test func putsAFileInThePlaceOfALinkAndNotBehindIt() throws {
    let victim = outside + "/victim"
    try Data("theirs".utf8).write(to: URL(filePath: victim))
    try link("victim", to: victim)

    let file = try tree.root.create(name("new"))
    try file.write(Array("ours".utf8), at: 0)
    try tree.root.rename(name("new"), to: name("victim"))

    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "theirs")
    #expect(try tree.root.status(of: name("victim"))?.kind == .file)
  }

  @Test func makesNoFileWhereALinkIs() throws {
    try link("taken", to: outside + "/made-through-a-link")
    #expect {
      _ = try tree.root.create(name("taken"))
    } throws: {
      ($0 as? SystemError)?.isThereAlready == true
    }
    #expect(try outsideNames.isEmpty)
  }

  @Test func readsPlainFilesAlone() throws {
    try link("link", to: "/etc/passwd")
    try FileManager.default.createDirectory(
      atPath: inside + "/folder", withIntermediateDirectories: false)
    let isLinkRead = try tree.root.read(name("link")) != nil
    let isFolderRead = try tree.root.read(name("folder")) != nil
    #expect(!isLinkRead)
    #expect(!isFolderRead)
  }

  @Test func removesALinkAndNotWhatItLeadsTo() throws {
    try Data("theirs".utf8).write(to: URL(filePath: outside + "/kept"))
    try link("gone", to: outside + "/kept")
    try tree.root.remove(name("gone"))
    #expect(try tree.root.status(of: name("gone")) == nil)
    #expect(try outsideNames == ["kept"])
  }

  /// A folder that is opened stays the one that was meant, even when something else takes its name.
  @Test func writesNothingOutsideWhileItsFoldersAreSwappedForLinks() async throws {
    let (inside, outside) = (inside, outside)
    let swapper = Task.detached {
      let files = FileManager.default
      while !Task.isCancelled {
        try? files.moveItem(atPath: inside + "/work", toPath: inside + "/aside")
        try? files.createSymbolicLink(atPath: inside + "/work", withDestinationPath: outside)
        try? files.removeItem(atPath: inside + "/work")
        try? files.moveItem(atPath: inside + "/aside", toPath: inside + "/work")
      }
    }
    var written = 0
    for number in 0..<3_000 {
      // A tree without kept folders opens every component anew.
      let fresh = ConfinedTree(tree.root)
      guard let folder = try? fresh.folder([name("work")], isMade: true) else { continue }
      guard (try? folder.create(name("f\(number)"))) != nil else { continue }
      written += 1
    }
    swapper.cancel()
    await swapper.value
    #expect(written > 0)
    #expect(try outsideNames.isEmpty)
  }

  @Test func keepsFewFoldersOpen() throws {
    for number in 0..<300 {
      _ = try tree.folder([name("d\(number)"), name("e")], isMade: true)
    }
    // Two for each of 64 that are kept, and those of the root; all of them would be 600.
    #expect(try openBelow(tree.root.path) < 200)
  }

  /// How many descriptors of this process lead below a folder; other tests have theirs elsewhere.
  private func openBelow(_ path: String) throws -> Int {
    let files = FileManager.default
    let real = URL(filePath: path).resolvingSymlinksInPath().path
    return try files.contentsOfDirectory(atPath: "/dev/fd").count { number in
      // One that was closed meanwhile leads nowhere.
      guard let place = try? files.destinationOfSymbolicLink(atPath: "/dev/fd/" + number) else {
        return false
      }
      return place.hasPrefix(real)
    }
  }
}

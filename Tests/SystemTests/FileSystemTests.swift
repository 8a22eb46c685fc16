import Foundation
import System
import TestSupport
import Testing

@Suite struct FileSystemTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(name), withDestinationPath: target)
  }

  @Test(arguments: [
    ("a/b", "a", "b"), ("b", ".", "b"), ("/b", "/", "b"), ("/a/b", "/a", "b"), ("a/", "a", ""),
  ])
  func splitsPaths(_ path: String, _ above: String, _ name: String) {
    #expect(FileSystem.folder(of: path) == above)
    #expect(FileSystem.name(of: path) == name)
  }

  @Test func tellsALinkFromWhatItLeadsTo() throws {
    try write("four", to: "file")
    try link("link", to: "file")
    try link("nowhere", to: "missing")
    #expect(FileSystem.status(of: folder.file("link"))?.kind == .file)
    #expect(FileSystem.status(of: folder.file("link"))?.size == 4)
    #expect(FileSystem.ownStatus(of: folder.file("link"))?.kind == .link)
    #expect(FileSystem.status(of: folder.file("nowhere")) == nil)
    #expect(FileSystem.ownStatus(of: folder.file("nowhere"))?.kind == .link)
    #expect(!FileSystem.exists(at: folder.file("nowhere")))
    #expect(FileSystem.status(of: folder.path)?.kind == .folder)
  }

  @Test func tellsHowManyNamesAFileHas() throws {
    try write("", to: "one")
    #expect(FileSystem.status(of: folder.file("one"))?.nameCount == 1)
    try FileManager.default.linkItem(atPath: folder.file("one"), toPath: folder.file("other"))
    #expect(FileSystem.status(of: folder.file("one"))?.nameCount == 2)
  }

  @Test func makesAFileAndLeavesOneThatIsThere() throws {
    let path = folder.file("file")
    try FileSystem.makeFileIfMissing(path, mode: 0o600)
    #expect(FileSystem.status(of: path)?.mode == 0o600)
    try write("kept", to: "file")
    try FileSystem.setMode(0o640, of: path)
    try FileSystem.makeFileIfMissing(path, mode: 0o600)
    #expect(FileSystem.status(of: path)?.mode == 0o640)
    #expect(FileSystem.status(of: path)?.size == 4)
  }

  @Test func makesMissingFoldersWithTheirMode() throws {
    try FileSystem.makeFolders(folder.file("a/b/c"), mode: 0o700)
    for name in ["a", "a/b", "a/b/c"] {
      let status = FileSystem.status(of: folder.file(name))
      #expect(status?.kind == .folder)
      #expect(status?.mode == 0o700)
    }
    try FileSystem.setMode(0o755, of: folder.file("a"))
    try FileSystem.makeFolders(folder.file("a/d"), mode: 0o700)
    #expect(FileSystem.status(of: folder.file("a"))?.mode == 0o755)
  }

  @Test func namesTheFolderThatCannotBeMade() throws {
    try write("", to: "file")
    #expect(throws: SystemError("make", folder.file("file/below"), code: ENOTDIR)) {
      try FileSystem.makeFolders(folder.file("file/below/deeper"), mode: 0o700)
    }
  }

  @Test func removesALinkAndNotItsFile() throws {
    try write("theirs", to: "file")
    try link("link", to: "file")
    try FileSystem.remove(folder.file("link"))
    #expect(FileSystem.ownStatus(of: folder.file("link")) == nil)
    #expect(FileSystem.exists(at: folder.file("file")))
    #expect(throws: SystemError("remove", folder.file("link"), code: ENOENT)) {
      try FileSystem.remove(folder.file("link"))
    }
  }

  @Test func spaceIsToldOfAPlaceThatIsYetToBeMade() throws {
    let there = DiskSpace.free(at: folder.file(""))
    #expect((there ?? 0) > 0)
    #expect(DiskSpace.free(at: folder.file("a/b/c.sqlite3")) != nil)
    #expect(DiskSpace.free(at: "not-there.sqlite3") != nil)
  }

  @Test func findsWhereAFileReallyIs() throws {
    let real = RealPath.of(folder.path)
    try FileManager.default.createDirectory(
      atPath: folder.file("inner"), withIntermediateDirectories: false)
    try link("way", to: "inner")
    try link("link", to: "way/file")
    // Neither the file nor what the link leads to needs to be there.
    #expect(RealPath.of(folder.file("link")) == real + "/inner/file")
    #expect(RealPath.of(folder.file("way/new")) == real + "/inner/new")
    try write("", to: "inner/file")
    #expect(RealPath.of(folder.file("link")) == real + "/inner/file")
    #expect(RealPath.of(folder.file("none/new")) == folder.file("none/new"))
  }

  @Test func endsAtALinkThatLeadsToItself() throws {
    try link("loop", to: "loop")
    #expect(RealPath.of(folder.file("loop")) == RealPath.of(folder.path) + "/loop")
  }
}

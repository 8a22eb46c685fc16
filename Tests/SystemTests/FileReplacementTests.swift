import Foundation
import System
import TestSupport
import Testing

@Suite struct FileReplacementTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  private func replace(
    _ name: String, with text: String, access: FileReplacement.Access = .kept, commits: Bool = true
  ) throws {
    let file = try FileReplacement(of: folder.file(name), access: access)
    try file.write(Array(text.utf8))
    if commits { try file.commit() }
  }

  @Test(arguments: [FileReplacement.Access.owner, .kept])
  func theOldBytesStayUntilTheNewOnesAreWhole(_ access: FileReplacement.Access) throws {
    try write("old", to: "m")
    try replace("m", with: "new", access: access, commits: false)
    #expect(try text("m") == "old")
    #expect(try names == ["m"])
    try replace("m", with: "new", access: access)
    #expect(try text("m") == "new")
    #expect(try names == ["m"])
  }

  @Test func onlyItsOwnerReadsAToken() throws {
    for name in ["token", "list"] { try write("old", to: name) }
    try FileSystem.setMode(0o640, of: folder.file("list"))
    try replace("token", with: "new", access: .owner)
    try replace("list", with: "new")
    #expect(FileSystem.status(of: folder.file("token"))?.mode == 0o600)
    #expect(FileSystem.status(of: folder.file("list"))?.mode == 0o640)
  }

  @Test func aLinkStaysOne() throws {
    try write("old", to: "file")
    for (link, target) in [("m", "file"), ("dangling", "made")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(link), withDestinationPath: folder.file(target))
      try replace(link, with: "new")
      #expect(try text(target) == "new")
      #expect(FileSystem.ownStatus(of: folder.file(link))?.kind == .link)
    }
  }

  @Test func whatIsNoFileIsWrittenToAndStays() throws {
    let device = try FileReplacement(of: "/dev/null")
    try device.write([1, 2, 3])
    try device.commit()
    #expect(FileSystem.status(of: "/dev/null")?.kind == .other)
  }

  @Test(arguments: [".", "missing/m"])
  func saysThatNothingCanBeReplacedBeforeThereIsAnythingToWrite(_ name: String) {
    let path = folder.file(name)
    #expect(throws: SystemError.self) { _ = try FileReplacement(of: path) }
    let error = #expect(throws: SystemError.self) { try FileReplacement.tryOut(path) }
    #expect(error?.operation == "write" && error?.path == path)
  }

  @Test func tryingItOutLeavesNoTrace() throws {
    try write("old", to: "m")
    // Without a reader, opening it would block.
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    for name in ["m", "new", "pipe"] { try FileReplacement.tryOut(folder.file(name)) }
    #expect(try names == ["m", "pipe"])
    #expect(try text("m") == "old")
  }
}

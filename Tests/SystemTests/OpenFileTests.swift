import Foundation
import System
import TestSupport
import Testing

@Suite struct OpenFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
  }

  private func text(of name: String) throws -> String {
    try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test func readsBytesOfAPlainFileAtAnyPlace() throws {
    try write("0123456789", to: "file")
    guard let file = ReadableFile(plainAt: folder.file("file")) else {
      Issue.record("it is not opened")
      return
    }
    let (start, end, past) = (file.bytes(2, at: 0), file.bytes(3, at: 7), file.bytes(3, at: 8))
    #expect(start == Array("01".utf8))
    #expect(end == Array("789".utf8))
    // It ends before them.
    #expect(past == nil)
  }

  @Test func takesNeitherLinksNorPipesForPlainFiles() throws {
    try write("", to: "file")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: "file")
    // Without a writer, opening it would block.
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    for name in ["link", "pipe", "missing", "."] {
      let isPlain = ReadableFile(plainAt: folder.file(name)) != nil
      #expect(!isPlain, "\(name)")
    }
    #expect(FileSystem.ownStatus(of: folder.file("pipe"))?.kind == .pipe)
  }

  @Test func readsAFileToItsEndButNoMoreThanWanted() throws {
    let text = String(repeating: "0123456789", count: 20_000)
    try write(text, to: "file")
    let path = folder.file("file")
    #expect(try SequentialFile(reading: path).rest(bytesMax: 200_000) == Array(text.utf8))
    #expect(try SequentialFile(reading: path).rest(bytesMax: 199_999) == nil)
    #expect(try SequentialFile(reading: "/dev/null").rest(bytesMax: 0) == [])
  }

  @Test func saysWhyAFileCannotBeRead() throws {
    let missing = #expect(throws: SystemError.self) {
      _ = try SequentialFile(reading: folder.file("missing"))
    }
    #expect(missing?.isNowhere == true)
    let isFolder = #expect(throws: SystemError.self) {
      _ = try SequentialFile(reading: folder.path).rest(bytesMax: 1)
    }
    #expect(isFolder?.isFolder == true)
    #expect(isFolder?.description == "cannot read \(folder.path): Is a directory")
  }

  @Test func replacesAFileAllAtOnce() throws {
    try write("old", to: "token")
    let replacement = try FileReplacement(of: folder.file("token"))
    #expect(try text(of: "token") == "old")
    try replacement.commit(Array("new".utf8))
    #expect(try text(of: "token") == "new")
    #expect(FileSystem.status(of: folder.file("token"))?.mode == 0o600)
    #expect(try names == ["token"])
  }

  @Test func leavesNoTraceOfAReplacementThatIsGivenUp() throws {
    try write("old", to: "token")
    do {
      let replacement = try FileReplacement(of: folder.file("token"))
      #expect(try names.count == 2)
      _ = consume replacement
    }
    #expect(try names == ["token"])
    #expect(try text(of: "token") == "old")
  }

  @Test func saysThatNothingCanBeReplacedBeforeThereIsAnythingToWrite() {
    let path = folder.file("missing/token")
    #expect(throws: SystemError("write", path, code: ENOENT)) {
      _ = try FileReplacement(of: path)
    }
  }

  @Test func keepsBytesInAFileThatNobodyFinds() throws {
    let file = try NamelessFile(in: folder.path, name: "waiting")
    try file.write(Array("hello".utf8), at: 3)
    try file.write(Array("abc".utf8), at: 0)
    let all = try file.read(8, at: 0)
    #expect(all == Array("abchello".utf8))
    #expect(try names.isEmpty)
    var error: SystemError?
    do throws(SystemError) { _ = try file.read(9, at: 0) } catch let caught { error = caught }
    #expect(error == SystemError("read", folder.path, code: EIO))
  }

  @Test func namesTheFolderThatTakesNoFile() {
    let missing = folder.file("missing")
    #expect(throws: SystemError("make", missing, code: ENOENT)) {
      _ = try NamelessFile(in: missing, name: "waiting")
    }
  }
}

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

  @Test func keepsBytesInAFileThatNobodyFinds() throws {
    let file = try UnnamedFile(in: folder.path)
    try file.write(Array("hello".utf8), at: 3)
    try file.write(Array("abc".utf8), at: 0)
    let all = try file.read(8, at: 0)
    #expect(all == Array("abchello".utf8))
    #expect(try names.isEmpty)
    var error: SystemError?
    do throws(SystemError) { _ = try file.read(9, at: 0) } catch let caught { error = caught }
    #expect(error == SystemError("read a temporary file in", folder.path, code: EIO))
  }

  @Test func aFileWithoutANameIsReadAgainAndAgain() throws {
    let file = try UnnamedFile(in: folder.path)
    try file.write([1, 2, 3], at: 0)
    try file.write([4], at: 3)
    for _ in 0..<2 {
      #expect(try file.read(at: 0, bytesMax: 3) == [1, 2, 3])
      #expect(try file.read(at: 3, bytesMax: 3) == [4])
      #expect(try file.read(at: 4, bytesMax: 3).isEmpty)
    }
  }

  @Test func namesTheFolderThatTakesNoFile() {
    let missing = folder.file("missing")
    #expect(throws: SystemError("make a temporary file in", missing, code: ENOENT)) {
      _ = try UnnamedFile(in: missing)
    }
  }
}

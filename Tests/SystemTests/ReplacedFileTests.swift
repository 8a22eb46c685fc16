import Foundation
import System
import TestSupport
import Testing

@Suite struct ReplacedFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.file(".")).sorted() }
  }

  @Test func theOldBytesStayUntilTheNewOnesAreWhole() throws {
    try Data("old".utf8).write(to: URL(filePath: folder.file("m")))
    try write("new", finishes: false)
    #expect(try text("m") == "old")
    #expect(try names == ["m"])
    try write("new", finishes: true)
    #expect(try text("m") == "new")
    #expect(try names == ["m"])
  }

  private func write(_ text: String, finishes: Bool) throws {
    var file = try ReplacedFile(folder.file("m"))
    try file.write(Array(text.utf8))
    if finishes { try file.finish() }
  }

  @Test func aLinkStaysOne() throws {
    try Data("old".utf8).write(to: URL(filePath: folder.file("file")))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("m"), withDestinationPath: folder.file("file"))
    try write("new", finishes: true)
    #expect(try text("file") == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("m"))
        == folder.file("file"))
  }

  @Test func whatIsNoFileIsWrittenToAndStays() throws {
    var device = try ReplacedFile("/dev/null")
    try device.write([1, 2, 3])
    try device.finish()
    var isFolder: ObjCBool = true
    #expect(FileManager.default.fileExists(atPath: "/dev/null", isDirectory: &isFolder))
    #expect(throws: SystemError.self) { _ = try ReplacedFile(folder.file(".")) }
    #expect(throws: SystemError.self) { _ = try ReplacedFile(folder.file("no/such")) }
  }

  @Test func aFileWithoutANameIsReadAgainAndAgain() throws {
    let file = try UnnamedFile(in: folder.file("."))
    #expect(try names.isEmpty)
    try file.write([1, 2, 3], at: 0)
    try file.write([4], at: 3)
    for _ in 0..<2 {
      #expect(try file.read(at: 0, bytesMax: 3) == [1, 2, 3])
      #expect(try file.read(at: 3, bytesMax: 3) == [4])
      #expect(try file.read(at: 4, bytesMax: 3).isEmpty)
    }
  }
}

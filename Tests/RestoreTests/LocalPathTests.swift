import Restore
import System
import Testing
import Vocabulary

@Suite struct LocalPathTests {
  private func names(_ texts: String...) throws -> [FileName] {
    try texts.map { try FileName($0.utf8) }
  }

  @Test(arguments: [
    ("/abs", KeyRefusal.emptyComponent), ("a//b", .emptyComponent), ("//", .emptyComponent),
    ("/", .emptyComponent), ("a//", .emptyComponent), ("../up", .dots), ("a/../b", .dots),
    ("a/./b", .dots), (".", .dots), ("..", .dots), ("a/..", .dots), ("../", .dots),
    ("a\0b", .zeroByte), ("a/\0", .zeroByte),
    (String(repeating: "x", count: 256), .tooLong),
    ("a/.s3audit-part-1", .temporaryName), (".s3audit-part-1/b", .temporaryName),
  ])
  func refusesKeysThatAreNoPathBelow(key: String, refusal: KeyRefusal) {
    #expect(throws: refusal) { try LocalPath(Key(key)) }
  }

  @Test(arguments: [
    ("a", [String](), "a"), ("a/b/c", ["a", "b"], "c"), ("C:/x", ["C:"], "x"),
    ("\\\\srv\\x", [], "\\\\srv\\x"), ("...", [], "..."), ("nul", [], "nul"), ("-rf", [], "-rf"),
    (" /é", [" "], "é"), ("a\nb", [], "a\nb"),
  ])
  func takesOrdinaryNames(key: String, folder: [String], name: String) throws {
    let path = try LocalPath(Key(key))
    #expect(path.folder == (try folder.map { try FileName($0.utf8) }))
    #expect(path.name == (try FileName(name.utf8)))
  }

  @Test func takesAKeyThatEndsInASlashForAFolder() throws {
    let path = try LocalPath(Key("a/b/"))
    #expect(path.folder == (try names("a", "b")))
    #expect(path.name == nil)
  }

  @Test func takesBytesThatAreNoText() throws {
    #expect(try LocalPath(Key([0xFF, 0x2F, 0xFE])).name?.bytes == [0xFE])
  }
}

import System
import TestSupport
import Testing
import Vocabulary

@testable import Restore

@Suite struct NameFoldingTests {
  /// What becomes of keys in the order of their bytes: the key whose name each is, or nil.
  private func firsts(
    _ keys: [String], ignoresCase: Bool = true, ignoresForm: Bool = true
  ) throws -> [String?] {
    let folding = try #require(
      NameFolding(ignoresCase: ignoresCase, ignoresForm: ignoresForm))
    let names = try FoldedNames(folding)
    var firsts: [String?] = []
    for key in keys { firsts.append(try names.first(as: Key(key))?.text) }
    return firsts
  }

  @Test func takesNamesThatDifferInCaseForOne() throws {
    #expect(try firsts(["A", "B", "a", "b/c", "B/C"]) == [nil, nil, "A", nil, "b/c"])
    #expect(try firsts(["ÄÖ", "äö", "ẞ", "ß"]).last == "ẞ")
  }

  @Test func takesTheFormsOfALetterForOne() throws {
    #expect(try firsts(["e\u{301}", "\u{E9}", "\u{C9}"]) == [nil, "e\u{301}", "e\u{301}"])
  }

  @Test func minglesFoldersWithoutMinglingFiles() throws {
    #expect(try firsts(["A/x", "a/X", "a/y"]) == [nil, "A/x", nil])
  }

  @Test func tellsApartWhatTheFileSystemDoes() throws {
    #expect(try firsts(["A", "a"], ignoresCase: false) == [nil, nil])
    #expect(try firsts(["e\u{301}", "\u{E9}"], ignoresForm: false) == [nil, nil])
    #expect(NameFolding(ignoresCase: false, ignoresForm: false) == nil)
  }

  @Test func comparesBytesThatAreNoTextAsTheyAre() throws {
    let names = try FoldedNames(
      try #require(NameFolding(ignoresCase: true, ignoresForm: true)))
    let first = try names.first(as: Key([0x41, 0xFF]))
    let second = try names.first(as: Key([0x61, 0xFF]))
    #expect(first == nil && second == nil)
  }

  @Test func leavesNothingBehindWhereItTries() throws {
    let outer = try TemporaryFolder()
    let folder = try Folder(opening: outer.path)
    // Whatever this file system does, it does the same again.
    let (first, second) = (try NameFolding(of: folder), try NameFolding(of: folder))
    #expect(first == second)
    #expect(try folder.names().isEmpty)
  }
}

import Restore
import System
import Testing
import Vocabulary

private func wanted(_ text: String) throws -> WantedFiles {
  let reader = try ManifestReader(path: "m", quote: .rfc) { () throws(ManifestError) in
    Whole(bytes: Array(text.utf8))
  }
  return try WantedFiles.read(reader, path: "m")
}

private func manifest(_ keys: [String]) -> String {
  "key,version_id\n" + keys.map { "\"\($0)\",v\n" }.joined()
}

@Suite struct WantedFilesTests {
  @Test func keepsKeysInTheOrderOfTheirBytes() throws {
    let wanted = try wanted(manifest(["b", "é", "a/x", "a", "B"]))
    let keys = try wanted.entries(after: .start, count: 10).map(\.key.text)
    #expect(keys == ["B", "a", "a/x", "b", "é"])
    let rest = try wanted.entries(after: Key("a"), count: 2).map(\.key.text)
    #expect(rest == ["a/x", "b"])
  }

  @Test func refusesAKeyWithTwoVersions() {
    #expect(throws: ManifestError(.secondVersion(Key("a"), firstLine: 2), path: "m", line: 4)) {
      _ = try wanted("key,version_id\na,v1\nb,v\na,v2\n")
    }
  }

  @Test func passesOverALineThatRepeatsAnother() throws {
    let wanted = try wanted("key,version_id\na,v1\na,v1\n")
    let count = try wanted.count
    #expect(count == 1)
  }

  @Test func refusesAManifestOfNothing() {
    #expect(throws: ManifestError(.empty, path: "m")) { _ = try wanted("key,version_id\n") }
  }

  @Test(arguments: [["a", "a/b"], ["a", "a/"], ["a", "a//b", "a/c"], ["a", "a!", "a/b", "a0"]])
  func refusesAFileWhereAFolderIsNeeded(keys: [String]) throws {
    let wanted = try wanted(manifest(keys))
    #expect(throws: KeyRefusal.isFolderOfOthers) { _ = try wanted.localPath(of: Key("a")) }
  }

  @Test func looksNoFurtherThanTheKeyBehindWhereThatTellsEnough() throws {
    let wanted = try wanted(manifest(["a", "a!", "a/b", "b", "c"]))
    #expect(throws: KeyRefusal.isFolderOfOthers) {
      _ = try wanted.localPath(of: Key("a"), before: Key("a!"))
    }
    let path = try wanted.localPath(of: Key("b"), before: Key("c"))
    #expect(path.name?.bytes == Array("b".utf8))
  }

  @Test(arguments: [["a", "ab/c"], ["a", "a//b"], ["a", "a/../b", "a/./c"]])
  func takesAFileThatNoOtherKeyNeedsForAFolder(keys: [String]) throws {
    let wanted = try wanted(manifest(keys))
    let path = try wanted.localPath(of: Key("a"))
    #expect(path.name?.bytes == Array("a".utf8))
  }
}

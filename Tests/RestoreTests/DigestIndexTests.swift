import Restore
import System
import TestSupport
import Testing
import Vocabulary

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct DigestIndexTests {
  private let outer: TemporaryFolder
  private let folder: Folder
  private let name: FileName

  init() throws {
    outer = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: outer.file("d"), withIntermediateDirectories: true)
    folder = try Folder(opening: outer.file("d"))
    name = try FileName("a".utf8)
    let file = try folder.create(name)
    try file.write(Array("bytes".utf8), at: 0)
    try file.finish(modifiedNanoseconds: 1_700_000_000_000_000_000)
  }

  private func open() throws -> DigestIndex {
    try DigestIndex(path: outer.file("digests"), folder: folder, isEmpty: true)
  }

  private var status: FileStatus {
    get throws { try #require(try folder.status(of: name)) }
  }

  private func record(_ index: borrowing DigestIndex, laterBy nanoseconds: Int64) throws {
    let status = try status
    try index.record([
      (
        Key("a"),
        DigestIndex.Row(
          versionID: "v", etag: "e", status: status,
          recordedNanoseconds: status.changedNanoseconds + nanoseconds)
      )
    ])
  }

  private func isRight(_ versionID: String = "v", etag: String? = "e") throws -> Bool {
    try open().isRight(Key("a"), versionID: versionID, etag: etag, status: try status)
  }

  @Test func believesAFileThatIsWhatItWas() throws {
    try record(try open(), laterBy: 3_000_000_000)
    #expect(try isRight())
    #expect(try isRight(etag: nil))
    #expect(try open().isOwnFolder)
  }

  @Test func believesNoOtherVersion() throws {
    try record(try open(), laterBy: 3_000_000_000)
    #expect(try !isRight("w"))
    #expect(try !isRight(etag: "f"))
  }

  @Test func findsBytesThatChangedWithTheirSizeAndTimePutBack() throws {
    try record(try open(), laterBy: 3_000_000_000)
    let path = outer.file("d/a")
    let inode = try status.inode
    try Data("bytez".utf8).write(to: URL(filePath: path))
    #expect(try status.inode == inode)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
    #expect(try status.modifiedNanoseconds == 1_700_000_000_000_000_000)
    #expect(try !isRight())
  }

  @Test func believesNothingThatWasRecordedInTheTickOfItsChange() throws {
    try record(try open(), laterBy: 1_000)
    #expect(try !isRight())
  }

  @Test func walksWhatIsKnownBesideTheKeysThatAreWanted() throws {
    let index = try open()
    let status = try status
    try index.record(
      ["a", "b", "d"].map { name in
        (
          Key(name),
          DigestIndex.Row(versionID: "v" + name, etag: "e", status: status, recordedNanoseconds: 0)
        )
      })
    var known = try #require(try index.known(from: Key("a"), through: Key("c"), countMax: 2))
    let found = ["a", "a!", "c", "d"].map { known.next(Key($0))?.versionID }
    #expect(found == ["va", nil, nil, nil])
    var others = try #require(try index.known(from: Key("b"), through: Key("d"), countMax: 2))
    let last = others.next(Key("d"))?.versionID
    #expect(last == "vd")
    let tooMany = try index.known(from: Key("a"), through: Key("d"), countMax: 2)
    #expect(tooMany == nil)
  }

  @Test func needsTheETagOfAVersionThatIsOverwrittenInPlace() throws {
    let index = try open()
    let status = try status
    try index.record([
      (
        Key("a"),
        DigestIndex.Row(
          versionID: "null", etag: "e", status: status,
          recordedNanoseconds: status.changedNanoseconds + 3_000_000_000)
      )
    ])
    #expect(try isRight("null"))
    #expect(try isRight("null", etag: "\"e\""))
    #expect(try !isRight("null", etag: nil))
    #expect(
      try open().isRight(
        Key("a"), versionID: "null", etag: nil, status: status, takesNull: true))
  }
}

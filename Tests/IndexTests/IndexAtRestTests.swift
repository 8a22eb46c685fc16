import Foundation
import IndexFixtures
import Migrations
import SQLite
import System
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// What a writer leaves behind, and who can read it.
@Suite struct IndexAtRestTests {
  private func journal(_ index: ScratchIndex) throws -> [String] {
    try index.texts("PRAGMA journal_mode")
  }

  private func files(_ index: ScratchIndex) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: index.folder.file("")).sorted()
  }

  @Test func isOneFileWithoutALog() async throws {
    let index = try ScratchIndex()
    do {
      let writer = try index.writer()
      try await writer.sync("bucket", [Key("a"): ModelObject()])
      #expect(try journal(index) == ["wal"])
      #expect(try await writer.rest() == .plainFile)
    }
    #expect(try journal(index) == ["delete"])
    #expect(try files(index) == ["index.sqlite3", "index.sqlite3.lock"])
    #expect(try index.reader().buckets(matching: []).map(\.objects) == [1])
    try await index.writer().sync("bucket", [:])
    #expect(try journal(index) == ["wal"])
  }

  private func logBytes(_ index: ScratchIndex) throws -> Int {
    try Data(contentsOf: URL(filePath: index.path + "-wal")).count
  }

  /// What the file holds without its log.
  private func inFileAlone(_ index: ScratchIndex) throws -> Int64? {
    let copy = index.folder.file("copy")
    try FileManager.default.copyItem(atPath: index.path, toPath: copy)
    defer { unlink(copy) }
    return try Connection(path: copy, mode: .immutable).first("SELECT count(*) FROM objects") {
      $0.int64(at: 0)
    }
  }

  @Test func takesItsLogInWhileSomebodyHasItOpen() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    let reader = try index.reader()
    for objects in 1...4 {
      #expect(try reader.buckets(matching: []).map(\.objects) == [Int64(objects)])
      #expect(try await writer.rest() == .wholeWithLog)
      #expect(try journal(index) == ["wal"])
      #expect(try inFileAlone(index) == Int64(objects))
      #expect(try logBytes(index) == 0, "it does not grow")
      let keys = (0...objects).map { (Key("k\($0)"), ModelObject()) }
      try await writer.sync("bucket", Contents(keys) { first, _ in first })
    }
    #expect(try reader.buckets(matching: []).map(\.objects) == [5])
  }

  @Test func takesInWhatAReaderAllowsAndSaysSo() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    let reader = try index.reader()
    try reader.connection.begin(.deferred)
    #expect(try reader.buckets(matching: []).map(\.objects) == [1])
    try await writer.sync("bucket", [Key("a"): ModelObject(), Key("b"): ModelObject()])
    #expect(try await writer.rest() == .behindItsLog)
    #expect(try logBytes(index) > 0)
    #expect(try reader.buckets(matching: []).map(\.objects) == [1])
    reader.connection.rollBack()
    #expect(try await writer.rest() == .wholeWithLog)
    #expect(try logBytes(index) == 0)
    #expect(try inFileAlone(index) == 2)
  }

  @Test func isWholeUnderAReaderOfItsLastState() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    let reader = try index.reader()
    try reader.connection.begin(.deferred)
    #expect(try reader.buckets(matching: []).map(\.objects) == [1])
    #expect(try await writer.rest() == .wholeWithLog)
    #expect(try inFileAlone(index) == 1)
    reader.connection.rollBack()
  }

  @Test func waitsForAReaderBeforeItBeginsToWrite() async throws {
    let index = try ScratchIndex()
    _ = try await index.writer().rest()
    let reader = try index.reader()
    try reader.inSnapshot {
      _ = try reader.buckets(matching: [])
      // It must not write under the eyes of one who has no log to read the old state from.
      #expect(throws: SQLiteError.self) {
        _ = try IndexFile.openForWriting(
          path: index.path, now: index.now(), patience: .none)
      }
    }
    _ = try index.writer()
  }

  @Test func waitsAsLongAsAnotherProgramWrites() async throws {
    let index = try ScratchIndex()
    let said = Said()
    let writer = try IndexWriter(
      path: index.path, patience: .endless { said.add() }, now: index.now)
    let other = try index.connection(.readWrite)
    try other.begin(.immediate)
    async let synced = writer.sync("bucket", [Key("a"): ModelObject()])
    while said.count == 0 { try await Task.sleep(for: .milliseconds(50)) }
    try other.commit()
    #expect(try await synced.outcome == .complete)
    #expect(said.count == 1)
  }

  @Test func givesUpAWaitThatIsCancelled() async throws {
    let index = try ScratchIndex()
    let writer = try IndexWriter(path: index.path, patience: .endless {}, now: index.now)
    let other = try index.connection(.readWrite)
    try other.begin(.immediate)
    let sync = Task { try await writer.beginSync() }
    sync.cancel()
    await #expect(throws: CancellationError.self) { _ = try await sync.value }
    try other.commit()
    #expect(try await writer.beginSync() == 1, "nothing was lost")
  }

  // MARK: - Modes and names

  @Test(arguments: [
    ("0640", 0o640), ("644", 0o644), ("0600", 0o600), ("660", 0o660),
  ])
  func hasTheModeThatWasAskedFor(text: String, bits: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a/index.sqlite3")
    let mode = try #require(FileMode(text))
    let writer = try IndexWriter(path: path, mode: mode) { Timestamp(millisecondsSinceEpoch: 0) }
    func modeOf(_ name: String) throws -> Int? {
      let attributes = try FileManager.default.attributesOfItem(atPath: name)
      return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }
    for suffix in ["", "-wal", "-shm", ".lock"] {
      #expect(try modeOf(path + suffix) == bits, "\(suffix)")
    }
    let folderBits = 0o700 | (bits & 0o044) | (bits & 0o044) >> 2
    #expect(try modeOf(folder.file("a")) == folderBits)
    withExtendedLifetime(writer) {}
  }

  @Test(arguments: ["", "0", "0400", "0740", "0666x", "1640", "06400", "rw-r-----", "0o640"])
  func refusesAMode(text: String) {
    #expect(FileMode(text) == nil)
  }

  @Test(arguments: [
    "file:x.sqlite3", ":memory:", "file::memory:?cache=shared", "file:x?mode=memory", "a?b#c%20",
  ])
  func isTheFileOfItsName(name: String) async throws {
    let index = try ScratchIndex()
    let path = index.folder.file(name)
    let writer = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    _ = try await writer.rest()
    #expect(try files(index) == [name, name + ".lock"].sorted())
    let reader = try IndexReader(path: path, now: index.now())
    #expect(try reader.buckets(matching: []).map(\.objects) == [1])
  }

  @Test(arguments: [":memory:", "file:x"])
  func isNoURLWhenItsPathIsRelative(name: String) throws {
    let error = #expect(throws: SQLiteError.self) {
      let connection = try Connection(path: name + "/nowhere", mode: .readOnly)
      _ = try connection.first("SELECT 1 FROM sqlite_schema") { _ in true }
    }
    #expect(error?.primaryCode == .cannotOpen)
  }

  @Test(arguments: [true, false])
  func hasOneLockBehindALink(isThere: Bool) async throws {
    let index = try ScratchIndex()
    let link = index.folder.file("link")
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "index.sqlite3")
    if isThere { _ = try index.writer() }
    let writer = try patiently { try IndexWriter(path: link, now: index.now) }
    #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: index.path) }
    try await writer.sync("bucket", [:])
    #expect(try index.states() == ["bucket": .complete])
    #expect(!FileManager.default.fileExists(atPath: link + ".lock"))
  }

  // MARK: - Files of others

  @Test(arguments: [nil, FileMode("0640")])
  func leavesNothingBesideAFileOfOthers(mode: FileMode?) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("theirs")
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.file("")).sorted()
    }
    func modeOf() throws -> Int? {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }
    func expectRefusal(_ error: IndexError) throws {
      let before = try modeOf()
      #expect(throws: error) {
        _ = try IndexWriter(path: path, mode: mode) { Timestamp(millisecondsSinceEpoch: 0) }
      }
      #expect(throws: (any Error).self) {
        _ = try IndexReader(path: path, now: Timestamp(millisecondsSinceEpoch: 0))
      }
      #expect(try names() == ["theirs"])
      #expect(try modeOf() == before)
      try FileManager.default.removeItem(atPath: path)
    }
    for text in ["x", "root:x:0:0\n", String(repeating: "a line of text\n", count: 10_000)] {
      try Data(text.utf8).write(to: URL(filePath: path))
      try expectRefusal(.notAnIndex(path: path))
    }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try expectRefusal(.cannotCreate(path: path, reason: "Is a directory"))
    #expect(mkfifo(path, 0o600) == 0)
    try expectRefusal(.notAnIndex(path: path))
    for journal in ["DELETE", "WAL"] {
      do {
        let connection = try Connection(path: path, mode: .create)
        try connection.execute(
          script: "PRAGMA journal_mode = \(journal); CREATE TABLE song (title)")
      }
      try expectRefusal(.notAnIndex(path: path))
    }
  }

  @Test func leavesNoLockOfAnIndexThatWasNotMade() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("new")
    // A log that is a folder: SQLite cannot make the file.
    try FileManager.default.createDirectory(
      atPath: path + "-wal", withIntermediateDirectories: false)
    try FileManager.default.createDirectory(
      atPath: path + "-journal", withIntermediateDirectories: false)
    #expect(throws: (any Error).self) {
      _ = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("")).sorted()
        == ["new-journal", "new-wal"])
  }

  @Test func keepsALockThatWasThereBefore() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("theirs")
    try Data().write(to: URL(filePath: path + ".lock"))
    do {
      let connection = try Connection(path: path, mode: .create)
      try connection.execute(script: "CREATE TABLE song (title)")
    }
    #expect(throws: IndexError.notAnIndex(path: path)) {
      _ = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
    #expect(FileManager.default.fileExists(atPath: path + ".lock"))
  }

  // MARK: - Damage

  @Test func saysThatAFileWasCutShortUnderAQuery() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var contents: Contents = [:]
    for number in 0..<20_000 { contents[Key("key/\(100_000 + number)")] = ModelObject() }
    try await writer.sync("bucket", contents)
    _ = try await writer.rest()
    let reader = try index.reader()
    var isCut = false
    let error = #expect(throws: SQLiteError.self) {
      try reader.find(ObjectFilter(), limit: nil) { _, _, _, _ in
        if !isCut { truncate(index.path, 100_000) }
        isCut = true
        return true
      }
    }
    #expect(error?.primaryCode == .corrupt)
    #expect(error?.description.hasPrefix(RealPath.of(index.path)) == true)
    #expect(error?.description.contains("SELECT") == false)
  }

  @Test(arguments: [
    ("prefix_depth", "four"), ("prefix_depth", "-1"), ("prefix_depth", "9223372036854775807"),
    ("change_retention_days", ""), ("change_retention_days", "99999999999999"),
    ("history_depth", "two"), ("history_prefixes", "100001"),
  ])
  func namesASettingThatMeansNothing(name: String, value: String) async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", [:])
    try index.execute("UPDATE setting SET value = '\(value)' WHERE name = '\(name)'")
    let error = await #expect(throws: IndexError.self) {
      _ = try await index.writer().beginSync()
    }
    #expect(error?.description.contains(name) == true)
    #expect(error?.description.contains("'\(value)'") == true)
    try index.execute("DELETE FROM setting")
    let missing = await #expect(throws: IndexError.self) {
      _ = try await index.writer().beginSync()
    }
    #expect(missing?.description.contains("is missing") == true)
  }
}

private final class Said: @unchecked Sendable {
  private let lock = NSLock()
  private var said = 0

  var count: Int { lock.withLock { said } }

  func add() { lock.withLock { said += 1 } }
}

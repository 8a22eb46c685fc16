import Foundation
import IndexFixtures
import SQLite
import System
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// What of others stands where an index is wanted, in every state that its program can leave it in.
@Suite struct FileOwnerTests {
  private static let suffixes = ["", "-wal", "-journal", "-shm"]

  private let index: ScratchIndex

  init() throws { index = try ScratchIndex() }

  /// The files of a database as a program leaves them that is killed after a script.
  private func leave(_ script: String) throws {
    let folder = try TemporaryFolder()
    let connection = try Connection(path: folder.file("theirs"), mode: .create)
    try connection.execute(script: script)
    for suffix in Self.suffixes
    where FileManager.default.fileExists(atPath: folder.file("theirs" + suffix)) {
      try FileManager.default.copyItem(
        atPath: folder.file("theirs" + suffix), toPath: index.path + suffix)
    }
  }

  private func write(_ content: String, _ suffix: String) throws {
    try Data(content.utf8).write(to: URL(filePath: index.path + suffix))
  }

  private func files() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: index.folder.file("")) {
      files[name] = try Data(contentsOf: URL(filePath: index.folder.file(name)))
    }
    return files
  }

  /// Whoever opens it is refused, and not a byte changes.
  private func expectRefusal(
    _ error: IndexError, whenRead: IndexError? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try files()
    let whenRead = whenRead ?? error
    #expect(throws: error, sourceLocation: sourceLocation) {
      _ = try IndexWriter(path: index.path, mode: FileMode("0640"), now: index.now)
    }
    #expect(throws: whenRead, sourceLocation: sourceLocation) { _ = try index.reader() }
    #expect(throws: whenRead, sourceLocation: sourceLocation) {
      _ = try IndexHealth(path: index.path)
    }
    #expect(throws: whenRead, sourceLocation: sourceLocation) {
      _ = try IndexHealth.quickCheck(path: index.path) { false }
    }
    #expect(throws: whenRead, sourceLocation: sourceLocation) {
      _ = try QueryGuard(path: index.path, now: index.now()) { false }
    }
    let isUntouched = try files() == before
    #expect(isUntouched, sourceLocation: sourceLocation)
  }

  private func foreign(_ suffix: String) -> IndexError {
    .foreignFile(path: RealPath.of(index.path) + suffix, indexPath: index.path)
  }

  private static let song = "CREATE TABLE song (title); INSERT INTO song VALUES ('x');"
  private static let inTheMiddle = """
    PRAGMA cache_size = 1; BEGIN; INSERT INTO song SELECT hex(randomblob(900)) FROM
      (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i FROM n);
    """

  @Test(arguments: [
    // All of it in the log, a part of it, and a transaction that was not committed.
    "PRAGMA journal_mode = WAL; \(song)",
    "PRAGMA journal_mode = WAL; PRAGMA application_id = 77; \(song)",
    "\(song) PRAGMA journal_mode = WAL; INSERT INTO song VALUES ('y');",
    "PRAGMA application_id = 77; \(song) PRAGMA journal_mode = WAL; INSERT INTO song VALUES ('y');",
    "\(song) PRAGMA journal_mode = WAL; INSERT INTO song VALUES ('y'); \(inTheMiddle)",
    // A journal that would be rolled back, and one that has done its work and was kept.
    "\(song) \(inTheMiddle)",
    "PRAGMA user_version = 3; \(song) \(inTheMiddle)",
    "PRAGMA journal_mode = PERSIST; \(song)",
    // Its last table was just being dropped.
    "\(song) PRAGMA auto_vacuum = 0; PRAGMA journal_mode = PERSIST; DROP TABLE song; VACUUM;",
  ])
  func leavesADatabaseOfOthersAsItIs(script: String) throws {
    try leave(script)
    try expectRefusal(.notAnIndex(path: index.path))
  }

  @Test func leavesATextAsItIsWithWhatIsBesideIt() throws {
    for suffix in Self.suffixes { try write("a text\n", suffix) }
    try expectRefusal(.notAnIndex(path: index.path))
  }

  @Test(arguments: ["-wal", "-journal", "-shm"], [true, false])
  func leavesWhatIsAtTheirPlacesAsItIs(suffix: String, isThere: Bool) throws {
    if isThere { try write("", "") }
    try write(String(repeating: "a text\n", count: 20), suffix)
    try expectRefusal(
      foreign(suffix), whenRead: isThere ? foreign(suffix) : .missing(path: index.path))
  }

  @Test(arguments: ["-wal", "-journal"])
  func leavesWhatIsBesideAnIndexAsItIs(suffix: String) async throws {
    do { _ = try await index.writer().rest() }
    try write(String(repeating: "a text\n", count: 20), suffix)
    try expectRefusal(foreign(suffix))
  }

  @Test(arguments: ["-wal", "-journal", "-shm"])
  func doesNotOpenAPipeBesideAnIndex(suffix: String) async throws {
    do { _ = try await index.writer().rest() }
    #expect(mkfifo(index.path + suffix, 0o600) == 0)
    #expect(throws: foreign(suffix)) { _ = try index.writer() }
    #expect(throws: foreign(suffix)) { _ = try index.reader() }
  }

  @Test(arguments: ["PRAGMA journal_mode = WAL; \(song)", "\(song) \(inTheMiddle)"])
  func keepsTheLogOfADatabaseThatIsGone(script: String) throws {
    try leave(script)
    let isLog = FileManager.default.fileExists(atPath: index.path + "-wal")
    #expect(unlink(index.path) == 0)
    try expectRefusal(
      foreign(isLog ? "-wal" : "-journal"), whenRead: .missing(path: index.path))
  }

  @Test func refusesASocketAndADevice() throws {
    // SOCK_STREAM, which is of another type on each system.
    let socket = socket(AF_UNIX, 1, 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = index.path
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      for (position, byte) in path.utf8.enumerated() { bytes[position] = byte }
    }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    for path in [path, "/dev/null"] {
      #expect(throws: IndexError.notAnIndex(path: path)) {
        _ = try IndexWriter(path: path, now: index.now)
      }
      #expect(throws: IndexError.notAnIndex(path: path)) {
        _ = try IndexReader(path: path, now: index.now())
      }
    }
  }

  // MARK: - Ours all the same

  @Test func opensAnIndexThatIsInItsLogAlone() async throws {
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    let killed = try index.copyAfterKill()
    let id = try Connection(path: killed.path, mode: .immutable)
      .first("PRAGMA application_id") { $0.int64(at: 0) }
    #expect(id == 0, "the file itself does not say whose it is")
    #expect(try killed.reader().buckets(matching: []).map(\.objects) == [1])
    #expect(try IndexHealth(path: killed.path).buckets == 1)
    try await killed.writer().sync("bucket", [:])
    withExtendedLifetime(writer) {}
  }

  @Test func makesAnIndexWhereOneWasRemovedWithoutItsLog() async throws {
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    let killed = try index.copyAfterKill()
    #expect(unlink(killed.path) == 0)
    try await killed.writer().sync("other", [:])
    #expect(try killed.texts("SELECT name FROM bucket") == ["other"])
    withExtendedLifetime(writer) {}
  }

  /// As a process leaves it that is killed while it makes an index.
  @Test(arguments: [
    "BEGIN; CREATE TABLE t (a);", "PRAGMA journal_mode = WAL;",
    "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;",
  ])
  func makesAnIndexWhereOneWasBegun(script: String) async throws {
    try leave(script)
    #expect(throws: IndexError.missing(path: index.path)) { _ = try index.reader() }
    try await index.writer().sync("bucket", [:])
    #expect(try index.texts("SELECT name FROM bucket") == ["bucket"])
  }

  @Test func saysThatAnIndexWasCutShort() async throws {
    do {
      let writer = try index.writer()
      try await writer.sync("bucket", [Key("a"): ModelObject()])
      _ = try await writer.rest()
    }
    #expect(truncate(index.path, 4_000) == 0)
    for open in [{ _ = try index.reader() }, { _ = try index.writer() }] {
      let error = #expect(throws: IndexError.self) { try open() }
      #expect(error?.description.hasPrefix("\(index.path) is damaged: ") == true)
    }
  }
}

import Foundation
import Index
import IndexFixtures
import Migrations
import SQLite
import TestSupport
import Testing
import Vocabulary

@Suite struct IndexFileTests {
  // MARK: - What is made

  @Test func makesAFileThatItsHeaderIdentifies() throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    #expect(try index.integers("PRAGMA page_size") == [16_384])
    #expect(try index.texts("PRAGMA journal_mode") == ["wal"])
    #expect(try index.integers("PRAGMA application_id") == [0x5333_4155])
    #expect(try index.texts("PRAGMA integrity_check") == ["ok"])
    let header = try Data(contentsOf: URL(filePath: index.path)).prefix(72)
    #expect(header.suffix(4) == Data("S3AU".utf8))
  }

  @Test func makesPrivateFilesAndFolders() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a/b/index.sqlite3")
    let writer = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    for (name, mode) in [
      ("a", 0o700), ("a/b", 0o700), ("a/b/index.sqlite3", 0o600),
      ("a/b/index.sqlite3-wal", 0o600), ("a/b/index.sqlite3-shm", 0o600),
      ("a/b/index.sqlite3.lock", 0o600),
    ] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(name)")
    }
    withExtendedLifetime(writer) {}
  }

  @Test func keepsThePermissionsOfAnExistingFile() throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: index.path)
    _ = try index.writer()
    let attributes = try FileManager.default.attributesOfItem(atPath: index.path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o640)
  }

  @Test func commitsWithoutWaitingForTheDiskAtEachPage() async throws {
    let index = try ScratchIndex()
    let connection = try IndexFile.openForWriting(path: index.path, now: index.now())
    #expect(try connection.first("PRAGMA synchronous") { $0.int64(at: 0) } == 1)
  }

  @Test func takesAnEmptyFileForANewIndex() throws {
    let index = try ScratchIndex()
    try Data().write(to: URL(filePath: index.path))
    #expect(throws: IndexError.missing(path: index.path)) { _ = try index.reader() }
    _ = try index.writer()
    #expect(try index.integers("PRAGMA page_size") == [16_384])
    #expect(try index.integers("PRAGMA user_version") == [Int64(migrations.count)])
  }

  // MARK: - What is refused

  @Test func saysThatThereIsNoIndexToRead() throws {
    let index = try ScratchIndex()
    #expect(throws: IndexError.missing(path: index.path)) { _ = try index.reader() }
    #expect(!FileManager.default.fileExists(atPath: index.path))
  }

  @Test(arguments: ["DELETE", "WAL"])
  func refusesAnotherProgramsDatabase(journal: String) throws {
    let index = try ScratchIndex()
    try index.makeForeignDatabase(
      "PRAGMA journal_mode = \(journal); CREATE TABLE song (title); INSERT INTO song VALUES ('x');")
    try index.expectRefusal(.notAnIndex(path: index.path))
  }

  @Test(arguments: ["PRAGMA user_version = 3;", "PRAGMA application_id = 77; CREATE TABLE t (a);"])
  func refusesADatabaseThatIsMarkedByAnother(script: String) throws {
    let index = try ScratchIndex()
    try index.makeForeignDatabase(script)
    try index.expectRefusal(.notAnIndex(path: index.path))
  }

  @Test(arguments: [("xy", 1), ("not a database at all", 1), ("key,version\n", 10_000)])
  func refusesAFileThatIsNoDatabase(text: String, times: Int) throws {
    let index = try ScratchIndex()
    try Data(String(repeating: text, count: times).utf8).write(to: URL(filePath: index.path))
    try index.expectRefusal(.notAnIndex(path: index.path))
  }

  @Test func refusesAFolder() throws {
    let index = try ScratchIndex()
    try FileManager.default.createDirectory(
      atPath: index.path, withIntermediateDirectories: false)
    #expect(throws: IndexError.cannotCreate(path: index.path, reason: "Is a directory")) {
      _ = try index.writer()
    }
    #expect(throws: IndexError.notAnIndex(path: index.path)) { _ = try index.reader() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: index.path) == [])
  }

  /// Opening one would wait for whoever writes into it.
  @Test func refusesAPipe() throws {
    let index = try ScratchIndex()
    #expect(mkfifo(index.path, 0o600) == 0)
    #expect(throws: IndexError.notAnIndex(path: index.path)) { _ = try index.writer() }
    #expect(throws: IndexError.notAnIndex(path: index.path)) { _ = try index.reader() }
    #expect(throws: IndexError.notAnIndex(path: index.path)) {
      _ = try IndexHealth(path: index.path)
    }
    #expect(!FileManager.default.fileExists(atPath: index.path + ".lock"))
  }

  @Test func knowsWhereAFileCannotBeMade() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.file("file")))
    #expect(IndexFiles.obstacle(at: folder.file("a/b/index.sqlite3")) == nil)
    let file = folder.file("file")
    #expect(IndexFiles.obstacle(at: file + "/index.sqlite3") == "\(file) is no folder")
    #expect(IndexFiles.obstacle(at: file + "/below/index.sqlite3") != nil)
  }

  @Test func saysWhereAFileCannotBeMade() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.file("file")))
    let path = folder.file("file/below/index.sqlite3")
    #expect(
      throws: IndexError.cannotCreate(path: folder.file("file/below"), reason: "Not a directory")
    ) {
      _ = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
  }

  @Test func saysThatAFileIsDamaged() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", [Key("a"): ModelObject()])
    var bytes = try Data(contentsOf: URL(filePath: index.path))
    // The schema's page, behind the header.
    for position in 100..<16_384 { bytes[position] = 0xAB }
    try bytes.write(to: URL(filePath: index.path))
    for open in [{ _ = try index.reader() }, { _ = try index.writer() }] {
      let error = #expect(throws: IndexError.self) { try open() }
      #expect(error?.description.hasPrefix("\(index.path) is damaged: ") == true)
    }
  }

  // MARK: - Readers beside a writer

  @Test func readsWhileAWriterWrites() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject()])
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    let both: Contents = [Key("a"): ModelObject(), Key("b"): ModelObject()]
    let page = PageCoverage(
      page: ObjectPage(both.sorted { $0.key < $1.key }), after: .start, through: nil)
    _ = try await writer.merge(page, into: plan.ranges[0], of: plan, syncID: syncID)
    let reader = try index.reader()
    #expect(try reader.buckets(matching: []).map(\.objects) == [1])
    try await writer.commit()
    #expect(try reader.buckets(matching: []).map(\.objects) == [2])
  }

  @Test func showsOneStateThroughoutASnapshot() async throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    let insert = "INSERT INTO bucket (endpoint, name) VALUES ('', 'new')"
    let reader = try index.reader()
    try reader.inSnapshot {
      #expect(try reader.buckets(matching: []).isEmpty)
      try index.execute(insert)
      #expect(try reader.buckets(matching: []).isEmpty)
    }
    #expect(try reader.buckets(matching: []).map(\.name) == ["new"])
  }

  @Test func neverWritesThroughAReader() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", [Key("a"): ModelObject()])
    let connection = try IndexFile.openForReading(path: index.path, now: index.now())
    let error = #expect(throws: SQLiteError.self) { try connection.run("DELETE FROM object") }
    #expect(error?.primaryCode == .readOnly)
  }

  @Test(
    arguments: [
      (IndexError.busy(path: "f", pid: 7), "another command (process 7) is writing f"),
      (.busy(path: "f", pid: nil), "another command is writing f"),
      (.noBucket(pattern: "log*", known: []), "no bucket in the index matches 'log*'"),
      (.missing(path: "f"), "there is no index at f"),
      (.notAnIndex(path: "f"), "f is not an s3audit index"),
      (.cannotCreate(path: "f", reason: "r"), "cannot create f: r"),
      (.notWritable(path: "f"), "this user may not write f, or not make files beside it"),
      (.damaged(path: "f", reason: "r"), "f is damaged: r"),
      (
        .older(path: "f", version: 1, known: 2),
        "f has schema 1 and cannot be upgraded to 2 here, because it cannot be written"
      ),
      (
        .otherViews(path: "f", madeBy: "0.9"),
        "f has the views of s3audit 0.9 and cannot be given this program's here, because it cannot be written"
      ),
      (.changedMigration(path: "f", name: "v1"), "f was made with another text of migration v1"),
    ] as [(IndexError, String)])
  func saysWhatIsWrong(error: IndexError, text: String) {
    #expect(error.description == text)
  }
}

extension ScratchIndex {
  func makeForeignDatabase(_ script: String) throws {
    try Connection(path: path, mode: .create).execute(script: script)
  }

  /// Neither a writer nor a reader takes this file, and it stays as it is, byte for byte.
  func expectRefusal(
    _ expected: IndexError, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try Data(contentsOf: URL(filePath: path))
    #expect(throws: expected, sourceLocation: sourceLocation) { _ = try writer() }
    #expect(throws: expected, sourceLocation: sourceLocation) { _ = try reader() }
    let isUntouched = try Data(contentsOf: URL(filePath: path)) == before
    #expect(isUntouched, sourceLocation: sourceLocation)
  }
}

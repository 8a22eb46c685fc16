import Foundation
import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@Suite struct IndexHealthTests {
  @Test func tellsOfAnIndexThatWasNeverSynced() async throws {
    let scratch = try ScratchIndex()
    _ = try scratch.writer()
    let health = try IndexHealth(path: scratch.path)
    #expect(health.schemaVersion == IndexHealth.knownSchemaVersion)
    #expect(health.lastSync == nil)
    #expect(health.buckets == 0)
    #expect(try IndexHealth.quickCheck(path: scratch.path) { false } == .sound)
  }

  @Test func tellsOfTheLastSync() async throws {
    let scratch = try ScratchIndex()
    let writer = try scratch.writer()
    let id = try await writer.beginSync()
    let running = try IndexHealth(path: scratch.path)
    #expect(running.lastSync?.state == .running)
    #expect(running.lastSync?.finishedAt == nil)
    #expect(
      SyncLock.holder(indexPath: scratch.path)
        == .process(ProcessInfo.processInfo.processIdentifier))
    try await writer.finishSync(id, state: .partial, requests: 1, retries: 0)
    let ended = try IndexHealth(path: scratch.path)
    #expect(ended.lastSync?.state == .partial)
    #expect(ended.lastSync?.finishedAt == scratch.now())
  }

  @Test func nobodyHoldsAnIndexThatIsNotThere() throws {
    let folder = try TemporaryFolder()
    #expect(SyncLock.holder(indexPath: folder.file("x")) == .nobody)
    #expect(IndexFiles(path: folder.file("x")) == nil)
    #expect(throws: IndexError.missing(path: folder.file("x"))) {
      try IndexHealth(path: folder.file("x"))
    }
  }

  @Test func anOlderIndexIsNotUpgraded() throws {
    let scratch = try ScratchIndex()
    _ = try scratch.writer()
    try scratch.execute("PRAGMA user_version = 5")
    try scratch.execute("DELETE FROM schema_migration WHERE rowid > 5")
    let before = try Data(contentsOf: URL(filePath: scratch.path))
    #expect(try IndexHealth(path: scratch.path).schemaVersion == 5)
    #expect(try Data(contentsOf: URL(filePath: scratch.path)) == before)
  }

  @Test func aNewerIndexIsRefused() throws {
    let scratch = try ScratchIndex()
    _ = try scratch.writer()
    try scratch.execute("PRAGMA user_version = 99")
    let error = #expect(throws: IndexError.self) { try IndexHealth(path: scratch.path) }
    guard case .newer = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func anotherFileIsNoIndex() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x")
    try Data(repeating: 0x41, count: 8_192).write(to: URL(filePath: path))
    #expect(throws: IndexError.notAnIndex(path: path)) { try IndexHealth(path: path) }
  }

  @Test func damageIsFound() throws {
    let scratch = try ScratchIndex()
    _ = try scratch.writer()
    try scratch.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    // The pages of the schema stay; what follows is made of other bytes.
    var bytes = try Data(contentsOf: URL(filePath: scratch.path))
    let end = bytes.count
    bytes.replaceSubrange(end - 5 * 16_384..<end, with: Data(repeating: 0x55, count: 5 * 16_384))
    try bytes.write(to: URL(filePath: scratch.path))
    let soundness = try IndexHealth.quickCheck(path: scratch.path) { false }
    guard case .damaged(let findings) = soundness else {
      Issue.record("\(soundness)")
      return
    }
    #expect((1...5).contains(findings.count))
  }

  @Test func aCheckEndsWhenItIsToldTo() throws {
    let scratch = try ScratchIndex()
    _ = try scratch.writer()
    try scratch.execute(
      """
      INSERT INTO storage_class (name)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
      SELECT 'class ' || i FROM n
      """)
    #expect(try IndexHealth.quickCheck(path: scratch.path) { true } == .unfinished)
    #expect(try IndexHealth.quickCheck(path: scratch.path) { false } == .sound)
  }

  @Test func filesThatOthersCanReadAreTold() throws {
    let scratch = try ScratchIndex()
    _ = try scratch.writer()
    #expect(IndexFiles(path: scratch.path)?.isOpenToOthers == false)
    chmod(scratch.path, 0o644)
    #expect(IndexFiles(path: scratch.path)?.isOpenToOthers == true)
    #expect((IndexFiles(path: scratch.path)?.bytes ?? 0) > 0)
  }
}

import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// In which storage classes the journal says that objects were and are.
@Suite struct JournalClassTests {
  private func journal(of index: ScratchIndex) throws -> [String] {
    try index.texts(
      """
      SELECT key || ' ' || change || ' ' || ifnull(storage_class_before, '-') || ' '
        || ifnull(storage_class, '-')
      FROM changes ORDER BY sync, key
      """)
  }

  private func object(_ size: Int64, _ storageClass: String) -> ModelObject {
    ModelObject(size: size, storageClass: storageClass)
  }

  @Test func tellsBothClasses() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync(
      "bucket", [Key("gone"): object(1, "GLACIER"), Key("moved"): object(2, "STANDARD")])
    try await writer.sync(
      "bucket", [Key("moved"): object(2, "GLACIER"), Key("new"): object(3, "STANDARD_IA")])
    #expect(
      try journal(of: index) == [
        "gone removed GLACIER GLACIER", "moved modified STANDARD GLACIER",
        "new added - STANDARD_IA",
      ])
  }

  @Test func tellsBothClassesOfVersions() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", [Key("a"): [ModelVersion("1", object(1, "STANDARD"))]])
    try await writer.syncVersions(
      "bucket",
      [
        Key("a"): [
          ModelVersion("2", object(5, "GLACIER_IR")), ModelVersion("1", object(1, "STANDARD")),
        ]
      ])
    #expect(try journal(of: index) == ["a modified STANDARD GLACIER_IR"])
  }

  /// A crawl that begins again tells the way from the first class to the last.
  @Test func keepsTheFirstClassOfACrawlBegunAgain() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): object(1, "STANDARD")])
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    var random = SplitMix64(seed: 1)
    for name in ["STANDARD_IA", "GLACIER"] {
      _ = try await writer.apply([.restart(isOrdered: true)], of: plan, syncID: syncID)
      _ = try await writer.list(
        [Key("a"): object(1, name)], plan, syncID: syncID, &random)
    }
    _ = try await writer.finishCrawl(plan, outcome: .complete)
    #expect(try journal(of: index) == ["a modified STANDARD GLACIER"])
  }

  /// Rows of an index that was made before classes were recorded.
  @Test func saysNothingOfOlderRows() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): object(1, "STANDARD")])
    try await writer.sync("bucket", [:])
    try await writer.commit()
    try index.execute("UPDATE object_change SET class_before_id = NULL, class_after_id = NULL")
    #expect(try journal(of: index) == ["a removed - -"])
  }
}

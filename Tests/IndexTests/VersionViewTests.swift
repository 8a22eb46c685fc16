import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@Suite struct VersionViewTests {
  private static let stacks: Stacks = [
    Key("a/1"): [
      ModelVersion("v2", ModelObject(size: 3)),
      ModelVersion("null", ModelObject(size: 4, etag: "f", storageClass: "GLACIER")),
    ],
    Key("a/2"): [.marker("m"), ModelVersion("v1", ModelObject(size: 5))],
  ]

  private static let columns = """
    bucket || '/' || key || ' ' || coalesce(version_id, '-') || ' ' || is_latest || is_delete_marker
      || ' ' || coalesce(size, '-') || ' ' || coalesce(etag, '-') || ' '
      || coalesce(storage_class, '-') || ' ' || last_modified
    """

  @Test func showVersionsInTheirOrder() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", Self.stacks)
    try await writer.sync("plain", [Key("k"): ModelObject()])
    let time = "1970-01-01T00:00:00Z"
    #expect(
      try index.texts(
        "SELECT \(Self.columns) FROM versions WHERE endpoint = '' AND bucket = 'bucket' ORDER BY key, rank"
      )
        == [
          "bucket/a/1 v2 10 3 e STANDARD \(time)", "bucket/a/1 null 00 4 f GLACIER \(time)",
          "bucket/a/2 m 11 - - - \(time)", "bucket/a/2 v1 00 5 e STANDARD \(time)",
        ])
    // Where versions were never listed there are none to show.
    #expect(try index.integers("SELECT count(*) FROM versions WHERE bucket = 'plain'") == [0])
  }

  @Test func sumUpVersions() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", Self.stacks)
    try await writer.sync("plain", [Key("k"): ModelObject()])
    let sums = """
      coalesce(noncurrent_objects, '-') || ' ' || coalesce(noncurrent_bytes, '-')
      """
    #expect(
      try index.texts(
        "SELECT \(sums) || ' ' || coalesce(delete_markers, '-') FROM buckets ORDER BY bucket")
        == ["2 9 1", "- - -"])
    #expect(
      try index.texts(
        """
        SELECT bucket || ' ' || storage_class || ' ' || objects || ' ' || \(sums)
        FROM bucket_classes ORDER BY bucket, storage_class
        """) == ["bucket GLACIER 0 1 4", "bucket STANDARD 1 1 5", "plain STANDARD 1 - -"])
  }

  /// A part that was listed shows what is known of it, and no sums of the whole.
  @Test func showWhatIsKnownOfAPart() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a/1"): ModelObject(size: 3), Key("z"): ModelObject()])
    try await writer.syncVersions("bucket", Self.stacks, prefix: Key("a/1"))
    #expect(
      try index.texts(
        "SELECT key || ' ' || coalesce(version_id, '-') FROM versions ORDER BY endpoint, bucket, key, rank"
      )
        == ["a/1 v2", "a/1 null", "z -"])
    #expect(try index.texts("SELECT coalesce(noncurrent_objects, '-') FROM buckets") == ["-"])
  }

  @Test(arguments: [
    "SELECT * FROM versions WHERE endpoint = '' AND bucket = 'b' ORDER BY key, rank",
    "SELECT * FROM versions WHERE endpoint = '' AND bucket = 'b' AND key >= 'a' ORDER BY key, rank",
    "SELECT * FROM versions ORDER BY endpoint, bucket, key, rank",
    "SELECT version_id FROM versions WHERE bucket = 'b' AND key = 'a'",
  ])
  func needNoSort(sql: String) throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    let plan = try index.connection().all("EXPLAIN QUERY PLAN " + sql) { $0.string(at: 3) }
    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    for table in ["object", "object_version"] {
      #expect(plan.contains { $0.hasPrefix("SEARCH \(table) USING PRIMARY KEY") }, "\(plan)")
    }
  }
}

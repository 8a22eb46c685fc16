import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@Suite struct UploadTests {
  private func upload(
    _ key: String, _ id: String, class storageClass: String = "STANDARD",
    parts: StoredUpload.Parts? = nil
  ) -> StoredUpload {
    StoredUpload(
      Upload(
        key: Key(key), uploadID: id, initiated: ScratchIndex.start, storageClass: storageClass),
      parts: parts)
  }

  private func bucket(_ writer: IndexWriter) async throws -> Int64 {
    try await writer.begin("bucket").bucketID
  }

  @Test func holdsWhatWasListed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await bucket(writer)
    let uploads = [
      upload("b", "1"), upload("a", "2", class: "GLACIER", parts: .init(count: 2, bytes: 7)),
      upload("a", "1"),
    ]
    try await writer.replaceUploads(
      uploads + [uploads[0]], of: id, prefix: .start, begun: index.now())
    #expect(
      try await writer.uploads(of: id, prefix: .start) == [uploads[2], uploads[1], uploads[0]])
    try await writer.replaceUploads([uploads[0]], of: id, prefix: .start, begun: index.now())
    #expect(try await writer.uploads(of: id, prefix: .start) == [uploads[0]])
  }

  @Test func aListingOfAPrefixLeavesTheOthers() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await bucket(writer)
    let all = [upload("a/1", "x"), upload("a/2", "x"), upload("b", "x")]
    try await writer.replaceUploads(all, of: id, prefix: .start, begun: index.now())
    index.time.advance(days: 1)
    try await writer.replaceUploads(
      [all[1], upload("c", "not asked for")], of: id, prefix: Key("a/"), begun: index.now())
    #expect(try await writer.uploads(of: id, prefix: .start) == [all[1], all[2]])
    #expect(try await writer.uploads(of: id, prefix: Key("a/")) == [all[1]])
    #expect(
      try index.texts("SELECT uploads_synced_at FROM buckets") == ["2026-11-20T00:00:00Z"])
  }

  /// A sum that leaves out what nobody knows is none of all.
  @Test(arguments: UploadGrouping.allCases)
  func sumsOfBytesThatAreNotKnownAreNotComplete(grouping: UploadGrouping) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await bucket(writer)
    let known = upload("a", "1", parts: .init(count: 3, bytes: 9))
    func sums(_ sizeMin: Int64? = nil) throws -> [String] {
      var filter = ObjectFilter()
      filter.sizeMin = sizeMin
      return try index.reader().uploadSums(by: grouping, filter, now: index.now()).map { sum in
        let bytes = sum.bytes.map { "\($0)" } ?? "null"
        return "\(sum.uploads ?? -1) \(bytes) \(sum.freshness.state)"
      }
    }
    try await writer.replaceUploads([known], of: id, prefix: .start, begun: index.now())
    #expect(try sums() == ["1 9 complete"])
    #expect(try sums(1) == ["1 9 complete"])
    try await writer.replaceUploads(
      [known, upload("b", "1")], of: id, prefix: .start, begun: index.now())
    #expect(try sums() == ["2 null partial"])
    #expect(try sums(1) == ["1 9 partial"])
    let reader = try index.reader()
    #expect(try reader.uploadsOfUnknownBytes(ObjectFilter()).map(\.key) == [Key("b")])
  }

  @Test func partsAreWhatTheLastListingSays() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await bucket(writer)
    let known = upload("a", "1", parts: .init(count: 3, bytes: 9))
    try await writer.replaceUploads([known], of: id, prefix: .start, begun: index.now())
    try await writer.replaceUploads([upload("a", "1")], of: id, prefix: .start, begun: index.now())
    #expect(try await writer.uploads(of: id, prefix: .start) == [upload("a", "1")])
    let grown = upload("a", "1", parts: .init(count: 4, bytes: 12))
    try await writer.replaceUploads([grown], of: id, prefix: .start, begun: index.now())
    #expect(try await writer.uploads(of: id, prefix: .start) == [grown])
  }

  @Test func writesOnlyDifferences() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await bucket(writer)
    let uploads = [upload("a", "1", parts: .init(count: 0, bytes: 0)), upload("a", "2")]
    try await writer.replaceUploads(uploads, of: id, prefix: .start, begun: index.now())
    for verb in ["INSERT", "UPDATE", "DELETE"] {
      try index.execute(
        """
        CREATE TRIGGER no_\(verb) BEFORE \(verb) ON upload
        BEGIN SELECT RAISE(ABORT, 'upload is written'); END;
        """)
    }
    try await writer.replaceUploads(
      uploads.reversed(), of: id, prefix: .start, begun: index.now())
    await #expect(throws: SQLiteError.self) {
      try await writer.replaceUploads([], of: id, prefix: .start, begun: index.now())
    }
  }

  /// What was never listed is null, and so is a sum of which a part is not known.
  @Test func viewsTellWhatIsKnown() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await bucket(writer)
    let sums = """
      SELECT coalesce(uploads, '-') || ' ' || coalesce(upload_bytes, '-') FROM buckets
      """
    #expect(try index.texts(sums) == ["- -"])
    try await writer.replaceUploads([], of: id, prefix: .start, begun: index.now())
    #expect(try index.texts(sums) == ["0 0"])
    let parts = StoredUpload.Parts(count: 2, bytes: 7)
    try await writer.replaceUploads(
      [upload("a", "1", parts: parts), upload("a", "2", class: "GLACIER")], of: id,
      prefix: .start, begun: index.now())
    #expect(try index.texts(sums) == ["2 -"])
    #expect(
      try index.texts(
        """
        SELECT storage_class || ' ' || objects || ' ' || uploads || ' ' || coalesce(upload_bytes, '-')
        FROM bucket_classes ORDER BY 1
        """) == ["GLACIER 0 1 -", "STANDARD 0 1 7"])
    #expect(
      try index.texts(
        """
        SELECT bucket || ' ' || key || ' ' || upload_id || ' ' || initiated || ' ' || storage_class
          || ' ' || coalesce(parts, '-') || ' ' || coalesce(bytes, '-') || ' ' || endpoint
        FROM uploads ORDER BY upload_id
        """) == [
          "bucket a 1 2026-11-20T00:00:00Z STANDARD 2 7 ",
          "bucket a 2 2026-11-20T00:00:00Z GLACIER - - ",
        ])
  }
}

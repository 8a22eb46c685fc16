import AWS
import Compression
import Inventory
import Testing
import Vocabulary

@Suite struct InventorySchemaTests {
  @Test func findsColumnsByNameWhereverTheyStand() throws {
    let schema = try InventorySchema(
      "Key, Bucket, FutureColumn , StorageClass, Size,LastModifiedDate, ETag")
    #expect(schema.columns.count == 7)
    #expect(!schema.hasVersions)
  }

  @Test func findsThemByTheNamesOfParquetToo() throws {
    let schema = try InventorySchema(
      "bucket, key, version_id, is_latest, is_delete_marker, size, last_modified_date, e_tag, storage_class"
    )
    #expect(schema.hasVersions)
  }

  @Test(
    arguments: [
      ("Bucket, Key, LastModifiedDate, StorageClass", ["Size"]),
      ("Key", ["Bucket", "Size", "LastModifiedDate", "StorageClass"]),
      (
        "Bucket, Key, VersionId, Size, LastModifiedDate, StorageClass",
        ["IsLatest", "IsDeleteMarker"]
      ),
    ])
  func namesWhatIsMissing(schema: String, missing: [String]) throws {
    let error = try #require(throws: InventoryError.self) { try InventorySchema(schema) }
    guard case .missingColumns(let names) = error.kind else {
      Issue.record("another error: \(error)")
      return
    }
    #expect(names == missing)
  }

  @Test(
    arguments: [
      ("Bucket, Key, Size, LastModifiedDate, StorageClass, Size", "Size"),
      ("Bucket, Key, Size, LastModifiedDate, last_modified_date, StorageClass", "LastModifiedDate"),
      ("Bucket, Key, Size, ETag, LastModifiedDate, StorageClass, e_tag", "ETag"),
    ])
  func refusesAColumnThatIsThereTwice(schema: String, column: String) throws {
    let error = try #require(throws: InventoryError.self) { try InventorySchema(schema) }
    guard case .repeatedColumn(column) = error.kind else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test func passesOverUnknownColumnsThatAreThereTwice() throws {
    let schema = try InventorySchema("New, Bucket, Key, Size, New, LastModifiedDate, StorageClass")
    #expect(!schema.hasVersions)
  }
}

@Suite struct InventoryDateTests {
  @Test(
    arguments: [
      ("2026-11-29", true), ("2026-11-29T", true), ("2026-11-29T01-00Z", true),
      ("2024-02-29T23-59Z", true), ("2026-11-29T01-5", true), ("2026-02-29", false),
      ("2026-13-45", false), ("9999-99-99T99-99Z", false), ("2026-11-29T24-00Z", false),
      ("2026-11-29T01-60Z", false), ("0000-01-01", false), ("2026-11", false), ("today", false),
      ("2026-11-29T01-00Z/", false),
    ])
  func isOnlyWhatCanBe(text: String, canBe: Bool) {
    #expect(InventoryDate.isBeginning(text) == canBe)
  }
}

@Suite struct InventoryManifestTests {
  private let text = """
    {"sourceBucket": "logs", "destinationBucket": "arn:aws-cn:s3:::inventories",
     "version": "2016-11-30", "creationTimestamp": "1670803200000", "fileFormat": "CSV",
     "fileSchema": "Bucket, Key", "files": [{"key": "a.csv.gz", "size": 7, "MD5checksum": "F1"}]}
    """

  @Test func readsWhatS3Writes() throws {
    let manifest = try InventoryManifest(parsing: Array(text.utf8))
    #expect(manifest.sourceBucket == "logs")
    #expect(manifest.destinationBucket == "inventories")
    #expect(manifest.partition == "aws-cn")
    #expect(manifest.created.iso8601 == "2022-12-12T00:00:00Z")
    #expect(manifest.files == [InventoryManifest.File(key: "a.csv.gz", size: 7, md5: "F1")])
  }

  @Test(arguments: ["", "a\\u0007b", "a/b", "a b", String(repeating: "a", count: 256)])
  func refusesWhatNoBucketIsCalled(name: String) {
    let changed = text.replacing("\"logs\"", with: "\"\(name)\"")
    let fault = #expect(throws: InventoryManifest.Fault.self) {
      try InventoryManifest(parsing: Array(changed.utf8))
    }
    #expect(fault?.member == "sourceBucket")
  }

  @Test(
    arguments: [
      "sourceBucket", "creationTimestamp", "fileFormat", "fileSchema", "files",
    ])
  func namesWhatIsMissing(member: String) {
    let changed = text.replacing("\"\(member)\"", with: "\"other\"")
    let fault = #expect(throws: InventoryManifest.Fault.self) {
      try InventoryManifest(parsing: Array(changed.utf8))
    }
    #expect(fault?.member == member)
  }
}

@Suite struct GzipReaderTests {
  private let text = Array((0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })

  private func read(_ bytes: [UInt8], piece: Int) throws -> [UInt8] {
    var reader = GzipReader()
    var found: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try reader.read(Array(bytes[start..<min(start + piece, bytes.count)])) { part in
        for index in part.indices { found.append(part[index]) }
      }
    }
    try reader.finish { part in for index in part.indices { found.append(part[index]) } }
    return found
  }

  @Test(arguments: [1, 7, 4_096, 1 << 20])
  func readsMembersInPieces(piece: Int) throws {
    let cut = 20_000
    let members =
      Deflation.gzip(Array(text[..<cut])) + Deflation.gzip([])
      + Deflation.gzip(Array(text[cut...]), level: 9)
    #expect(try read(members, piece: piece) == text)
    #expect(try read(members + [0, 0, 0], piece: piece) == text)
    #expect(try read(text, piece: piece) == text)
  }

  @Test func refusesWhatIsCutShortOrDamaged() {
    let member = Deflation.gzip(text)
    for count in [3, 20, member.count / 2, member.count - 1] {
      #expect(throws: Inflation.Failure.damaged) { try read(Array(member[..<count]), piece: 1_000) }
    }
    var damaged = member
    damaged[damaged.count / 2] ^= 0xFF
    #expect(throws: Inflation.Failure.damaged) { try read(damaged, piece: 1_000) }
  }
}

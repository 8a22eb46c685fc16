import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// Verdicts about an index of the 20th of November beside figures of days before it.
@Suite struct ReconcileTests {
  private static let mebibyte: Int64 = 1 << 20

  /// What is known of a bucket: contents, uploads (nil: never listed) and whether it may have versions.
  private struct Known {
    var contents: Contents
    var uploads: [StoredUpload]? = []
    var hasVersioning = false
  }

  private static func index(
    _ known: Known, _ figures: [String: Int64], day: Int = 18
  ) async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    _ = try await writer.sync("b", known.contents, region: "us-east-1")
    let id = try await writer.begin("b", region: "us-east-1").bucketID
    if let uploads = known.uploads {
      try await writer.replaceUploads(uploads, of: id, prefix: .start, begun: index.now())
    }
    try await writer.keep(
      figures.map { estimate($0.key, $0.value, day) }, at: "", replacing: { _, _, _ in true })
    try index.execute(
      """
      UPDATE bucket SET state = 'complete';
      INSERT INTO bucket_property (bucket_id, property, state, read_ms)
      VALUES (\(id), 'versioning', '\(known.hasVersioning ? "set" : "none")', 1)
      """)
    return index
  }

  private static func estimate(_ type: String, _ value: Int64, _ day: Int) -> StoredEstimate {
    let classes = [
      "StandardStorage": "STANDARD", "GlacierStorage": "GLACIER",
      "StandardIAStorage": "STANDARD_IA",
      "GlacierStagingStorage": "GLACIER",
    ]
    var estimate = StoredEstimate(
      bucket: "b", endpoint: "", region: "us-east-1", account: nil, state: .complete,
      asked: ScratchIndex.start)
    estimate.storageType = type
    estimate.storageClass = classes[type]
    estimate.component =
      type == "AllStorageTypes"
      ? "objects" : type == "GlacierStagingStorage" ? "staging" : "storage"
    estimate.value = value
    estimate.day = Timestamp(year: 2026, month: 11, day: day)
    return estimate
  }

  private static func object(
    _ mebibytes: Int64, _ storageClass: String = "STANDARD", day: Int? = nil
  ) -> ModelObject {
    ModelObject(
      size: mebibytes * mebibyte,
      lastModified: day.map { Timestamp(year: 2026, month: 11, day: $0, hour: 12) }
        ?? Timestamp(year: 2025, month: 1, day: 1), storageClass: storageClass)
  }

  /// `CLASS component figure verdict` of each row of bytes.
  private static func verdicts(_ index: ScratchIndex, _ arguments: String...) throws -> [String] {
    let answer = try typed(Reconcile.self, arguments)
    return try answered(answer, by: index).split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells[2] != "objects" else { return nil }
      return "\(cells[1]) \(cells[2]) \(cells[3].isEmpty ? "-" : cells[3]) \(cells[10])"
    }
  }

  /// A case: an object of GLACIER or another class beside one of STANDARD, which agrees.
  struct Silence: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var storageClass = "GLACIER"
    /// When the other object was written, in November; nil for long ago.
    var written: Int?
    var figures: [String: Int64] = [:]
    var day = 18
    var verdict: String
  }

  @Test(arguments: [
    Silence(testDescription: "there was nothing of it", verdict: "GLACIER storage 0 differs"),
    Silence(
      testDescription: "it came after the day", written: 19, verdict: "GLACIER storage 0 older"),
    Silence(
      testDescription: "it began on that day, and its type may be late", written: 18,
      verdict: "GLACIER storage - no figure"),
    Silence(
      testDescription: "the day had not ended when the index was synced", day: 20,
      verdict: "GLACIER storage 0 differs"),
    Silence(
      testDescription: "a type that nobody knows may be it", figures: ["CrystalStorage": 7],
      verdict: "GLACIER storage - no figure"),
    Silence(
      testDescription: "a type that nobody knows is empty", figures: ["CrystalStorage": 0],
      verdict: "GLACIER storage 0 differs"),
    Silence(
      testDescription: "CloudWatch never tells of the class", storageClass: "OUTPOSTS",
      verdict: "OUTPOSTS storage - no figure"),
  ])
  func aClassThatAWholeDayLeavesOut(one: Silence) async throws {
    let contents: Contents = [
      Key("a"): Self.object(3),
      Key("g"): Self.object(5, one.storageClass, day: one.written),
    ]
    let figures = ["AllStorageTypes": 2, "StandardStorage": 3 * Self.mebibyte]
    let index = try await Self.index(
      Known(contents: contents), figures.merging(one.figures) { $1 }, day: one.day)
    let verdicts = try Self.verdicts(index)
    #expect(verdicts.contains(one.verdict), "\(verdicts)")
    #expect(verdicts.contains("STANDARD storage \(3 * Self.mebibyte) agrees"))
  }

  @Test func aDayThatIsNotWholeLeavesOutNothing() async throws {
    let index = try await Self.index(
      Known(contents: [Key("g"): Self.object(5, "GLACIER")]),
      ["AllStorageTypes": 1, "StandardStorage": 0])
    try index.execute("UPDATE estimate SET state = 'incomplete'")
    #expect(try Self.verdicts(index).first == "GLACIER storage - no figure")
  }

  @Test func aClassThatTheIndexLeavesOutIsNothingThere() async throws {
    let index = try await Self.index(
      Known(contents: [Key("a"): Self.object(3)]),
      [
        "AllStorageTypes": 2, "StandardStorage": 3 * Self.mebibyte,
        "StandardIAStorage": 9 * Self.mebibyte,
      ])
    #expect(
      try Self.verdicts(index) == [
        "STANDARD storage \(3 * Self.mebibyte) agrees",
        "STANDARD_IA storage \(9 * Self.mebibyte) differs",
      ])
  }

  @Test(
    arguments: [
      (uploads: nil, hasVersioning: false, figure: 9, "differs"),
      (uploads: 0, hasVersioning: false, figure: 9, "differs"),
      (uploads: 6, hasVersioning: false, figure: 9, "agrees"),
      (uploads: nil, hasVersioning: true, figure: 9, "versions unknown"),
      (uploads: nil, hasVersioning: false, figure: 1, "differs"),
    ] as [(uploads: Int64?, hasVersioning: Bool, figure: Int64, verdict: String)])
  func uploadsThatWereNeverListed(
    uploads: Int64?, hasVersioning: Bool, figure: Int64, verdict: String
  ) async throws {
    let parts = uploads.map { size in
      size == 0
        ? []
        : [
          StoredUpload(
            Upload(
              key: Key("u"), uploadID: "u", initiated: ScratchIndex.start,
              storageClass: "STANDARD"), parts: .init(count: 1, bytes: size * Self.mebibyte))
        ]
    }
    let index = try await Self.index(
      Known(contents: [Key("a"): Self.object(3)], uploads: parts, hasVersioning: hasVersioning),
      ["AllStorageTypes": 1, "StandardStorage": figure * Self.mebibyte])
    #expect(
      try Self.verdicts(index) == ["STANDARD storage \(figure * Self.mebibyte) \(verdict)"])
  }

  @Test func classesAreNamedInAnyCaseAndSlipsAreTold() async throws {
    let contents: Contents = [Key("a"): Self.object(3)]
    let index = try await Self.index(
      Known(contents: contents), ["AllStorageTypes": 1, "CrystalStorage": 5])
    #expect(try Self.verdicts(index, "--class", "standard").count == 1)
    #expect(try Self.verdicts(index, "--class", "crystalstorage").count == 1)
    // It is one of AWS, and nothing is in it.
    #expect(try Self.verdicts(index, "--class", "GLACIER").isEmpty)
    let error = #expect(throws: IndexError.self) {
      try Self.verdicts(index, "--class", "GLACEIR")
    }
    #expect(
      error == .noStorageClass(name: "GLACEIR", known: ["CrystalStorage", "STANDARD"]))
  }
}

import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// What is told of objects that are stored more than once.
@Suite struct DuplicateTests {
  private static let a = String(repeating: "a", count: 32)
  private static let b = "\(String(repeating: "b", count: 32))-12"

  private func object(_ size: Int64, _ etag: String, _ name: String = "STANDARD") -> ModelObject {
    ModelObject(size: size, etag: etag, storageClass: name)
  }

  /// An index of buckets, each with its encryption: a value, a state, or nothing that was read.
  private func index(
    _ buckets: [(name: String, encryption: BucketProperty?, contents: Contents)]
  ) async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for bucket in buckets {
      let syncID = try await writer.beginSync()
      let plan = try await writer.begin(bucket.name)
      var random = SplitMix64(seed: 1)
      _ = try await writer.list(bucket.contents, plan, syncID: syncID, &random)
      if let encryption = bucket.encryption { try await writer.record([encryption], of: plan) }
      _ = try await writer.finishCrawl(plan, outcome: .complete)
      try await writer.finishSync(syncID, state: .complete, requests: 1, retries: 0)
    }
    return index
  }

  private static func encryption(_ value: String) -> BucketProperty {
    BucketProperty(.encryption, .set, value: value)
  }

  private func found(
    _ index: ScratchIndex, listsCopies: Bool = false, limit: Int64? = nil,
    _ filter: ObjectFilter = ObjectFilter()
  ) throws -> (rows: [String], totals: DuplicateTotals) {
    var question = DuplicateQuestion(filter)
    (question.listsCopies, question.limit) = (listsCopies, limit)
    var rows: [String] = []
    let totals = try index.reader().duplicates(question) { row in
      let wasted = row.wastedBytes.map { "\($0)" } ?? "-"
      rows.append(
        "\(row.copies) \(row.size) \(wasted) \(row.certainty) \(row.bucket.name)/\(row.key.text)")
    }
    return (rows, totals)
  }

  @Test func namesGroupsOverBucketsWithTheMostWasteFirst() async throws {
    let index = try await index([
      (
        "b", Self.encryption("AES256"),
        [
          Key("1"): object(10, Self.a), Key("2"): object(20, Self.b), Key("3"): object(7, "x"),
          Key("4"): object(0, Self.a), Key("5"): object(0, Self.a), Key("6"): object(11, Self.a),
        ]
      ),
      (
        "a", BucketProperty(.encryption, .absent),
        [Key("9"): object(10, Self.a), Key("8"): object(10, Self.a), Key("7"): object(20, Self.b)]
      ),
    ])
    let (rows, totals) = try found(index)
    #expect(
      rows == ["3 10 20 md5 a/8", "2 20 20 multipart a/7"].sorted { $0 > $1 }
        || rows == [
          "2 20 20 multipart a/7", "3 10 20 md5 a/8",
        ])
    #expect(totals.groups == 2 && totals.copies == 5 && totals.wastedBytes == 40)
    #expect(
      try found(index, listsCopies: true).rows == [
        "2 20 20 multipart a/7", "2 20 20 multipart b/2", "3 10 20 md5 a/8", "3 10 20 md5 a/9",
        "3 10 20 md5 b/1",
      ])
    #expect(try found(index, listsCopies: true, limit: 3).rows.count == 3)
    #expect(try found(index, limit: 1).totals.wastedBytes == 40)
  }

  /// Under a key of KMS, or where nobody knows, an ETag that looks like an MD5 proves nothing.
  @Test(arguments: [
    encryption("aws:kms"), encryption("aws:kms:dsse"), BucketProperty(.encryption, .denied),
    BucketProperty(.encryption, .failed), nil,
  ])
  func provesNothingWhereETagsAreNoDigests(_ encryption: BucketProperty?) async throws {
    let index = try await index([
      (
        "bucket", encryption,
        [Key("1"): object(10, Self.a), Key("2"): object(10, Self.a), Key("3"): object(9, Self.a)]
      )
    ])
    let (rows, totals) = try found(index)
    #expect(rows == ["2 10 - opaque bucket/1"])
    #expect(totals.wastedBytes == 0 && totals.opaqueCopies == 2)
    #expect(totals.unreadBuckets == (encryption?.value == nil ? ["bucket"] : []))
  }

  @Test(arguments: ["e", "\(a)0", "\(a)-", "\(a)-x", "g\(a.dropFirst())", "\(a)-123456"])
  func knowsOnlyTheFormsOfDigests(_ etag: String) async throws {
    let contents: Contents = [Key("1"): object(10, etag), Key("2"): object(10, etag)]
    let index = try await index([("bucket", Self.encryption("AES256"), contents)])
    #expect(try found(index).rows == ["2 10 - opaque bucket/1"])
  }

  @Test func directoryBucketsHaveNoDigests() async throws {
    let contents: Contents = [
      Key("1"): object(10, Self.a, "EXPRESS_ONEZONE"),
      Key("2"): object(10, Self.a, "EXPRESS_ONEZONE"),
    ]
    let index = try await index([("bucket", Self.encryption("AES256"), contents)])
    #expect(try found(index).rows == ["2 10 - opaque bucket/1"])
  }

  /// What is proven is a group, and what is not is beside it.
  @Test func tellsProvenCopiesFromOthers() async throws {
    let index = try await index([
      (
        "plain", Self.encryption("AES256"),
        [
          Key("1"): object(10, Self.a), Key("2"): object(10, Self.a), Key("3"): object(5, Self.b),
        ]
      ),
      (
        "secret", Self.encryption("aws:kms"),
        [Key("4"): object(10, Self.a), Key("5"): object(5, Self.b)]
      ),
    ])
    #expect(
      try found(index, listsCopies: true).rows == [
        "2 10 10 md5 plain/1", "2 10 10 md5 plain/2", "1 10 - opaque secret/4",
        "2 5 - opaque plain/3", "2 5 - opaque secret/5",
      ])
    #expect(
      try found(index).rows == [
        "2 10 10 md5 plain/1", "1 10 - opaque secret/4", "2 5 - opaque plain/3",
      ])
  }

  @Test func countsObjectsWithoutAnETag() async throws {
    let contents: Contents = [
      Key("1"): object(10, "?"), Key("2"): object(10, "?"), Key("3"): object(0, "?"),
    ]
    let index = try await index([("bucket", Self.encryption("AES256"), contents)])
    let (rows, totals) = try found(index)
    #expect(rows.isEmpty && totals.unknownETags == 2)
  }

  @Test func wasteThatDoesNotFitIsTheLargest() async throws {
    let index = try await index(
      (0..<10).map { number in
        ("bucket\(number)", Self.encryption("AES256"), [Key("1"): object(1 << 60, Self.a)])
      })
    let (rows, totals) = try found(index)
    #expect(rows == ["10 \(Int64(1) << 60) \(Int64.max) md5 bucket0/1"])
    #expect(totals.wastedBytes == .max)
  }

  /// Against groups counted in memory, under filters too.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func findsWhatIsThere(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var contents = Contents()
    for number in 0..<3_000 {
      let digits = String(random.below(1_500), radix: 16)
      let etag = String(repeating: "0", count: 32 - digits.count) + digits
      contents[Key("\(number % 7)/\(number)")] = object(Int64(random.below(3)), etag)
    }
    let index = try await index([("bucket", Self.encryption("AES256"), contents)])
    var filter = ObjectFilter()
    if seed.isMultiple(of: 2) { filter.prefix = Key("3/") }
    if seed.isMultiple(of: 3) { filter.sizeMin = 2 }
    let chosen = contents.filter { key, object in
      object.size >= max(1, filter.sizeMin ?? 0) && key.bytes.starts(with: filter.prefix.bytes)
    }
    let groups = Dictionary(grouping: chosen) { "\($0.value.etag) \($0.value.size)" }.values
      .filter { $0.count > 1 }
    let (rows, totals) = try found(index, filter)
    #expect(rows.count == groups.count)
    #expect(
      totals.wastedBytes
        == groups.map { Int64($0.count - 1) * $0[0].value.size }.reduce(0, +))
    #expect(
      Set(rows.compactMap { $0.split(separator: "bucket/").last.map { String($0) } })
        == Set(groups.compactMap { $0.map(\.key).min()?.text }))
  }
}

@Suite struct RepeatSketchTests {
  @Test(arguments: [0, 1_000, 1_000_000] as [Int64])
  func missesNothingThatCameTwice(expected: Int64) {
    var sketch = RepeatSketch(expecting: expected)
    let texts = (0..<5_000).map { Array("text \($0)".utf8) }
    for (number, text) in texts.enumerated() {
      sketch.add(text.span)
      if number.isMultiple(of: 10) { sketch.add(text.span) }
    }
    var wrong = 0
    for (number, text) in texts.enumerated() {
      let mayRepeat = sketch.mayRepeat(text.span)
      if number.isMultiple(of: 10) { #expect(mayRepeat) } else if mayRepeat { wrong += 1 }
    }
    // A sketch of the right size is right of nearly all.
    if expected == 1_000_000 { #expect(wrong < 50) }
  }
}

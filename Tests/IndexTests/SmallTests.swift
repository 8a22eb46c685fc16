import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// Sums of small objects, from those that are kept and from the objects.
@Suite struct SmallTests {
  private func contents(seed: UInt64) -> Contents {
    var random = SplitMix64(seed: seed)
    let classes = ["STANDARD", "STANDARD_IA", "GLACIER"]
    let sizes: [Int64] = [0, 1, 16_383, 16_384, 131_071, 131_072, 1 << 20]
    return Contents(
      uniqueKeysWithValues: (0..<200).map { number in
        (
          Key("\(number % 3)/\(number % 5)/\(number)"),
          ModelObject(size: sizes[random.below(7)], storageClass: classes[random.below(3)])
        )
      })
  }

  /// What a row says: the class, all, small, and those under 128 KiB among them.
  private func text(_ row: SmallUsage) -> String {
    let sums = [row.all, row.small, row.tiny].map { "\($0.objects) \($0.bytes)" }
    return ([row.prefix?.text ?? "-", row.storageClass] + sums).joined(separator: " ")
  }

  private func expected(_ contents: Contents, _ size: Int64, below prefix: String?) -> [String] {
    let below = contents.below(Key(prefix ?? ""))
    return Dictionary(grouping: below.values, by: \.storageClass).sorted { $0.key < $1.key }.map {
      name, objects in
      func sum(_ limit: Int64) -> String {
        let some = objects.filter { $0.size < limit }
        return "\(some.count) \(some.map(\.size).reduce(0, +))"
      }
      return [prefix ?? "-", name, sum(.max), sum(size), sum(min(size, 131_072))]
        .joined(separator: " ")
    }
  }

  @Test(arguments: [16_384, 131_072, 1 << 21] as [Int64])
  func sumsByBucketAndClass(size: Int64) async throws {
    let index = try ScratchIndex()
    let contents = contents(seed: 1)
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    // The filter passes everything, but has the objects read.
    var scanning = ObjectFilter()
    scanning.keyGlob = "*"
    for filter in [ObjectFilter(), scanning] {
      for grouping in [SmallGrouping.bucket, .class] {
        let rows = try reader.small(under: size, by: grouping, depth: 1, filter)
        #expect(rows.map(text) == expected(contents, size, below: nil))
      }
    }
  }

  @Test(arguments: [1, 2])
  func sumsByPrefix(depth: Int) async throws {
    let index = try ScratchIndex()
    let contents = contents(seed: 2)
    try await index.writer().sync("bucket", contents)
    let rows = try index.reader().small(
      under: 131_072, by: .prefix, depth: depth, ObjectFilter())
    let prefixes = ["", "0/", "0/0/", "0/1/", "0/2/", "0/3/", "0/4/", "1/", "1/0/"] + ["1/1/"]
    let all = Set(
      contents.keys.flatMap { key -> [String] in
        let parts = key.text.split(separator: "/")
        return ["", "\(parts[0])/"] + (depth > 1 ? ["\(parts[0])/\(parts[1])/"] : [])
      })
    #expect(rows.map(text) == all.sorted().flatMap { expected(contents, 131_072, below: $0) })
    #expect(depth == 1 || all.isSuperset(of: prefixes))
  }

  @Test func answersForWholeBucketsWithoutReadingObjects() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", contents(seed: 3))
    let reader = try index.reader()
    _ = try reader.small(under: 131_072, by: .bucket, depth: 1, ObjectFilter())
    _ = try reader.small(under: 131_072, by: .class, depth: 1, ObjectFilter())
    #expect(!reader.connection.preparedTexts.contains { $0.contains("FROM object\n") })
    _ = try reader.small(under: 131_071, by: .class, depth: 1, ObjectFilter())
    #expect(reader.connection.preparedTexts.contains { $0.contains("FROM object\n") })
  }

  @Test func anEmptyBucketHasARow() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", [:])
    let reader = try index.reader()
    for grouping in [SmallGrouping.bucket, .prefix] {
      let rows = try reader.small(under: 131_072, by: grouping, depth: 1, ObjectFilter())
      #expect(rows.map(\.all.objects) == [0])
    }
    #expect(try reader.small(under: 1, by: .class, depth: 1, ObjectFilter()) == [])
  }
}

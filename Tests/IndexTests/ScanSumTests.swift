import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// What scans keep while millions of rows pass, where small indexes do not reach.
@Suite struct ScanSumTests {
  private func row(_ number: Int, size: Int64) -> ObjectRow {
    ObjectRow(
      bucket: "b", key: Key("\(number)"), size: size,
      lastModified: Timestamp(millisecondsSinceEpoch: 0), etag: "", storageClass: "",
      freshness: Freshness(state: .complete, syncedAt: nil),
      origin: BucketOrigin(account: nil, endpoint: ""))
  }

  @Test(arguments: [1, 10, 600, 5_000, 9_999, 10_000, 20_000])
  func keepsTheFirstByRankAndThenByArrival(count: Int) {
    var random = SplitMix64(seed: UInt64(count))
    let all = (0..<10_000).map { row($0, size: Int64(random.below(3_000))) }
    var top = TopRows(count: count)
    for row in all {
      guard let rankMax = top.rankMax, row.size <= rankMax else { continue }
      _ = top.append(row, rank: row.size)
    }
    let expected = all.enumerated().sorted {
      ($0.element.size, $0.offset) < ($1.element.size, $1.offset)
    }
    #expect(top.inOrder() == expected.prefix(count).map(\.element))
  }

  @Test func admitsNothingMoreWhenNothingCanBeBetter() {
    var top = TopRows(count: 1)
    for number in 0..<1_000 { _ = top.append(row(number, size: .min), rank: .min) }
    #expect(top.rankMax == nil)
    #expect(top.inOrder() == [row(0, size: .min)])
  }

  @Test func findsTheTopOfMoreObjectsThanItKeeps() async throws {
    var random = SplitMix64(seed: 7)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var buckets: [QueryModel.Bucket] = []
    for name in ["a", "b"] {
      let contents = Contents(
        uniqueKeysWithValues: (0..<4_000).map { number in
          let time = Timestamp(millisecondsSinceEpoch: Int64(random.below(5_000)))
          return (
            Key("k\(number)"),
            ModelObject(size: Int64(random.below(2_000)), lastModified: time)
          )
        })
      try await writer.sync(name, contents)
      buckets.append(.init(name: name, region: nil, contents: contents))
    }
    let model = QueryModel(buckets: buckets)
    let reader = try index.reader()
    for order in [TopOrder.largest, .smallest, .newest, .oldest] {
      for (count, perBucket) in [(3, false), (3, true), (700, false)] {
        let answer = try reader.top(
          order, count: Int64(count), perBucket: perBucket, ObjectFilter())
        let expected = model.top(order, count: count, perBucket: perBucket, ObjectFilter())
        #expect(answer.map { QueryModel.Found($0) } == expected, "\(count) \(order)")
      }
    }
  }

  @Test func countsMoreExtensionsThanFitTheTable() {
    var random = SplitMix64(seed: 3)
    var sums = ExtensionSums()
    var expected: [Key: Usage] = [:]
    for _ in 0..<20_000 {
      let name = String(random.below(3_000), radix: 36)
      let size = Int64(random.below(1_000))
      let key = Array("folder.d/file.\(name.uppercased())".utf8)
      sums.add(FileExtension(ofKey: key.span), size)
      expected[Key(name), default: Usage()].add(size)
    }
    let answer = sums.inOrder()
    #expect(answer.map(\.0) == expected.keys.sorted())
    #expect(Dictionary(uniqueKeysWithValues: answer.map { ($0, $1) }) == expected)
  }

  @Test(arguments: [
    ("a.txt", "txt"), ("a.TXT", "txt"), ("a", ""), ("a.", ""), (".txt", ""), ("a/.txt", ""),
    ("a.b/c", ""), ("a.tar.gz", "gz"), ("..txt", "txt"), ("a.0123456789abcdef", "0123456789abcdef"),
    ("a.0123456789abcdefg", ""), ("", ""), ("/", ""), (".", ""), ("a.é", "é"), ("a.\0", "\0"),
  ])
  func takesTheLastExtension(key: String, expected: String) {
    #expect(FileExtension(ofKey: Array(key.utf8).span).text == Key(expected))
  }
}

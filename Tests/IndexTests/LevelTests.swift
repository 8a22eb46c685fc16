import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// A level as a browser reads it is what a look at every object says, kept or counted.
@Suite struct LevelTests {
  private let index: ScratchIndex
  private let writer: IndexWriter

  init() throws {
    index = try ScratchIndex()
    writer = try index.writer()
  }

  private func bucket() throws -> BucketSummary {
    try #require(try index.buckets()["bucket"])
  }

  /// The level below a prefix, from all objects: sums by child, and objects of its own.
  private func expected(
    _ contents: Contents, _ prefix: Key
  ) -> (children: [Key: Sum], own: [Key: ModelObject]) {
    var children: [Key: Sum] = [:]
    var own: [Key: ModelObject] = [:]
    for (key, object) in contents.below(prefix) {
      let rest = key.bytes.dropFirst(prefix.bytes.count)
      guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else {
        own[key] = object
        continue
      }
      let child = Key(Array(key.bytes[...slash]))
      children[child, default: Sum()].objects += 1
      children[child, default: Sum()].bytes += object.size
    }
    return (children, own)
  }

  private func sums(_ children: [LevelChild]) -> [Key: Sum] {
    Dictionary(
      uniqueKeysWithValues: children.map {
        ($0.prefix, Sum(objects: $0.usage.objects, bytes: $0.usage.bytes))
      })
  }

  @Test(arguments: 1...12)
  func agreesWithEveryObject(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var contents: Contents = [:]
    for _ in 0..<4 { random.mutate(&contents) }
    try await writer.sync("bucket", contents)
    try await writer.sync("other", [Key("a/x"): ModelObject(size: 7)])
    let bucket = try bucket()
    let reader = try index.reader()
    let prefixes = Set(contents.prefixSums(depthMax: 7).keys).union([.start, Key("none/")])
    for prefix in prefixes {
      let (children, own) = expected(contents, prefix)
      let scanned = try reader.scanLevel(
        of: bucket, below: prefix, .key, limit: 10_000, counted: { _ in })
      #expect(sums(scanned.children) == children)
      #expect(scanned.own.objects == Int64(own.count))
      #expect(scanned.objects.map(\.key) == own.keys.sorted())
      guard let kept = try reader.keptLevel(of: bucket, below: prefix) else {
        #expect(prefix.bytes.count { $0 == UInt8(ascii: "/") } >= 4)
        continue
      }
      #expect(sums(kept.children) == children)
      #expect(kept.own.objects == Int64(own.count))
      for (order, by) in Self.orders {
        let objects = try reader.levelObjects(
          of: bucket, below: prefix, beside: kept.children, own: kept.own.objects, order, limit: 3,
          counted: { _ in })
        let first = own.sorted { by(($0.key, $0.value), ($1.key, $1.value)) }.prefix(3)
        #expect(objects.map(\.key) == first.map(\.key).sorted(), "\(order)")
      }
    }
  }

  private typealias Pair = (key: Key, object: ModelObject)

  private static let orders: [(LevelOrder, @Sendable (Pair, Pair) -> Bool)] = [
    (.key, { $0.key < $1.key }), (.keyReversed, { $0.key > $1.key }),
    (.largest, { ($1.object.size, $0.key) < ($0.object.size, $1.key) }),
    (.smallest, { ($0.object.size, $0.key) < ($1.object.size, $1.key) }),
    (.newest, { ($1.object.lastModified, $0.key) < ($0.object.lastModified, $1.key) }),
    (.oldest, { ($0.object.lastModified, $0.key) < ($1.object.lastModified, $1.key) }),
  ]

  @Test func tellsTheNewestOfWhatItCounts() async throws {
    func at(_ hour: Int) -> ModelObject {
      ModelObject(lastModified: Timestamp(year: 2026, month: 1, day: 1, hour: hour))
    }
    try await writer.sync("bucket", [Key("a/1"): at(3), Key("a/2"): at(5), Key("b/1"): at(4)])
    let level = try index.reader().scanLevel(
      of: bucket(), below: .start, .key, limit: 1, counted: { _ in })
    #expect(level.children.map { $0.newest?.fields.hour } == [5, 4])
    #expect(
      try index.reader().keptLevel(of: bucket(), below: .start)?.children.map(\.newest) == [
        nil, nil,
      ])
  }
}

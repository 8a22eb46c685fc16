import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// Random questions to random indexes, against answers found by looking at every object.
@Suite struct QueryPropertyTests {
  private static let now = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

  @Test(arguments: 0..<6 as Range<UInt64>)
  func sumsByEveryGrouping(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      let filter = Self.filter(&random)
      for grouping in [nil] + Grouping.allCases {
        let rows = try reader.totals(by: grouping, filter, now: Self.now)
        let answer = Dictionary(rows.map { ($0.group, $0.usage) }) { _, _ in Usage(objects: -1) }
        let expected = model.totals(by: grouping, filter, now: Self.now)
        #expect(answer == expected, "\(context), by \(grouping?.rawValue ?? "nothing"): \(filter)")
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func summarizesBuckets(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      let filter = Self.filter(&random)
      let found = model.found(filter)
      let expected = model.chosen(filter).map { bucket in
        let classes = Dictionary(grouping: found.filter { $0.bucket == bucket.name }) {
          $0.object.storageClass
        }
        return classes.sorted { $0.key < $1.key }.map { name, found in
          "\(bucket.name) \(name) \(found.count) \(found.reduce(0) { $0 + $1.object.size })"
        }
      }
      let answer = try reader.bucketUsage(filter).map { bucket in
        bucket.classes.map { "\(bucket.name) \($0.storageClass) \($0.objects) \($0.bytes)" }
      }
      #expect(answer == expected, "\(context): \(filter)")
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func findsObjectsInOrder(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      let filter = Self.filter(&random)
      let limit: Int64? = random.isOneIn(2) ? nil : Int64(random.below(12))
      var answer: [QueryModel.Found] = []
      try reader.find(filter, limit: limit) { bucket, object, key, etag in
        answer.append(QueryModel.Found(bucket, object, key, etag))
        return true
      }
      let expected = Array(model.found(filter).prefix(limit.map { Int($0) } ?? .max))
      #expect(answer == expected, "\(context), limit \(limit ?? -1): \(filter)")
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func putsTheFirstOnTop(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var filter = Self.filter(&random)
      // Places alone are answered from the index of large objects.
      if random.isOneIn(2) { filter = Self.places(of: filter) }
      for order in [TopOrder.largest, .smallest, .newest, .oldest] {
        let count = random.below(15)
        let perBucket = random.isOneIn(2)
        let answer = try reader.top(order, count: Int64(count), perBucket: perBucket, filter)
        #expect(
          answer.map { QueryModel.Found($0) }
            == model.top(order, count: count, perBucket: perBucket, filter),
          "\(context), \(count) \(order.rawValue), per bucket: \(perBucket): \(filter)")
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func sumsLargeObjects(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var filter = Self.places(of: Self.filter(&random))
      filter.sizeMin = random.pick([(1 << 30) - 1, 1 << 30, (1 << 30) + 1, 1 << 34])
      if random.isOneIn(2) { filter.sizeMax = random.pick([1 << 30, 1 << 34, .max]) }
      for grouping in [nil, .bucket, .account, .region] as [Grouping?] {
        let rows = try reader.totals(by: grouping, filter, now: Self.now)
        let answer = Dictionary(rows.map { ($0.group, $0.usage) }) { _, _ in Usage(objects: -1) }
        let expected = model.totals(by: grouping, filter, now: Self.now)
        #expect(answer == expected, "\(context), by \(grouping?.rawValue ?? "nothing"): \(filter)")
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func sumsPrefixesToEveryDepth(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var filter = Self.filter(&random)
      if random.isOneIn(2) {
        // Nothing but places: rolled up to the kept depth, and scanned beyond it.
        filter = Self.places(of: filter)
        filter.prefix = random.pick(["", "a/", "a/b/", "b/", "/"].map { Key($0) })
      }
      for depth in 0...6 {
        let answer = try reader.prefixUsage(filter, depth: depth)
        let expected = model.prefixUsage(filter, depth: depth)
        #expect(
          answer.map { "\($0.bucket) \($0.prefix.text) \($0.usage)" }
            == expected.map { "\($0.bucket) \($0.prefix.text) \($0.usage)" },
          "\(context), depth \(depth): \(filter)")
      }
    }
  }

  // MARK: -

  /// Makes an index with three buckets and asks 8 questions of it.
  private func ask(
    _ seed: UInt64,
    _ question: (QueryModel, IndexReader, inout SplitMix64, String) throws -> Void
  ) async throws {
    var random = SplitMix64(seed: seed)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var buckets: [QueryModel.Bucket] = []
    for (name, region, account) in [
      ("archive", "eu-west-1", "mine"), ("logs-app", "us-east-1", "other"), ("logs-web", nil, nil),
      ("unused", "eu-west-1", "mine"),
    ] {
      var contents: Contents = [:]
      for _ in 0..<(name == "unused" ? 0 : 20 + random.below(150)) {
        contents[Self.key(&random)] = Self.object(&random)
      }
      try await writer.sync(
        name, contents, region: region, owner: account.map { AccountIdentity(owner: $0) })
      buckets.append(.init(name: name, region: region, account: account, contents: contents))
    }
    let reader = try index.reader()
    let model = QueryModel(buckets: buckets)
    for round in 0..<8 { try question(model, reader, &random, "seed \(seed), round \(round)") }
  }

  private static func key(_ random: inout SplitMix64) -> Key {
    let folders = ["a/", "b/", "/", "é/", "\u{10FFFF}/", "a.b/", "\u{E000}", "\u{D7FF}"]
    let names = [
      "x.log", "y.LOG", "z.tar.gz", ".hidden", "plain", "w.", "木.json", "", "q.0123456789abcdefg",
    ]
    var text = ""
    for _ in 0..<random.below(8) { text += random.pick(folders) }
    text += random.pick(names) + (random.isOneIn(2) ? String(random.below(20)) : "")
    return Key(text.isEmpty ? "k" : text)
  }

  private static func object(_ random: inout SplitMix64) -> ModelObject {
    let days: [Int64] = [
      0, 1, 6, 7, 29, 30, 89, 90, 179, 180, 364, 365, 729, 730, 1_824, 1_825,
    ]
    let sizes: [Int64] = [
      0, 1, 1_023, 1_024, 16_383, 16_384, 131_072, 1_048_576, 1 << 24, 1 << 27, (1 << 30) - 1,
      1 << 30, 1 << 30, (1 << 30) + 1, 1 << 34, 1 << 40,
    ]
    let age = random.pick(days) * 86_400_000 + Int64(random.below(2))
    return ModelObject(
      size: random.pick(sizes),
      lastModified: Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - age),
      storageClass: random.pick(["STANDARD", "STANDARD", "GLACIER", "STANDARD_IA"]))
  }

  /// What is left of a filter that asks only where objects are.
  private static func places(of filter: ObjectFilter) -> ObjectFilter {
    var places = ObjectFilter()
    places.scopes = filter.scopes
    places.prefix = filter.prefix
    places.accounts = filter.accounts
    return places
  }

  private static func filter(_ random: inout SplitMix64) -> ObjectFilter {
    var filter = ObjectFilter()
    for _ in 0..<(random.isOneIn(2) ? 0 : 1 + random.below(3)) {
      filter.scopes.append(
        .init(
          bucketPattern: random.pick(["*", "logs-*", "logs-web", "archive", "[al]*", "unuse?"]),
          prefix: Key(random.pick(["", "", "a", "a/", "a/b/", "b/", "é/", "nothing"]))))
    }
    // A scope must match something in them.
    if filter.scopes.isEmpty, random.isOneIn(2) {
      filter.accounts = random.pick([["mine"], ["*"], ["o*", "mine"], [""], ["[mo]*"]])
    }
    if random.isOneIn(4) {
      filter.prefix = Key(random.pick(["a", "a/", "a/a/", "b", "\u{10FFFF}/"]))
    }
    if random.isOneIn(4) {
      filter.keyGlob = random.pick(["*", "*.log*", "a/*", "*/?.log", "a/[ab]*", "é*", "", "*木*"])
    }
    if random.isOneIn(4) {
      filter.keyMatches = .init(text: "odd") { key in !key.count.isMultiple(of: 2) }
    }
    if random.isOneIn(4) { filter.sizeMin = random.pick([0, 1, 1_024, 1 << 30]) }
    if random.isOneIn(4) { filter.sizeMax = random.pick([0, 1_024, 1 << 30]) }
    if random.isOneIn(4) {
      filter.modifiedFrom = Timestamp(
        millisecondsSinceEpoch: now.millisecondsSinceEpoch - 90 * 86_400_000)
    }
    if random.isOneIn(4) {
      filter.modifiedBefore = Timestamp(
        millisecondsSinceEpoch: now.millisecondsSinceEpoch - 7 * 86_400_000)
    }
    if random.isOneIn(4) {
      filter.storageClasses = random.pick([["GLACIER"], ["STANDARD", "GLACIER"], ["SNOW"]])
    }
    return filter
  }
}

extension QueryModel.Found {
  init(
    _ bucket: BucketSummary, _ object: FoundObject, _ key: Span<UInt8>, _ etag: Span<UInt8>
  ) {
    self.init(
      bucket: bucket.name, key: Key(key.withUnsafeBufferPointer { Array($0) }),
      object: ModelObject(
        size: object.size, lastModified: object.lastModified,
        etag: etag.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) },
        storageClass: object.storageClass))
  }

  init(_ row: ObjectRow) {
    self.init(
      bucket: row.bucket, key: row.key,
      object: ModelObject(
        size: row.size, lastModified: row.lastModified, etag: row.etag,
        storageClass: row.storageClass))
  }
}

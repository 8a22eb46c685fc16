import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// Random questions about random versions, against answers found by looking at every entry.
@Suite struct VersionQueryTests {
  private static let now = ScratchIndex.start

  @Test(arguments: 0..<8 as Range<UInt64>)
  func sumsNoncurrentVersions(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var question = VersionQuestion(Self.filter(&random))
      let old = model.old(question.filter)
      let buckets = try reader.versionSums(question).rows
      #expect(buckets.map { Self.text($0.sums) } == [VersionModel.sum(old)], "\(context)")

      question.grouping = .class
      let markers = old.filter(\.version.isMarker)
      var classes = Dictionary(grouping: old.filter { !$0.version.isMarker }) {
        $0.version.object.storageClass
      }.sorted { $0.key < $1.key }.map { "\($0.key) \(VersionModel.sum($0.value))" }
      if !markers.isEmpty { classes.append("- \(VersionModel.sum(markers))") }
      #expect(
        try reader.versionSums(question).rows.map {
          "\($0.group?.text ?? "-") \(Self.text($0.sums))"
        }
          == classes, "\(context)")

      question.grouping = .prefix
      for depth in 0...5 {
        question.depth = depth
        let rows = try reader.versionSums(question).rows
        let prefixes = VersionModel.prefixes(
          of: old, below: question.filter.prefix, depth: depth)
        let expected = prefixes.map { prefix in
          let own = old.filter { $0.key.bytes.starts(with: prefix.bytes) }
          return "\(prefix.text) \(VersionModel.sum(own))"
        }
        #expect(
          rows.map { "\($0.group?.text ?? "-") \(Self.text($0.sums))" } == expected,
          "\(context), depth \(depth)")
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func tellsWhatStacksTell(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var question = VersionQuestion(ObjectFilter())
      question.wantsDetails = true
      question.filter.prefix = random.pick(["", "a/", "b"].map { Key($0) })
      let prefix = question.filter.prefix
      let bucket = try #require(try reader.versionSums(question).rows.first)
      #expect(VersionModel.text(bucket.sums?.details) == model.details(below: prefix), "\(context)")

      question.grouping = .prefix
      question.depth = 3
      for row in try reader.versionSums(question).rows {
        #expect(
          VersionModel.text(row.sums?.details) == model.details(below: try #require(row.group)),
          "\(context)")
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func namesTheKeysWithTheMostBytes(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var question = VersionQuestion(Self.filter(&random))
      question.grouping = .key
      question.keysMax = 1 + random.below(20)
      let own = Dictionary(grouping: model.old(question.filter)) { $0.key }
      let sizes = own.mapValues { entries in
        entries.map(\.version.object.size).reduce(0, +)
      }
      let expected = own.filter { $0.value.contains { !$0.version.isMarker } }.keys.sorted {
        left, right in (-(sizes[left] ?? 0), left) < (-(sizes[right] ?? 0), right)
      }.prefix(question.keysMax).map { "\($0.text) \(VersionModel.sum(own[$0] ?? []))" }
      let rows = try reader.versionSums(question).rows
      let answer = rows.map { "\($0.group?.text ?? "-") \(Self.text($0.sums))" }
      #expect(answer == expected, "\(context)")
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func countsTheVersionsThatAreAskedFor(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var filter = Self.filter(&random)
      for entries in [Entries.current, .noncurrent, .all] {
        filter.entries = entries
        let counted = model.counted(filter)
        let all = try reader.totals(by: nil, filter, now: Self.now)
        #expect(all.map { Self.text($0.usage) } == [VersionModel.sum(counted)], "\(context)")
        let classes = Dictionary(grouping: counted) { $0.version.object.storageClass }
          .sorted { $0.key < $1.key }.map { "\($0.key) \(VersionModel.sum($0.value))" }
        let rows = try reader.totals(by: .class, filter, now: Self.now)
        #expect(
          rows.filter { $0.usage.objects > 0 }.map { "\($0.group[0].text) \(Self.text($0.usage))" }
            == classes, "\(context), \(entries)")
        let ages = try reader.totals(by: .age, filter, now: Self.now).map(\.usage)
        #expect(ages.reduce(0) { $0 + $1.objects } == Int64(counted.count), "\(context)")
        for depth in 0...5 {
          let expected = VersionModel.prefixes(of: counted, below: filter.prefix, depth: depth)
            .map { prefix in
              let own = counted.filter { $0.key.bytes.starts(with: prefix.bytes) }
              return "\(prefix.text) \(VersionModel.sum(own))"
            }
          #expect(
            try reader.prefixUsage(filter, depth: depth).map {
              "\($0.prefix.text) \(Self.text($0.usage))"
            } == expected, "\(context), \(entries), depth \(depth)")
        }
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func findsVersionsAndMarkersInOrder(seed: UInt64) async throws {
    try await ask(seed) { model, reader, random, context in
      var filter = Self.filter(&random)
      for entries in [Entries.noncurrent, .all] {
        filter.entries = entries
        var found: [String] = []
        try reader.find(filter, limit: nil) { _, object, key, _ in
          let version = object.version
          let text = String(decoding: key.withUnsafeBufferPointer { Array($0) }, as: UTF8.self)
          found.append(
            "\(text) \(version?.id ?? "-") \(version?.isLatest == true) \(version?.isMarker == true)"
          )
          return true
        }
        let expected = model.entries(filter).filter { entries == .all || !$0.isLatest }.map {
          "\($0.key.text) \($0.version.id) \($0.isLatest) \($0.version.isMarker)"
        }
        #expect(found == expected, "\(context), \(entries)")

        let sizes = model.counted(filter).map(\.version.object.size).sorted(by: >).prefix(7)
        let top = try reader.top(.largest, count: 7, perBucket: false, filter)
        #expect(top.map(\.size) == Array(sizes), "\(context), \(entries)")
        #expect(top.allSatisfy { $0.version?.isMarker == false })
      }
    }
  }

  /// So many that most are dropped while they are read; of those with as many bytes, the first count.
  @Test func namesTheFirstOfVeryManyKeys() async throws {
    var random = SplitMix64(seed: 7)
    var stacks: Stacks = [:]
    for number in 0..<3_500 {
      let size = Int64(random.below(40))
      stacks[Key("k\(10_000 + number)")] = [
        ModelVersion("1"), ModelVersion("0", ModelObject(size: size)),
      ]
    }
    let index = try ScratchIndex()
    try await index.writer().syncVersions("bucket", stacks)
    var question = VersionQuestion(ObjectFilter())
    question.grouping = .key
    question.keysMax = 150
    let sizes = stacks.mapValues { $0[1].object.size }
    let expected = sizes.keys.sorted { left, right in
      (-(sizes[left] ?? 0), left) < (-(sizes[right] ?? 0), right)
    }.prefix(150)
    let rows = try index.reader().versionSums(question).rows
    #expect(rows.compactMap(\.group) == Array(expected))
  }

  // MARK: - Truth

  @Test func whatWasNeverListedIsNotNone() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("plain", [Key("k"): ModelObject(size: 9)])
    try await writer.syncVersions("versioned", [Key("k"): [ModelVersion("1"), ModelVersion("0")]])
    let reader = try index.reader()
    let rows = try reader.versionSums(VersionQuestion(ObjectFilter())).rows
    #expect(rows.map(\.freshness.state) == [.never, .complete])
    #expect(rows.map { $0.sums == nil } == [true, false])
    #expect(rows.map { $0.freshness.syncedAt == nil } == [true, false])
    var filter = ObjectFilter()
    filter.entries = .noncurrent
    #expect(
      try reader.totals(by: nil, filter, now: index.now()).map(\.freshness.state) == [.partial])
    #expect(try reader.reach(of: filter).buckets.map(\.freshness.state) == [.never, .complete])
    filter.entries = .current
    #expect(
      try reader.totals(by: nil, filter, now: index.now()).map(\.freshness.state) == [.complete])
  }

  @Test func aPartThatWasListedIsPartial() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let stacks: Stacks = [
      Key("a/1"): [ModelVersion("1"), ModelVersion("0", ModelObject(size: 5))],
      Key("b/1"): [ModelVersion("3"), ModelVersion("2", ModelObject(size: 7))],
    ]
    try await writer.sync("bucket", stacks.contents)
    try await writer.syncVersions("bucket", stacks, prefix: Key("a/"))
    let reader = try index.reader()
    var question = VersionQuestion(ObjectFilter())
    let whole = try #require(try reader.versionSums(question).rows.first)
    #expect(whole.freshness == Freshness(state: .partial, syncedAt: nil))
    #expect(Self.text(whole.sums) == "1 5 0")
    question.filter.prefix = Key("a/")
    let part = try #require(try reader.versionSums(question).rows.first)
    #expect(part.freshness.state == .complete && part.freshness.syncedAt != nil)
    #expect(Self.text(part.sums) == "1 5 0")
  }

  /// A listing of versions that was cut off after a whole one leaves entries of two moments.
  @Test func aListingThatWasCutOffIsPartial() async throws {
    let index = try ScratchIndex.ticking()
    let writer = try index.writer()
    let stacks: Stacks = [Key("k"): [ModelVersion("1"), ModelVersion("0")]]
    try await writer.syncVersions("bucket", stacks)
    let plan = try await writer.beginVersions("bucket")
    _ = try await writer.finishCrawl(plan, outcome: .failed(reason: "cut off"))
    try await writer.sync("bucket", stacks.contents)
    let rows = try index.reader().versionSums(VersionQuestion(ObjectFilter())).rows
    #expect(rows.map(\.freshness.state) == [.partial])
  }

  // MARK: - Plans

  @Test func wholeBucketsComeFromRollups() async throws {
    let index = try ScratchIndex()
    try await index.writer().syncVersions(
      "bucket", [Key("a/b/c"): [ModelVersion("1"), ModelVersion("0")]])
    let reader = try index.reader()
    var filter = ObjectFilter()
    for grouping in [VersionGrouping.bucket, .class, .prefix] {
      var question = VersionQuestion(filter)
      question.grouping = grouping
      _ = try reader.versionSums(question).rows
    }
    for entries in [Entries.noncurrent, .all] {
      filter.entries = entries
      for grouping in [nil, .bucket, .account, .region, .class, .prefix] as [Grouping?] {
        _ = try reader.totals(by: grouping, filter, now: index.now())
      }
      _ = try reader.prefixUsage(filter, depth: 2)
    }
    for plan in try reader.connection.plans() {
      let isScan = plan.steps.contains { step in
        ["object", "object_version"].contains { " \(step) ".contains(" \($0) ") }
      }
      #expect(!isScan, "\(plan.steps) in \(plan.sql)")
    }
  }

  @Test func versionsComeInOrderWithoutASort() async throws {
    let index = try ScratchIndex()
    try await index.writer().syncVersions(
      "bucket", [Key("a/b/c"): [ModelVersion("1"), ModelVersion("0")]])
    let reader = try index.reader()
    var filter = ObjectFilter()
    filter.sizeMin = 0
    for entries in [Entries.noncurrent, .all] {
      filter.entries = entries
      try reader.find(filter, limit: nil) { _, _, _, _ in true }
      _ = try reader.prefixUsage(filter, depth: 2)
    }
    var question = VersionQuestion(ObjectFilter())
    question.wantsDetails = true
    _ = try reader.versionSums(question).rows
    _ = try reader.uploads(filter)
    for plan in try reader.connection.plans() {
      let sorts = plan.steps.contains { $0.contains("USE TEMP B-TREE") }
      #expect(
        !sorts || plan.sql.contains("ORDER BY bucket_usage.bucket_id")
          || plan.sql.contains("ORDER BY name, endpoint")
          || plan.sql.contains("ORDER BY bucket_id, name"), "\(plan.steps) in \(plan.sql)")
    }
  }

  // MARK: -

  private static func text(_ sums: VersionSums?) -> String {
    sums.map { "\($0.usage.objects) \($0.usage.bytes) \($0.markers)" } ?? "unknown"
  }

  private static func text(_ usage: Usage) -> String { "\(usage.objects) \(usage.bytes) 0" }

  /// Makes an index with a bucket of versions that were listed twice, and asks 6 questions of it.
  private func ask(
    _ seed: UInt64,
    _ question: (VersionModel, IndexReader, inout SplitMix64, String) throws -> Void
  ) async throws {
    var random = SplitMix64(seed: seed)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var stacks: Stacks = [:]
    for _ in 0..<3 {
      random.mutate(&stacks, about: index.now())
      try await writer.syncVersions("bucket", stacks)
    }
    for _ in 0..<20 {
      stacks[random.hostileKey(), default: []] += [
        random.version(about: index.now()), random.version(about: index.now()),
      ]
    }
    try await writer.syncVersions("bucket", stacks)
    let reader = try index.reader()
    for number in 0..<6 {
      try question(VersionModel(stacks: stacks), reader, &random, "seed \(seed), \(number)")
    }
  }

  private static func filter(_ random: inout SplitMix64) -> ObjectFilter {
    var filter = ObjectFilter()
    if random.isOneIn(3) { filter.prefix = random.pick(["a", "a/", "b/", "/"].map { Key($0) }) }
    guard random.isOneIn(2) else { return filter }
    if random.isOneIn(4) { filter.keyGlob = random.pick(["*a*", "*/*", "?*b"]) }
    if random.isOneIn(4) { filter.sizeMin = 1 + Int64(random.below(1_000)) }
    if random.isOneIn(4) { filter.sizeMax = Int64(random.below(1_000_000)) }
    if random.isOneIn(4) {
      filter.modifiedFrom = Timestamp(
        millisecondsSinceEpoch: now.millisecondsSinceEpoch - Int64(random.below(60_000)))
    }
    if random.isOneIn(4) { filter.storageClasses = [random.pick(["STANDARD", "GLACIER"])] }
    return filter
  }
}

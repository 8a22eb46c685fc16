import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// What questions about the journal answer, against changes counted in models.
@Suite struct ChangeTests {
  private struct Nights {
    let index: ScratchIndex
    /// What the bucket held after each sync.
    var contents: [Contents] = []
    var syncs: [Int64] = []
    var ends: [Timestamp] = []

    /// Nights of random changes in classes, sizes and keys.
    init(seed: UInt64, count: Int = 5) async throws {
      var random = SplitMix64(seed: seed)
      index = try ScratchIndex()
      let writer = try index.writer()
      var objects = Contents()
      for _ in 0..<count {
        index.time.advance(days: 1)
        for _ in 0..<30 {
          let name = "\(random.below(3))/\(random.below(3))/\(random.below(20))"
          let classes = ["STANDARD", "GLACIER", "STANDARD_IA"]
          let object = ModelObject(
            size: Int64(random.below(1_000)), etag: "\(random.below(1_000_000))",
            storageClass: classes[random.below(3)])
          objects[Key(name)] = random.isOneIn(4) ? nil : object
        }
        syncs.append(try await writer.sync("bucket", objects).syncID)
        contents.append(objects)
        ends.append(index.now())
      }
    }

    /// The changes that syncs after the one of this place found, night by night.
    func changes(after place: Int) -> [(before: ModelObject?, after: ModelObject?, key: Key)] {
      (place + 1..<contents.count).flatMap { night in
        let (before, after) = (contents[night - 1], contents[night])
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.map {
          (before[$0], after[$0], $0)
        }
      }
    }
  }

  private func figures(_ sums: ChangeSums?) -> [Int64] {
    guard let sums else { return [] }
    return [
      sums.added, sums.modified, sums.removed, sums.bytesAdded, sums.bytesRemoved,
      sums.bytesChange,
    ]
  }

  private func figures(
    _ changes: [(before: ModelObject?, after: ModelObject?, key: Key)]
  ) -> [Int64] {
    let came = changes.compactMap(\.after?.size).reduce(0, +)
    let went = changes.compactMap(\.before?.size).reduce(0, +)
    return [
      Int64(changes.count { $0.before == nil }),
      Int64(changes.count { $0.before != nil && $0.after != nil }),
      Int64(changes.count { $0.after == nil }), came, went, came - went,
    ]
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func sumsWhatChangedSinceASync(seed: UInt64) async throws {
    let nights = try await Nights(seed: seed)
    let reader = try nights.index.reader()
    for place in nights.syncs.indices {
      var question = ChangeQuestion(ObjectFilter())
      question.start = .sync(nights.syncs[place])
      let isLast = place == nights.syncs.count - 1
      let gaps = try reader.journalGaps(question)
      #expect(gaps.map(\.reason) == (isLast ? [.notListed] : []))
      let rows = try reader.changeSums(question, by: .bucket, lacking: gaps)
      #expect(rows.count == 1)
      #expect(figures(rows.first?.sums) == (isLast ? [] : figures(nights.changes(after: place))))
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func sumsByPrefix(seed: UInt64) async throws {
    let nights = try await Nights(seed: seed)
    var question = ChangeQuestion(ObjectFilter())
    question.start = .sync(nights.syncs[1])
    question.depth = 2
    let rows = try nights.index.reader().changeSums(question, by: .prefix, lacking: [])
    let changes = nights.changes(after: 1)
    for row in rows {
      let prefix = try #require(row.prefix)
      let below = changes.filter { $0.key.bytes.starts(with: prefix.bytes) }
      #expect(figures(row.sums) == figures(below), "\(prefix.text)")
    }
    let prefixes = Set(
      changes.flatMap { change -> [Key] in
        let parts = change.key.text.split(separator: "/")
        return [.start, Key("\(parts[0])/"), Key("\(parts[0])/\(parts[1])/")]
      })
    #expect(rows.compactMap(\.prefix) == prefixes.sorted())
  }

  /// A class's objects and bytes before, and the sums, make those after.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func sumsByClassAccountForWhatClassesHold(seed: UInt64) async throws {
    let nights = try await Nights(seed: seed)
    var question = ChangeQuestion(ObjectFilter())
    question.start = .sync(nights.syncs[0])
    let rows = try nights.index.reader().changeSums(question, by: .class, lacking: [])
    let (before, after) = (nights.contents[0].classSums, nights.contents[4].classSums)
    #expect(rows.compactMap(\.storageClass) == ["GLACIER", "STANDARD", "STANDARD_IA"])
    for row in rows {
      let name = try #require(row.storageClass)
      let sums = try #require(row.sums)
      let (first, last) = (before[name] ?? Sum(), after[name] ?? Sum())
      #expect(first.objects + sums.added - sums.removed == last.objects, "\(name)")
      #expect(first.bytes + sums.bytesChange == last.bytes, "\(name)")
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func filtersBySizesAndClassesAsTheyWereOrAre(seed: UInt64) async throws {
    let nights = try await Nights(seed: seed)
    var question = ChangeQuestion(ObjectFilter())
    question.start = .sync(nights.syncs[0])
    (question.filter.sizeMin, question.filter.sizeMax) = (300, 600)
    question.filter.storageClasses = ["glacier"]
    question.filter.prefix = Key("1/")
    question.filter.keyGlob = "*/1*"
    question.kinds = [.modified, .removed]
    func passes(_ object: ModelObject?) -> Bool {
      object.map { (300...600).contains($0.size) && $0.storageClass == "GLACIER" } ?? false
    }
    let expected = nights.changes(after: 0).filter { change in
      let key = change.key.text
      return key.hasPrefix("1/") && key.contains("/1") && change.before != nil
        && (passes(change.before) || passes(change.after))
    }
    let rows = try nights.index.reader().changeSums(question, by: .bucket, lacking: [])
    #expect(figures(rows.first?.sums) == figures(expected))
  }

  @Test func handsOutRowsInOrderUntilTheLimit() async throws {
    let nights = try await Nights(seed: 3)
    let reader = try nights.index.reader()
    func rows(limit: Int64?) throws -> [(sync: Int64, key: String)] {
      var rows: [(sync: Int64, key: String)] = []
      try reader.changes(ChangeQuestion(ObjectFilter()), limit: limit) { _, change, key in
        rows.append(
          (change.sync, key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }))
        return true
      }
      return rows
    }
    let all = try rows(limit: nil)
    #expect(all.count == nights.changes(after: 0).count)
    #expect(
      all.map { "\($0.sync) \($0.key)" } == all.sorted { $0 < $1 }.map { "\($0.sync) \($0.key)" })
    #expect(try rows(limit: 3).map(\.key) == all.prefix(3).map(\.key))
  }

  @Test func countsSinceAMomentAtWhichChangesWereFound() async throws {
    let nights = try await Nights(seed: 4)
    var question = ChangeQuestion(ObjectFilter())
    question.start = .moment(nights.ends[3])
    let reader = try nights.index.reader()
    #expect(try reader.journalGaps(question) == [])
    let rows = try reader.changeSums(question, by: .bucket, lacking: [])
    #expect(figures(rows.first?.sums) == figures(nights.changes(after: 2)))
  }

  @Test func sumsThatDoNotFitAreTheLargest() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    // A bucket holds no more than that, but over some nights more comes and goes.
    let huge = ModelObject(size: 1 << 60)
    for _ in 0..<9 {
      try await writer.sync("bucket", [:])
      try await writer.sync("bucket", [Key("a"): huge])
    }
    let rows = try index.reader().changeSums(
      ChangeQuestion(ObjectFilter()), by: .bucket, lacking: [])
    #expect(figures(rows.first?.sums) == [9, 0, 8, .max, .max, 1 << 60])
  }
}

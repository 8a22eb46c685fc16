import Foundation
import Index
import S3
import Synchronization
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

@Suite struct ListingSinkTests {
  enum Kind: CaseIterable {
    case stream, sorted
  }

  /// What a sink has passed on: keys, with a zero byte after each.
  private final class Reader: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var keys: [Key] {
      let pieces = bytes.withLock { $0 }.split(separator: 0, omittingEmptySubsequences: false)
      return pieces.dropLast().map { Key(Array($0)) }
    }

    func output(failsAfter bytesMax: Int = .max) -> ListingOutput {
      ListingOutput(header: []) { page, records, bytes in
        for index in records { bytes += page.key(at: index).bytes + [0] }
      } write: { new in
        try self.bytes.withLock { bytes in
          guard bytes.count + new.count <= bytesMax else { throw Gone() }
          bytes += new
        }
      }
    }
  }

  private struct Gone: Error {}

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func sink(_ kind: Kind, _ reader: Reader) -> any ListingSink {
    switch kind {
    case .stream: ListingStream(reader.output())
    case .sorted: SortedListing(reader.output(), folder: folder.path, memoryBytesMax: 1_000)
    }
  }

  /// Lists keys side by side with answers in any order, or the first so many of them, and passes
  /// steps on as a crawl does.
  private func list(
    _ listing: inout ScriptedListing, into sink: any ListingSink, answersMax: Int = .max,
    isSerial: Bool = false, random: inout SplitMix64
  ) async throws {
    var frontier = Frontier(
      [CrawlRange(lo: .start, hi: nil, cursor: .start)], prefix: listing.prefix,
      isSerial: isSerial)
    var waiting: [Frontier.Request] = []
    var queue = StepQueue()
    var counts = ChangeCounts()
    var answers = 0
    while !frontier.isDone || !waiting.isEmpty, answers < answersMax {
      let (steps, requests) = frontier.next(upTo: 1 + random.below(32) - waiting.count)
      queue.append(steps)
      waiting += requests
      let request = waiting.remove(at: random.below(waiting.count))
      queue.append(try frontier.accept(listing.answer(request.position), to: request))
      answers += 1
      if random.isOneIn(3) { counts += try await sink.apply(queue.take()) }
    }
    counts += try await sink.apply(queue.take())
    guard frontier.isDone else { return }
    #expect(counts.objects == listing.keys.count)
  }

  private static let keySets = KeySets.all

  @Test(arguments: Kind.allCases, keySets.indices)
  func passesEachKeyOnOnce(kind: Kind, set: Int) async throws {
    let keys = Self.keySets[set].keys.filter { !$0.bytes.contains(0) }
    for seed in UInt64(1)...2 {
      var random = SplitMix64(seed: seed)
      var listing = ScriptedListing(
        keys: keys, .none, lengths: 1...max(1, keys.count / (seed == 1 ? 30 : 80)),
        random: SplitMix64(seed: seed))
      let reader = Reader()
      let sink = sink(kind, reader)
      try await list(&listing, into: sink, random: &random)
      try await sink.finish()
      #expect((kind == .sorted ? reader.keys : reader.keys.sorted()) == keys, "seed \(seed)")
    }
  }

  /// What can happen between a crawl's beginning and its beginning again.
  enum Change: CaseIterable {
    case none, objectsCome, objectsGo
  }

  @Test(arguments: Kind.allCases, Change.allCases)
  func passesEachKeyOnOnceWhenACrawlBeginsAgain(kind: Kind, change: Change) async throws {
    let keys = KeySets.folders.keys
    var finished = 0
    for seed in UInt64(1)...8 {
      var random = SplitMix64(seed: seed)
      let others = keys.filter { _ in random.isOneIn(20) }
      let fewer = keys.filter { !others.contains($0) }
      let reader = Reader()
      let sink = sink(kind, reader)
      for round in 0...2 {
        let isChanged = round > 0
        let present =
          switch change {
          case .none: keys
          case .objectsCome: isChanged ? keys : fewer
          case .objectsGo: isChanged ? fewer : keys
          }
        var listing = ScriptedListing(
          keys: present, .none, lengths: 1...4, random: SplitMix64(seed: seed))
        do {
          if round > 0 { _ = try await sink.apply([.restart(isOrdered: true)]) }
          try await list(
            &listing, into: sink, answersMax: round == 2 ? .max : random.below(140),
            isSerial: round > 0, random: &random)
          if round == 2 { try await sink.finish() }
        } catch LateRestart.outOfOrder {
          #expect(kind == .sorted && change != .none)
          break
        }
        guard round == 2 else { continue }
        finished += 1
        let printed = reader.keys
        #expect(Set(printed).count == printed.count, "seed \(seed)")
        #expect(Set(fewer).isSubset(of: printed), "seed \(seed)")
        if change != .objectsGo { #expect(printed.sorted() == keys, "seed \(seed)") }
        if kind == .sorted { #expect(printed == printed.sorted(), "seed \(seed)") }
      }
    }
    #expect(finished > 0)
    if kind == .stream || change == .none { #expect(finished == 8) }
  }

  @Test func streamPassesPagesOnAtOnce() async throws {
    let reader = Reader()
    let sink = ListingStream(reader.output())
    _ = try await sink.apply([.merge(coverage(["b", "c"], after: "a"), into: range("a", "d"))])
    #expect(reader.keys == [Key("b"), Key("c")])
  }

  @Test(arguments: Kind.allCases)
  func leavesOutWhatLiesBeyondTheRange(kind: Kind) async throws {
    let reader = Reader()
    let sink = sink(kind, reader)
    _ = try await sink.apply([
      .split(lo: .start, at: Key("c")),
      .merge(coverage(["a", "b", "c", "d", "e"], after: ""), into: range("", "c")),
      .merge(coverage(["b", "c", "d", "e"], after: "c"), into: range("c", nil)),
    ])
    try await sink.finish()
    #expect(reader.keys.map(\.text) == ["a", "b", "c", "d", "e"])
  }

  @Test(arguments: Kind.allCases)
  func passesOnWhyNothingIsTakenAnyMore(kind: Kind) async throws {
    let output = Reader().output(failsAfter: 3)
    let sink: any ListingSink =
      kind == .stream ? ListingStream(output) : SortedListing(output, folder: folder.path)
    await #expect(throws: Gone.self) {
      _ = try await sink.apply([
        .merge(coverage(["a", "b", "c"], after: ""), into: range("", nil))
      ])
      try await sink.finish()
    }
  }

  @Test func sortedListingNeedsItsFolderOnlyForWhatDoesNotFitIntoMemory() async throws {
    let reader = Reader()
    let missing = folder.path + "/missing"
    let sink = SortedListing(reader.output(), folder: missing)
    _ = try await sink.apply([.split(lo: .start, at: Key("m"))])
    func page(_ number: Int) -> CrawlStep {
      let key = "n\(1_000 + number)" + String(repeating: "x", count: 1 << 20)
      let before = number == 0 ? "m" : "n\(999 + number)y"
      return .merge(
        coverage([key], after: before, through: "n\(1_000 + number)y"), into: range("m", nil))
    }
    for number in 0..<7 { _ = try await sink.apply([page(number)]) }
    let error = await #expect(throws: SpillError.self) {
      _ = try await sink.apply([page(7), page(8)])
    }
    #expect(error?.description.hasPrefix("cannot make a temporary file in \(missing): ") == true)
    #expect(error?.isDiskFull == false)
  }

  private func range(_ lo: String, _ hi: String?) -> CrawlRange {
    CrawlRange(lo: Key(lo), hi: hi.map { Key($0) }, cursor: Key(lo))
  }

  private func coverage(
    _ keys: [String], after: String, through: String? = nil
  ) -> PageCoverage {
    var page = ObjectPage()
    for key in keys {
      page.append(
        key: Key(key), etag: "", size: 0, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
    }
    return PageCoverage(page: page, after: Key(after), through: through.map { Key($0) })
  }
}

@Suite struct PrintedKeysTests {
  private func page(_ numbers: Range<Int>) -> ObjectPage {
    var page = ObjectPage()
    for number in numbers {
      page.append(
        key: Key("\(1_000 + number)"), etag: "", size: 0,
        lastModified: Timestamp(millisecondsSinceEpoch: 0), storageClass: "STANDARD")
    }
    return page
  }

  @Test func findsRunsOfNewKeys() throws {
    var printed = PrintedKeys()
    #expect(printed.add(page(0..<10), 2..<4) == [2..<4])
    #expect(printed.add(page(0..<10), 7..<8) == [7..<8])
    try printed.restart()
    #expect(printed.add(page(0..<10), 0..<10) == [0..<2, 4..<7, 8..<10])
    try printed.restart()
    #expect(printed.add(page(0..<12), 0..<12) == [10..<12])
  }

  @Test func saysWhenItHasForgotten() throws {
    var printed = PrintedKeys(countMax: 10)
    #expect(printed.add(page(0..<10), 0..<10) == [0..<10])
    try printed.restart()
    #expect(printed.add(page(0..<12), 0..<12) == [10..<12])
    #expect(throws: LateRestart.forgotten) { try printed.restart() }
    var another = PrintedKeys(countMax: 10)
    #expect(another.add(page(0..<11), 0..<11) == [0..<11])
    #expect(throws: LateRestart.forgotten) { try another.restart() }
  }
}

@Suite struct SpillFileTests {
  @Test func givesBackWhatItKeeps() throws {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: 11)
    var spill = SpillFile(folder: folder.path, memoryBytesMax: 1_000)
    for _ in 0..<3 {
      var kept: [(SpillFile.Extent, [UInt8])] = []
      for _ in 0..<200 {
        let bytes = (0..<random.below(100)).map { _ in UInt8(random.below(256)) }
        kept.append((try spill.append(bytes), bytes))
      }
      for (extent, bytes) in kept.shuffled(using: &random) {
        #expect(try spill.read(extent) == bytes)
      }
      spill.removeAll()
    }
    // Nobody finds it, and nothing stays behind.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}

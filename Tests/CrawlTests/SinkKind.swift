import Index
import IndexFixtures
import Synchronization
import TestSupport
import Testing
import Vocabulary

@testable import Crawl
@testable import Sync

/// The sinks that there are, each with a way to make one.
enum SinkKind: String, CaseIterable, CustomTestStringConvertible {
  case index, stream, sortedListing

  var testDescription: String { rawValue }

  /// Whether keys are passed on in their order, however they come.
  var keepsOrder: Bool { self != .stream }

  /// Whether a crawl that begins again may come too late for a key that it finds only then.
  var refusesLateKeys: Bool { self == .sortedListing }

  /// The seeds to try of so many: crawls into an index take several times as long as the others.
  func seeds(of count: UInt64) -> ClosedRange<UInt64> {
    1...(self == .index ? max(1, count / 4) : count)
  }

  func make() async throws -> SinkUnderTest {
    switch self {
    case .index: return try await .index()
    case .stream:
      let reader = KeyReader()
      return SinkUnderTest(ListingStream(reader.output()), reader)
    case .sortedListing:
      let (reader, folder) = (KeyReader(), try TemporaryFolder())
      return SinkUnderTest(
        SortedListing(reader.output(), folder: folder.path, memoryBytesMax: 1_000), reader,
        keeping: folder)
    }
  }
}

/// A sink, and what becomes of what it is told.
struct SinkUnderTest: Sendable {
  let sink: any CrawlSink
  /// Ends the crawl; returns all keys that were passed on or stored, in their order there.
  private let ending: @Sendable () async throws -> [Key]

  func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts { try await sink.apply(steps) }

  /// Ends the crawl, and returns the keys that the sink passed on or stored.
  func finish() async throws -> [Key] { try await ending() }

  init(_ sink: some ListingSink, _ reader: KeyReader, keeping folder: TemporaryFolder? = nil) {
    self.sink = sink
    ending = {
      try await sink.finish()
      withExtendedLifetime(folder) {}
      return reader.keys
    }
  }

  private init(_ sink: some CrawlSink, ending: @escaping @Sendable () async throws -> [Key]) {
    self.sink = sink
    self.ending = ending
  }

  static func index() async throws -> SinkUnderTest {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    return SinkUnderTest(IndexSink(writer: writer, plan: plan, syncID: syncID)) {
      #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
      return try index.objects(of: "bucket").map(\.key)
    }
  }
}

extension SinkUnderTest {
  /// Lists keys side by side with answers in any order, or the first so many of them, and passes
  /// steps on as a crawl does.
  func list(
    _ listing: inout ScriptedListing, answersMax: Int = .max, isSerial: Bool = false,
    random: inout SplitMix64
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
      if random.isOneIn(3) { counts += try await apply(queue.take()) }
    }
    counts += try await apply(queue.take())
    guard frontier.isDone else { return }
    #expect(counts.objects == listing.keys.count)
  }
}

/// What a listing has passed on: keys, with a zero byte after each.
final class KeyReader: Sendable {
  struct Gone: Error {}

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

// MARK: - Steps

func range(_ lo: String, _ hi: String?) -> CrawlRange {
  CrawlRange(lo: Key(lo), hi: hi.map { Key($0) }, cursor: Key(lo))
}

/// A page of some keys, which is the whole truth after one key and through another.
func coverage(_ keys: [String], after: String, through: String? = nil) -> PageCoverage {
  var page = ObjectPage()
  for key in keys {
    page.append(
      key: Key(key), etag: "", size: 0, lastModified: Timestamp(millisecondsSinceEpoch: 0),
      storageClass: "STANDARD")
  }
  return PageCoverage(page: page, after: Key(after), through: through.map { Key($0) })
}

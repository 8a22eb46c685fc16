import Foundation
import Index
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// What sinks that pass a listing on do beyond what `SinkTests` asks of every sink.
@Suite struct ListingSinkTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func streamPassesPagesOnAtOnce() async throws {
    let reader = KeyReader()
    let sink = ListingStream(reader.output())
    _ = try await sink.apply([.merge(coverage(["b", "c"], after: "a"), into: range("a", "d"))])
    #expect(reader.keys == [Key("b"), Key("c")])
  }

  @Test(arguments: [SinkKind.stream, .sortedListing])
  func passesOnWhyNothingIsTakenAnyMore(kind: SinkKind) async throws {
    let output = KeyReader().output(failsAfter: 3)
    let sink: any ListingSink =
      kind == .stream ? ListingStream(output) : SortedListing(output, folder: folder.path)
    await #expect(throws: KeyReader.Gone.self) {
      _ = try await sink.apply([
        .merge(coverage(["a", "b", "c"], after: ""), into: range("", nil))
      ])
      try await sink.finish()
    }
  }

  @Test func sortedListingNeedsItsFolderOnlyForWhatDoesNotFitIntoMemory() async throws {
    let reader = KeyReader()
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

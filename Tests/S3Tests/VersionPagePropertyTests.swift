import S3
import TestSupport
import Testing
import Vocabulary

/// Random histories of keys, written as servers write them.
@Suite struct VersionPagePropertyTests {
  /// An entry of a history, its time in seconds.
  private struct Entry: Equatable {
    var key: String
    var id: String
    var isMarker: Bool
    var isLatest: Bool
    var seconds: Int

    var element: String {
      let time = Timestamp(millisecondsSinceEpoch: Int64(seconds) * 1_000).iso8601
      let latest = isLatest ? "true" : "false"
      return isMarker
        ? marker(key, id, isLatest: latest, lastModified: time)
        : version(key, id, isLatest: latest, lastModified: time)
    }
  }

  /// A bucket's entries in the order of AWS, each a second older than the one before it of its key.
  private static func history(_ random: inout SplitMix64) -> [Entry] {
    let keys = (0..<(1 + random.below(8))).map { "k\($0)" }
    return keys.flatMap { key in
      (0..<(1 + random.below(5))).map { index in
        Entry(
          key: key, id: "\(key).\(index)", isMarker: random.isOneIn(3), isLatest: index == 0,
          seconds: 1_700_000_000 - index)
      }
    }
  }

  private static func read(_ entries: [Entry]) throws -> [Entry] {
    let page = try ListPage(
      parsingVersions: versionAnswer(entries.map(\.element).joined(), isTruncated: false)
    ).objects
    return page.records.indices.map { index in
      Entry(
        key: page.key(at: index).text, id: page.versionID(at: index),
        isMarker: page.versions[index].kind == .deleteMarker,
        isLatest: page.versions[index].isLatest,
        seconds: Int(page.records[index].lastModified.millisecondsSinceEpoch / 1_000))
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func bothKindsInTheirOrderOrApartAreTheSamePage(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for round in 0..<100 {
      var entries = Self.history(&random)
      // A page may begin and end among the versions of a key.
      entries.removeFirst(random.below(entries.count))
      let apart = entries.filter { !$0.isMarker } + entries.filter(\.isMarker)
      #expect(try Self.read(entries) == entries, "seed \(seed), round \(round)")
      #expect(try Self.read(apart) == entries, "seed \(seed), round \(round)")
    }
  }

  @Test func refusesEveryTruncation() throws {
    var random = SplitMix64(seed: 7)
    let written = versionAnswer(
      "<EncodingType>url</EncodingType>" + Self.history(&random).prefix(4).map(\.element).joined())
    let end = try #require(written.lastIndex(of: UInt8(ascii: ">")))
    for count in 0...end {
      #expect(throws: AnswerError.self, "cut to \(count)") {
        try ListPage(parsingVersions: Array(written[..<count]))
      }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func survivesDamage(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var pages = 0
    for _ in 0..<100 {
      let entries = Self.history(&random).prefix(4).map(\.element).joined()
      let written = versionAnswer(
        random.pick(["<EncodingType>url</EncodingType>\(entries)", entries]) + "<NextKeyMarker>k%2")
      let document =
        written.dropLast("</ListVersionsResult>".utf8.count)
        + Array("</NextKeyMarker></ListVersionsResult>".utf8)
      for _ in 0..<50 {
        var damaged = Array(document)
        let index = random.below(damaged.count)
        switch random.below(3) {
        case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.remove(at: index)
        default: damaged.insert(random.pick(Array("<>&;%+]\"\r0".utf8)), at: index)
        }
        // Any error will do; only a trap, or a page that contradicts itself, would not.
        guard let page = try? ListPage(parsingVersions: damaged) else { continue }
        pages += 1
        #expect(page.objects.versions.count == page.objects.records.count)
        for index in page.objects.records.indices {
          #expect(!page.objects.key(at: index).bytes.isEmpty)
          #expect(!page.objects.versionID(at: index).isEmpty)
          let isMarker = page.objects.versions[index].kind == .deleteMarker
          #expect(page.objects.storageClass(at: index).isEmpty == isMarker)
        }
      }
    }
    #expect(pages > 0)
  }
}

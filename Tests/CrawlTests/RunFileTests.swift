import Crawl
import TestSupport
import Testing
import Vocabulary

/// Entries that come in any order go out in the order of their keys, whatever fits into memory.
@Suite struct RunFileTests {
  private struct Entry: Equatable {
    var key: Key
    var id = ""
    var etag = "e"
    var size: Int64 = 1
    var time: Int64 = 0
    var isMarker = false
    var isLatest = false
  }

  private func append(
    _ entries: some Sequence<Entry>, versions: Bool, to writer: inout RunWriter
  ) throws {
    for entry in entries {
      let standard = Array("STANDARD".utf8)
      let number = try #require(standard.withUnsafeBytes { writer.number(ofClass: $0) })
      try entry.key.bytes.withUnsafeBytes { key in
        try Array(entry.etag.utf8).withUnsafeBytes { etag in
          try Array(entry.id.utf8).withUnsafeBytes { id in
            try writer.append(
              key: key, etag: etag, versionID: id,
              RunWriter.Facts(
                size: entry.size, lastModified: Timestamp(millisecondsSinceEpoch: entry.time),
                storageClass: number,
                version: versions ? (entry.isMarker, entry.isLatest) : nil))
          }
        }
      }
    }
  }

  private func sorted(
    _ parts: [[Entry]], versions: Bool = false, bytesMax: Int = 1 << 20,
    _ repetition: SortedPages.Repetition = .newest, entriesMax: Int = 7
  ) async throws -> (pages: [ObjectPage], file: RunFile) {
    let folder = try TemporaryFolder()
    let file = try RunFile(in: folder.path)
    for part in parts {
      var writer = RunWriter(file, bytesMax: bytesMax)
      try append(part, versions: versions, to: &writer)
      try writer.flush()
    }
    let pages = SortedPages(of: file, repetition: repetition, entriesMax: entriesMax)
    var all: [ObjectPage] = []
    while true {
      let page = try await pages.nextPage()
      if page.records.isEmpty { return (all, file) }
      all.append(page)
    }
  }

  private func keys(_ pages: [ObjectPage]) -> [Key] {
    pages.flatMap { page in page.records.indices.map { page.key(at: $0) } }
  }

  @Test(arguments: [40, 300, 5_000, 1 << 20])
  func sortsWhateverFitsIntoMemory(bytesMax: Int) async throws {
    // 40 bytes hold one entry: thousands of runs, which are merged in several passes.
    var random = SplitMix64(seed: UInt64(bytesMax))
    let entries = (0..<3_000).map { number in
      // Keys with a beginning in common, some of which begin others, and bytes above 0x7F.
      let length = random.below(12)
      return Entry(
        key: Key(
          Array("data/".utf8)
            + (0..<length).map { _ in random.pick([0x61, 0x62, 0x2F, 0xC3, 0xFF]) }
            + Array("\(number)".utf8)), etag: "e\(number)", size: Int64(number))
    }
    let parts = [
      Array(entries[..<1_000]), Array(entries[1_000..<1_001]), Array(entries[1_001...]),
    ]
    let (pages, file) = try await sorted(parts, bytesMax: bytesMax)
    #expect(keys(pages) == entries.map(\.key).sorted())
    let sizes = pages.flatMap { page in
      page.records.indices.map { (page.etag(at: $0), page.records[$0].size) }
    }
    #expect(sizes.allSatisfy { $0.0 == "e\($0.1)" })
    #expect(pages.dropLast().allSatisfy { $0.records.count == 7 })
    #expect(file.commonPrefix == Key("data/"))
  }

  @Test func aKeyThatCameTwiceGoesOutOnce() async throws {
    let early = Entry(key: Key("a"), size: 1, time: 5)
    let late = Entry(key: Key("a"), size: 2, time: 9)
    for parts in [[[early, late]], [[late, early]], [[late], [early]], [[early], [late]]] {
      let newest = try await sorted(parts).pages
      #expect(newest.map { $0.records.map(\.size) } == [[2]])
    }
    let last = try await sorted([[late, early]], .lastCame).pages
    #expect(last.map { $0.records.map(\.size) } == [[1]])
  }

  @Test func versionsOfAKeyStayTogetherTheLatestFirst() async throws {
    let stack = [
      Entry(key: Key("k"), id: "v1", time: 1), Entry(key: Key("k"), id: "v3", time: 3),
      Entry(key: Key("k"), id: "m", time: 2, isMarker: true, isLatest: true),
      Entry(key: Key("k"), id: "v2", time: 2), Entry(key: Key("k"), id: "v1", time: 1),
    ]
    let others = (0..<20).map { Entry(key: Key("j\($0)"), id: "x", isLatest: true) }
    let (pages, _) = try await sorted(
      [Array((others + stack).reversed())], versions: true, bytesMax: 100, entriesMax: 3)
    let page = try #require(pages.first { $0.firstKey == Key("k") || $0.lastKey == Key("k") })
    let places = page.records.indices.filter { page.key(at: $0) == Key("k") }
    // Its latest one is a marker, although another is younger: that is what the row says.
    #expect(places.map { page.versionID(at: $0) } == ["m", "v3", "v2", "v1"])
    #expect(places.map { page.versions[$0].isLatest } == [true, false, false, false])
    #expect(places.map { page.versions[$0].kind == .deleteMarker } == [true, false, false, false])
    #expect(keys(pages).count == 24)
  }

  @Test func versionsOfOneTimeComeInOneOrderWhateverRanSideBySide() async throws {
    let stack = ["b", "a", "d", "c"].map { Entry(key: Key("k"), id: $0, time: 7) }
    let latest = Entry(key: Key("k"), id: "z", time: 7, isLatest: true)
    for parts in [
      [stack + [latest]], stack.map { [$0] } + [[latest]], [[latest], stack.reversed()],
    ] {
      let page = try #require(try await sorted(parts, versions: true).pages.first)
      #expect(page.records.indices.map { page.versionID(at: $0) } == ["z", "a", "b", "c", "d"])
    }
  }

  @Test func keysWithoutALatestVersionAreFound() async throws {
    func version(_ key: String, _ id: String, _ isLatest: Bool) -> Entry {
      Entry(key: Key(key), id: id, isLatest: isLatest)
    }
    let whole = [
      version("a", "1", true), version("b", "1", false), version("b", "2", true),
      version("c", "1", true), version("c", "1", true),
    ]
    func headless(_ entries: [Entry], bytesMax: Int) async throws -> SortedPages.Headless {
      let folder = try TemporaryFolder()
      let file = try RunFile(in: folder.path)
      var writer = RunWriter(file, bytesMax: bytesMax)
      try append(entries, versions: true, to: &writer)
      try writer.flush()
      let pages = SortedPages(of: file, repetition: .newest, entriesMax: 10)
      let found = try await pages.headless()
      // Nothing is used up by looking.
      #expect(
        try await pages.nextPage().records.count == Set(entries.map { "\($0.key) \($0.id)" }).count)
      return found
    }
    for bytesMax in [40, 1 << 20] {
      #expect(try await headless(whole, bytesMax: bytesMax) == .init(keys: 0, first: nil))
      let lacking = [version("d", "1", false), version("bb", "1", false)] + whole.reversed()
      #expect(try await headless(lacking, bytesMax: bytesMax) == .init(keys: 2, first: Key("bb")))
    }
    #expect(try await headless([version("a", "1", false)], bytesMax: 40).keys == 1)
  }

  @Test func nothingIsNothing() async throws {
    #expect(try await sorted([[], []]).pages.isEmpty)
  }
}

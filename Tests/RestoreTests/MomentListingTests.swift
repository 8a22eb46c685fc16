import Crawl
import Restore
import TestSupport
import Testing
import Vocabulary

@Suite struct MomentListingTests {
  private struct Version {
    var key: String
    var id: String
    var second: Int64
    var isMarker = false
  }

  private func page(_ versions: [Version]) -> ObjectPage {
    var page = ObjectPage()
    for (index, version) in versions.enumerated() {
      page.append(
        key: Key(version.key), versionID: version.id,
        kind: version.isMarker ? .deleteMarker : .version,
        isLatest: index == 0 || versions[index - 1].key != version.key,
        etag: "e", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: version.second * 1_000))
    }
    return page
  }

  private func merge(_ versions: [Version]) -> CrawlStep {
    .merge(
      PageCoverage(page: page(versions), after: .start, through: nil),
      into: CrawlRange(lo: .start, hi: nil, cursor: .start))
  }

  private func sink(at second: Int64?) throws -> MomentListing {
    try MomentListing(
      at: second.map { Timestamp(millisecondsSinceEpoch: $0 * 1_000) }, in: "b"
    ) { $0.key == Key("left/out") ? nil : $0 }
  }

  private func held(_ sink: MomentListing) throws -> [String: String] {
    guard let wanted = sink.take() else { return ["nothing": "was kept"] }
    let entries = try wanted.entries(after: .start, count: 100)
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.key.text, $0.versionID) })
  }

  private let versions = [
    Version(key: "a", id: "2", second: 9), Version(key: "a", id: "1", second: 3),
    Version(key: "b", id: "m", second: 9, isMarker: true), Version(key: "b", id: "1", second: 2),
    Version(key: "c", id: "null", second: 9), Version(key: "left/out", id: "1", second: 1),
  ]

  @Test func keepsWhatEachKeyHeld() async throws {
    let sink = try sink(at: 5)
    #expect(try await sink.apply([merge(versions)]).objects == 6)
    #expect(try held(sink) == ["a": "1", "b": "1"])
    #expect(await sink.doubtsFound().first == [Key("c")])
    // Once.
    #expect(try held(sink) == ["nothing": "was kept"])
  }

  @Test func nowIsWhatIsLatest() async throws {
    let sink = try sink(at: nil)
    _ = try await sink.apply([merge(versions)])
    #expect(try held(sink) == ["a": "2", "c": "null"])
    #expect(await sink.doubtsFound().count == 0)
  }

  @Test func aListingThatBeginsAgainLeavesNothingBehind() async throws {
    let sink = try sink(at: 5)
    _ = try await sink.apply([merge(versions)])
    let counts = try await sink.apply([
      .restart(isOrdered: true), merge([Version(key: "z", id: "1", second: 1)]),
    ])
    #expect(counts.objects == -5)
    #expect(try held(sink) == ["z": "1"])
    #expect(await sink.doubtsFound().count == 0)
  }

  /// Pages of ranges that are listed side by side come in any order, with keys of other ranges in them.
  @Test func takesOnlyWhatARangeIsAbout() async throws {
    let sink = try sink(at: 5)
    let whole = page(versions)
    _ = try await sink.apply([
      .merge(
        PageCoverage(page: whole, after: Key("a"), through: Key("b")),
        into: CrawlRange(lo: Key("a"), hi: nil, cursor: Key("a"))),
      .merge(
        PageCoverage(page: whole, after: .start, through: Key("a")),
        into: CrawlRange(lo: .start, hi: Key("a"), cursor: .start)),
    ])
    #expect(try held(sink) == ["a": "1", "b": "1"])
    #expect(await sink.doubtsFound().count == 0)
  }
}

import Restore
import TestSupport
import Testing
import Vocabulary

private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(written: text)) }

private let now = Timestamp(written: "2026-11-29T12:00:00Z") ?? Timestamp(millisecondsSinceEpoch: 0)

private func fault(_ text: String) -> MomentFault? {
  do throws(MomentFault) {
    _ = try Moment(written: text).time(now: now)
    return nil
  } catch {
    return error
  }
}

@Suite struct MomentTests {
  @Test(arguments: [
    ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"),
    ("2026-11-20T13:00:00+01:00", "2026-11-20T12:00:00Z"),
    ("2026-11-20T04:00-0800", "2026-11-20T12:00:00Z"),
    ("2026-11-20 12:00:00 UTC", "2026-11-20T12:00:00Z"),
    ("2026-11-20T12:00:00.250Z", "2026-11-20T12:00:00.25Z"),
    ("2026-11-20t12:00z", "2026-11-20T12:00:00Z"),
    ("2026-11-20", "2026-11-20T00:00:00Z"), ("2d ago", "2026-11-27T12:00:00Z"),
    ("36h ago", "2026-11-28T00:00:00Z"), ("2 days ago", "2026-11-27T12:00:00Z"),
    ("1 Hour AGO", "2026-11-29T11:00:00Z"), ("1.5h ago", "2026-11-29T10:30:00Z"),
    ("0s ago", "2026-11-29T12:00:00Z"), ("100000y ago", "1970-01-01T00:00:00Z"),
    ("2026-11-29T12:00:04Z", "2026-11-29T12:00:04Z"),
  ])
  func readsWhatPeopleWrite(text: String, meant: String) throws {
    #expect(try Moment(written: text).time(now: now) == time(meant))
  }

  @Test(arguments: ["now", "NOW", " now "])
  func nowIsNoTime(text: String) throws {
    #expect(try Moment(written: text) == .now)
    // Whatever the clock shows.
    #expect(try Moment.now.time(now: Timestamp(millisecondsSinceEpoch: 0)) == nil)
  }

  @Test(arguments: [
    ("11-20-2026", "2026-11-20"), ("20/11/2026", "2026-11-20"), ("11/20/2026", "2026-11-20"),
    ("2026/11/20", "2026-11-20"), ("20.11.2026 12:00", "2026-11-20"), ("20261119", "2026-11-19"),
    ("2026-11-19Z", "2026-11-19T00:00:00Z"), ("2026-11-19T25:00:00Z", "2026-11-19T00:00:00Z"),
    ("2026-11-19T", "2026-11-19T00:00:00Z"), ("2d", "2d ago"), ("2 d", "2d ago"),
    ("two days ago", "2d ago"), ("ago", "2d ago"), ("-2d ago", "2d ago"), ("2x ago", "2d ago"),
    ("", "2026-11-20"), ("yesterday", "2026-11-20"), ("1795136523", "2026-11-20"),
    ("31/31/2026", "2026-11-20"), ("2026-02-30", "2026-11-20"), ("\u{0}", "2026-11-20"),
    ("2026-11-20T12:00:00Z\n2026", "2026-11-20T00:00:00Z"),
  ])
  func showsTheSameDayAsItIsWritten(text: String, example: String) {
    #expect(fault(text)?.kind == .unreadable)
    #expect(fault(text)?.example == example)
    // What is shown is understood.
    #expect(fault(example) == nil)
  }

  @Test(arguments: [
    ("2026-11-20T12:00:00", "2026-11-20T12:00:00Z"), ("2026-11-20 12:00", "2026-11-20T12:00:00Z"),
  ])
  func wantsTheZone(text: String, example: String) {
    #expect(fault(text)?.kind == .noZone)
    #expect(fault(text)?.example == example)
  }

  @Test(arguments: ["2026-11-29T12:00:06Z", "2026-11-30", "2999-01-01T00:00:00Z"])
  func refusesWhatHasYetToCome(text: String) {
    #expect(fault(text)?.kind == .future(now: now))
    #expect(fault(text)?.example == "2026-11-29T12:00:00Z")
  }

  @Test func readsNothingElse() {
    var random = SplitMix64(seed: 7)
    let bytes = Array("0123456789-:TZ+ agonwd./".utf8)
    for _ in 0..<5_000 {
      let text = String(
        decoding: (0..<Int.random(in: 0...24, using: &random)).map { _ in
          bytes[Int.random(in: 0..<bytes.count, using: &random)]
        }, as: UTF8.self)
      guard let fault = fault(text), fault.kind == .unreadable else { continue }
      #expect((try? Moment(written: fault.example)) != nil, "\(text)")
    }
  }
}

private typealias Entry = MomentSearch.Entry

private func entry(
  _ id: String?, _ seconds: Int64, marker: Bool = false, latest: Bool = false
) -> Entry {
  Entry(
    versionID: id, isMarker: marker, isLatest: latest,
    lastModified: Timestamp(millisecondsSinceEpoch: seconds * 1_000))
}

@Suite struct MomentSearchTests {
  private func found(
    _ stack: [Entry], at seconds: Double?
  ) -> (id: String?, mayBeOverwritten: Bool) {
    var search = MomentSearch(
      at: seconds.map { Timestamp(millisecondsSinceEpoch: Int64($0 * 1_000)) })
    let index = stack.firstIndex { search.take($0) }
    return (index.flatMap { stack[$0].versionID }, search.mayBeOverwritten)
  }

  private let stack = [
    entry("m", 9, marker: true, latest: true), entry("3", 7), entry("2", 5), entry("1", 1),
  ]

  @Test(
    arguments: [
      (0, nil), (1, "1"), (4, "1"), (5, "2"), (5.9, "2"), (7, "3"), (8, "3"), (9, nil), (99, nil),
    ] as [(Double, String?)])
  func takesTheFirstThatWasThere(seconds: Double, id: String?) {
    #expect(found(stack, at: seconds).id == id)
    #expect(!found(stack, at: seconds).mayBeOverwritten)
  }

  @Test func nowIsTheLatestAlone() {
    #expect(found(stack, at: nil).id == nil)
    #expect(found([entry("2", 5, latest: true), entry("1", 1)], at: nil).id == "2")
    // A plain listing saw the object go and knows no marker.
    #expect(found([entry("2", 5), entry("1", 1)], at: nil).id == nil)
  }

  @Test func theOrderDecidesAmongEqualTimes() {
    #expect(found([entry("b", 5, latest: true), entry("a", 5)], at: 5).id == "b")
    #expect(found([entry("m", 5, marker: true, latest: true), entry("a", 5)], at: 5).id == nil)
    // An upload in parts stands where it was begun, below what is older by its time.
    #expect(found([entry("c", 3, latest: true), entry("b", 8), entry("a", 1)], at: 3).id == "c")
  }

  @Test func tellsWhatMayHaveBeenOverwritten() {
    let stack = [entry("2", 9, latest: true), entry("null", 7), entry("1", 1)]
    #expect(found(stack, at: 8).id == "null")
    #expect(!found(stack, at: 8).mayBeOverwritten)
    #expect(found(stack, at: 5).id == "1")
    #expect(found(stack, at: 5).mayBeOverwritten)
    // A marker without an id replaced the version without one.
    let deleted = [entry("null", 9, marker: true, latest: true)]
    #expect(found(deleted, at: 5).id == nil)
    #expect(found(deleted, at: 5).mayBeOverwritten)
    #expect(!found(deleted, at: 9).mayBeOverwritten)
  }

  @Test func doubtsKeepTheFirstKeysWhateverTheirOrder() {
    var doubts = MomentDoubts()
    for number in [5, 3, 9, 1, 7, 2, 8] { doubts.add(Key("k\(number)")) }
    #expect(doubts.count == 7)
    #expect(doubts.first == ["k1", "k2", "k3", "k5", "k7"].map { Key($0) })
  }
}

@Suite struct ExpiredVersionsTests {
  private func rule(
    days: Int64?, prefix: String? = nil, kept: Int64? = nil, isEnabled: Bool = true
  ) -> Lifecycle.Rule {
    var rule = Lifecycle.Rule()
    rule.id = "r\(days ?? 0)"
    rule.isEnabled = isEnabled
    rule.noncurrentExpirationDays = days
    rule.noncurrentVersionsKept = kept
    if let prefix {
      rule.filter = RuleFilter()
      rule.filter?.prefix = prefix
    }
    return rule
  }

  private func expired(
    _ rules: [Lifecycle.Rule], daysAgo: Int64, below prefix: String = ""
  ) -> ExpiredVersions? {
    ExpiredVersions(
      by: rules, below: Key(prefix),
      at: Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - daysAgo * 86_400_000),
      listedAt: now)
  }

  @Test func mattersOnceTheMomentIsOlderThanTheRuleReaches() {
    #expect(expired([rule(days: 30)], daysAgo: 30) == nil)
    #expect(
      expired([rule(days: 30, kept: 2)], daysAgo: 31)
        == ExpiredVersions(rule: "r30", days: 30, versionsKept: 2))
    #expect(expired([rule(days: 30), rule(days: 7)], daysAgo: 31)?.days == 7)
    #expect(expired([rule(days: nil)], daysAgo: 3_000) == nil)
    #expect(expired([rule(days: 7, isEnabled: false)], daysAgo: 31) == nil)
    #expect(expired([rule(days: .max)], daysAgo: 31) == nil)
  }

  @Test func asksWhetherTheRuleIsAboutTheseKeys() {
    let rules = [rule(days: 7, prefix: "logs/")]
    #expect(expired(rules, daysAgo: 31) != nil)
    #expect(expired(rules, daysAgo: 31, below: "logs/2026/") != nil)
    #expect(expired(rules, daysAgo: 31, below: "lo") != nil)
    #expect(expired(rules, daysAgo: 31, below: "photos/") == nil)
  }
}

@Suite struct RelativeKeyTests {
  private func path(_ key: String, below prefix: String, size: Int64 = 1) -> String? {
    RelativeKey(below: Key(prefix)).placing(
      ManifestEntry(key: Key(key), versionID: "v", size: size))?.path.text
  }

  @Test func leavesOutWhatThePrefixHasDownToItsLastSlash() {
    #expect(path("photos/2026/a.jpg", below: "photos/2026/") == "a.jpg")
    #expect(path("photos/2026/a.jpg", below: "photos/20") == "2026/a.jpg")
    #expect(path("photos/2026/a.jpg", below: "pho") == "photos/2026/a.jpg")
    #expect(path("photos/2026/a.jpg", below: "") == "photos/2026/a.jpg")
    #expect(path("a//b", below: "a/") == "/b")
  }

  @Test func theFolderItselfIsNothingUnlessItHasBytes() throws {
    #expect(path("photos/", below: "photos/", size: 0) == nil)
    let refused = try #require(path("photos/", below: "photos/", size: 3))
    #expect(throws: KeyRefusal.self) { try LocalPath(Key(refused)) }
  }
}

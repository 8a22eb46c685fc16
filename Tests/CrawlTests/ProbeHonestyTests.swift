import Crawl
import S3
import TestSupport
import Testing
import Vocabulary

/// What probes say of keys that mislead them, and of servers that do.
///
/// Pages of a hundred keys stand for those of a thousand.
@Suite struct ProbeHonestyTests {
  private static let keysPerPage = 100

  private func page(of keys: ArraySlice<Key>, goesOn: Bool) -> ListPage {
    var page = ListPage()
    for key in keys {
      page.objects.append(
        key: key, etag: "", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
    }
    page.isTruncated = goesOn
    page.nextContinuationToken = goesOn ? keys.last?.text : nil
    return page
  }

  private func place(in keys: [Key], after key: Key) -> Int {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] > key { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Probes keys in order; `answer` has the word before the listing, with the key that was asked after.
  private func probe(
    _ keys: [Key], seed: UInt64 = 1, answer: (Key) -> ListPage? = { _ in nil }
  ) -> SizeProbe {
    var probe = SizeProbe(prefix: .start, seed: seed)
    while let position = probe.position {
      let (after, other): (Key, ListPage?) =
        switch position {
        case .token(let token): (Key(token), nil)
        case .after(let key): (key, key.isStart ? nil : answer(key))
        default: (.start, nil)
        }
      let start = place(in: keys, after: after)
      let end = min(start + Self.keysPerPage, keys.count)
      probe.accept(other ?? page(of: keys[start..<end], goesOn: end < keys.count))
    }
    return probe
  }

  /// Names of numbers as people make them: the long ones stand between the short ones.
  struct Names: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var name: @Sendable (Int) -> String

    static let all = [
      Names(testDescription: "N", name: { "\($0)" }),
      Names(testDescription: "img/N.jpg", name: { "img/\($0).jpg" }),
      Names(testDescription: "user/N/profile.json", name: { "user/\($0)/profile.json" }),
      Names(testDescription: "o/N from 123456 on", name: { "o/\($0 + 123_456)" }),
      Names(testDescription: "x/HEX", name: { "x/" + String($0, radix: 16) }),
    ]
  }

  @Test(arguments: Names.all, [500, 1_200, 2_000, 5_000, 12_000, 30_000, 100_000])
  func boundsHoldOfNumbersWithoutPadding(names: Names, count: Int) {
    let keys = (1...count).map { Key(names.name($0)) }.sorted()
    for seed in LongRuns.seeds(1...3) {
      guard case .estimate(let estimate) = probe(keys, seed: seed).outcome,
        let range = estimate.range
      else {
        Issue.record("there is no estimate")
        return
      }
      let ratio = Double(estimate.objects) / Double(count)
      #expect(range.contains(Int64(count)) || (0.5...2).contains(ratio), "\(estimate)")
      #expect(range.lowerBound < range.upperBound && range.contains(estimate.objects))
    }
  }

  private static let manyKeys = (0..<5_000).map { Key("k\(10_000 + $0)") }

  /// The fifth page is asked for by a key; the fourth one had said that there is more.
  @Test func doesNotBelieveAnEmptyAnswerAfterAPageThatPromisesMore() {
    let probe = probe(Self.manyKeys) { _ in ListPage() }
    #expect(probe.outcome == .unknown(.contradiction))
    #expect(probe.seen == 400)
  }

  /// Keys that were seen behind a bound do not go away.
  @Test func doesNotBelieveAnAnswerWithoutKeysThatWereSeen() {
    var asked = 0
    let probe = probe(Self.manyKeys) { _ in
      asked += 1
      return asked % 7 == 0 ? ListPage() : nil
    }
    #expect(probe.outcome == .unknown(.contradiction))
    #expect(probe.seen >= 400)
  }

  @Test func findsNothingButKeysThatItKnows() {
    let known = Set(Self.manyKeys)
    let probe = probe(Self.manyKeys) { known.contains($0) ? nil : ListPage() }
    #expect(probe.outcome == .unknown(.contradiction))
  }

  @Test func knowsHowLongPagesAre() {
    #expect(probe(Self.manyKeys).keysPerPage == 100)
    #expect(probe(Array(Self.manyKeys.prefix(250))).keysPerPage == 100)
    #expect(probe(Array(Self.manyKeys.prefix(50))).keysPerPage == nil)
  }
}

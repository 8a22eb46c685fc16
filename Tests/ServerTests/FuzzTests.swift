import Report
import Signing
import TestSupport
import Testing
import Vocabulary

@testable import Server

/// Whatever comes, a parser takes it as something that it can write again and take as the same, or refuses it.
///
/// A trap would end the tests. In a long run the four have ten million inputs, else some thousands. Expectations that
/// hold are not spelled as such: each costs more than what it looks at.
@Suite struct FuzzTests {
  private static func runs(long: Int) -> Int { LongRuns.areWanted ? long : 3_000 }

  @Test func targetsAndHosts() {
    var mutations = Mutations(
      seed: 1,
      corpus: [
        "/", "/api/v1/find?bucket=logs&prefix=a%2Fb%20c", "http://localhost:9412/metrics",
        "/?fmt=tsv",
        "HTTPS://[::1]:80/x?y", "/%C3%A9/..//%2e", "http://a.example.", "localhost:9412",
        "[fe80::1]:1",
        "127.0.0.1", "*",
      ])
    for _ in 0..<Self.runs(long: 4_000_000) {
      let bytes = mutations.next()
      if let target = try? RequestTarget(bytes) {
        var encoded: [UInt8] = []
        encoded.appendPercentEncoded(target.path)
        let isSame = PercentForm.decoded(encoded) == target.path
        let isWhole = isSame && !target.path.isEmpty && !target.path.contains(0)
        if !isWhole { Issue.record("\(bytes)") }
      }
      guard let authority = Authority(bytes) else { continue }
      let port = authority.port.map { ":\($0)" } ?? ""
      let again = Authority(Array("\(authority.host)\(port)".utf8))
      if again != authority { Issue.record("\(bytes)") }
    }
  }

  @Test func queries() {
    var mutations = Mutations(
      seed: 2,
      corpus: [
        "bucket=logs&prefix=a%2Fb+c&limit=5", "a=%C3%A9&&=x&y", "prefix_encoded=%25FF%2500",
        "key=%00",
        "a=b=c", "+=%2B", "token=%", "",
      ])
    for _ in 0..<Self.runs(long: 3_500_000) {
      let bytes = mutations.next()
      guard let query = try? QueryText(bytes) else { continue }
      let text = query.replacing(["left", "out"], with: "more", "1")
      let again = try? QueryText(Array(text.utf8))
      let kept = query.pairs.filter { !["left", "out"].contains($0.name) }
      if again?.pairs.dropLast() != kept[...] { Issue.record("\(bytes)") }
    }
  }

  /// Anybody can give what is made up the sum that makes a cursor of it.
  @Test func cursors() {
    let question: [UInt8] = [1, 2]
    let starts: [Cursor.Start] = [
      .window(.after(rows: 1, digest: -1)), .window(.behind(name: [0xFF, 0x00])),
      .behind(RowPlace(bucket: "b", endpoint: "http://x", key: [0xFF, 0x2F], rank: -1_024)),
      .behind(RowPlace(bucket: "b", endpoint: "", key: [])),
    ]
    let moment = Timestamp(millisecondsSinceEpoch: 1_795_000_000_123)
    let texts = starts.map { Cursor($0, askedAt: moment).text(question: question) }
    var bodies = Mutations(seed: 3, corpus: texts.map(Self.body))
    var written = Mutations(seed: 4, corpus: texts)
    for number in 0..<Self.runs(long: 2_000_000) {
      let text: String
      if number % 4 == 0 {
        text = String(decoding: written.next(), as: UTF8.self)
        // None of what was made up is one, but for a text as it was or is of another of them.
        guard !texts.contains(text) else { continue }
        let cursor = Cursor(text, question: question)
        if cursor != nil { Issue.record("\(text)") }
      } else {
        let body = bodies.next()
        text = Base64.urlText(body + SHA256.digest(question + body).prefix(8))
        guard let cursor = Cursor(text, question: question) else { continue }
        let again = cursor.text(question: question)
        if again != text { Issue.record("\(body)") }
      }
    }
  }

  /// What a cursor says, without its sum.
  private static func body(of text: String) -> [UInt8] {
    Cursor.bytes(ofURLText: text)?.dropLast(8) ?? []
  }

  @Test func parameters() throws {
    let routes = Routes().answers
    var mutations = Mutations(
      seed: 5,
      corpus: [
        "bucket=logs-*&prefix=a/b&min_size=1MiB&max_size=2g",
        "older_than=90d&newer_than=12h&limit=10000",
        "since=2026-01-01&before=2026-02-03T04:05:06Z&class=GLACIER&class=STANDARD",
        "key=*.gz&versions=all",
        "prefix_encoded=%25FF&fmt=csv&limit=1", "depth=2&by=class&sort=bytes",
        "regex=%5Ea%5B0-9%5D%2B$",
        "number=5&largest=true", "cursor=AAAA", "at=2026-01-01&budget=1.5",
        "account=1*&in_region=eu-*",
        "smaller_than=128KiB&period=30d&over=10%25", "fmt=jsonl&decimals=2&columns=key,size",
      ])
    for number in 0..<Self.runs(long: 500_000) {
      let route = routes[number % routes.count]
      let bytes = mutations.next()
      do {
        let read = try route.read(try QueryText(bytes), nil)
        let again = try route.read(read.query, nil)
        if again.identity != read.identity { Issue.record("\(bytes)") }
      } catch {
        let isWhole = error.kind == .badRequest && !error.detail.isEmpty
        if !isWhole { Issue.record("\(route.name) \(bytes)") }
      }
    }
  }
}

/// Inputs that are nearly right: some of a corpus, changed at a few places.
private struct Mutations {
  private var random: SplitMix64
  private let corpus: [[UInt8]]

  /// What parsers stumble over.
  private static let pieces: [[UInt8]] =
    [
      "%", "%00", "%2F", "%ff", "&", "=", "+", "?", "#", "/", "//", "://", "[", "]", ":", "*", "-",
      "(", "\\", "{9}",
      "9223372036854775807", "9223372036854775808", "-1", "1e9", "NaN", "0", "é", "\r\n", "\0",
      "limit=", "bucket=",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC3], [0xED, 0xA0, 0x80], Array(repeating: 0x41, count: 300),
    ]

  init(seed: UInt64, corpus: [String]) {
    self.init(seed: seed, corpus: corpus.map { Array($0.utf8) })
  }

  init(seed: UInt64, corpus: [[UInt8]]) {
    random = SplitMix64(seed: seed)
    self.corpus = corpus
  }

  mutating func next() -> [UInt8] {
    var bytes = corpus[Int.random(in: corpus.indices, using: &random)]
    for _ in 0..<Int.random(in: 0...4, using: &random) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...8, using: &random))
    switch Int.random(in: 0..<6, using: &random) {
    case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4:
      let other = corpus[Int.random(in: corpus.indices, using: &random)]
      bytes = Array(bytes[..<place] + other.dropFirst(place))
    default:
      bytes.insert(
        contentsOf: Self.pieces[Int.random(in: Self.pieces.indices, using: &random)], at: place)
    }
  }
}

import TestSupport
import Vocabulary

@testable import S3

/// A server's side of a listing of versions as a value: stacks of versions that may come and go, pages
/// of random length, and the habits of three servers.
struct ScriptedVersions {
  /// What becomes of a marker, key-marker and version-id-marker, differs from server to server.
  enum Habit: String, CaseIterable {
    /// The place is in the id: a version that is gone does not matter.
    case aws
    /// A key alone is listed itself; behind a version that is gone, the rest of its key is passed over,
    /// and so it is behind a delete marker without an id.
    case rgw
    /// A key alone hides the first entry that does not sort before it; behind a version that is gone
    /// there is nothing.
    case moto
  }

  struct Entry: Equatable {
    var key: Key
    /// Newer versions of a key have greater numbers.
    var number: Int
    var isMarker = false
    /// Whether it was written while versioning was suspended.
    var isAnonymous = false

    var id: String { number == 0 || isAnonymous ? "null" : "v\(number)" }
  }

  let habit: Habit
  let prefix: Key
  /// In the order of the listing.
  private(set) var entries: [Entry]
  private let lengths: ClosedRange<Int>
  /// Whether its pages have no word about what follows them.
  var isWordless = false
  /// Whether all versions of a page come before all of its delete markers; all are of the same second.
  var isInBlocks = false
  private var random: SplitMix64
  private(set) var answers = 0

  init(
    _ entries: [Entry], _ habit: Habit, prefix: Key = .start, lengths: ClosedRange<Int>,
    seed: UInt64
  ) {
    self.entries = entries.filter { $0.key.bytes.starts(with: prefix.bytes) }.sorted {
      $0.key == $1.key ? $0.number > $1.number : $0.key < $1.key
    }
    self.habit = habit
    self.prefix = prefix
    self.lengths = lengths
    random = SplitMix64(seed: seed)
  }

  mutating func remove(at index: Int) { entries.remove(at: index) }

  mutating func insert(_ entry: Entry) {
    let place = entries.firstIndex {
      $0.key == entry.key ? $0.number < entry.number : $0.key > entry.key
    }
    entries.insert(entry, at: place ?? entries.count)
  }

  mutating func answer(_ position: PagePosition) -> ListPage {
    answers += 1
    let length = Int.random(in: lengths, using: &random)
    switch position {
    case .after(let key): return page(from: start(behind: key), length, in: entries)
    case .afterVersion(let key, let id):
      return page(from: start(behind: key, id, in: entries), length, in: entries)
    case .versions(let key, let after):
      let own = entries.filter { $0.key.bytes.starts(with: key.bytes) }
      return page(from: after.map { start(behind: key, $0, in: own) } ?? 0, length, in: own)
    case .token, .marker, .shortened: preconditionFailure("versions have no tokens")
    }
  }

  private func start(behind key: Key) -> Int {
    guard !key.isStart else { return 0 }
    switch habit {
    case .aws: return entries.firstIndex { $0.key > key } ?? entries.count
    case .rgw: return entries.firstIndex { $0.key >= key } ?? entries.count
    case .moto: return entries.firstIndex { $0.key >= key }.map { $0 + 1 } ?? entries.count
    }
  }

  private func start(behind key: Key, _ id: String, in entries: [Entry]) -> Int {
    if let index = entries.firstIndex(where: { $0.key == key && $0.id == id }),
      habit != .rgw || id != "null" || !entries[index].isMarker
    {
      return index + 1
    }
    let number = id == "null" ? 0 : Int(id.dropFirst()) ?? 0
    switch habit {
    case .aws:
      return entries.firstIndex { $0.key > key || ($0.key == key && $0.number < number) }
        ?? entries.count
    case .rgw: return entries.firstIndex { $0.key > key } ?? entries.count
    case .moto: return entries.count
    }
  }

  private func page(from start: Int, _ length: Int, in entries: [Entry]) -> ListPage {
    var page = ListPage()
    let end = min(start + length, entries.count)
    var listed = Array(min(start, end)..<end)
    let versions = listed.filter { !entries[$0].isMarker }
    if isInBlocks { listed = versions + listed.filter { entries[$0].isMarker } }
    for index in listed {
      let entry = entries[index]
      let isLatest = index == 0 || entries[index - 1].key != entry.key
      page.objects.append(
        key: entry.key, versionID: entry.id, kind: entry.isMarker ? .deleteMarker : .version,
        isLatest: isLatest, etag: entry.isMarker ? "" : "e", size: entry.isMarker ? 0 : 1,
        lastModified: Timestamp(year: 2026, month: 1, day: 1),
        storageClass: entry.isMarker ? "" : "STANDARD")
    }
    page.isTruncated = end < entries.count
    if isWordless {
      page.isTruncated = end > start
      page.saysNothingOfEnd = page.isTruncated
    } else if page.isTruncated, let last = entries[..<end].last {
      page.nextKeyMarker = last.key
      page.nextVersionIDMarker = last.id
    }
    if isInBlocks {
      page.hasGuessedOrder = page.objects.mergeBlocks(
        at: versions.count, lastVersionID: page.nextVersionIDMarker)
    }
    return page
  }

  /// Random stacks: mostly short ones, some of many versions, markers among them.
  static func randomEntries(_ random: inout SplitMix64, keys: Int) -> [Entry] {
    let alphabet = Array("ab/~".utf8)
    var entries: [Entry] = []
    for _ in 0..<keys {
      let key = Key((0...random.below(5)).map { _ in alphabet[random.below(alphabet.count)] })
      guard !entries.contains(where: { $0.key == key }) else { continue }
      let count = random.isOneIn(5) ? 1 + random.below(40) : 1 + random.below(4)
      let first = random.below(2)
      entries += (first..<first + count).map {
        Entry(key: key, number: $0, isMarker: random.isOneIn(4))
      }
    }
    return entries
  }
}

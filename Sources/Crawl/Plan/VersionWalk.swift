internal import S3
internal import Vocabulary

/// The walk through the versions and delete markers of one range of keys.
///
/// A key is whole when a greater one was seen: the entries of a page's last key are held until then,
/// so that what the sink gets, and every checkpoint, is whole keys. Pages follow one another by the
/// name of an entry, its key and version id, and three servers disagree about one that was deleted in
/// the meantime: AWS goes on rightly, others pass over the rest of its key, or end. So a page is asked
/// for by the last entry but one, and has to begin with the last:
///
///     page 1: … k/3 k/2   →  after k/3: k/2 k/1 m/9 …    goes on
///     page 1: … k/3 k/2   →  after k/3: m/9 …            k/3 or k/2 is gone: k is listed anew, by prefix
///
/// A range begins with what follows a key; the entries of that key itself, which some servers repeat,
/// belong to the range before.
struct VersionWalk: PageWalk {
  private(set) var range: CrawlRange
  private(set) var position: PagePosition
  private(set) var hasKeys = false
  private let prefix: Key
  /// The entries of the greatest key so far, all of them from its newest on.
  private var held = ObjectPage()
  /// The last two entries that were seen, in the order of the server.
  private var trail: [EntryName] = []
  /// What the next page has to begin with; nil when it may begin anywhere.
  private var expected: EntryName?
  /// How often in a row the place in the listing was lost.
  private var losses = 0
  /// Whether the key before an empty end was listed anew.
  private var isEndConfirmed = false
  private var emptyPages = 0

  private static let lossesMax = 3

  init(_ range: CrawlRange, prefix: Key) {
    self.range = range
    self.prefix = prefix
    position = .after(range.cursor)
  }

  var reached: Key { max(range.cursor, held.firstKey ?? .start) }

  mutating func end(at cut: Key) { range.hi = cut }

  mutating func accept(_ page: ListPage) throws(ListingFault) -> PageCoverage? {
    if let prefix = page.commonPrefixes.first { throw .rolledUp(prefix: prefix) }
    if case .versions(let key, let after) = position {
      return try acceptVersions(of: key, after: after, page)
    }
    let entries = page.objects
    try checkOrder(of: entries, below: prefix)
    var first = 0
    if case .after(let key) = position {
      first = entries.firstIndex(after: key)
      if first > 0, entries.key(at: 0) < key {
        throw .startAfterIgnored(key: entries.key(at: 0), after: key)
      }
    } else if let expected {
      guard !entries.records.isEmpty, entries.name(at: 0) == expected else {
        return try loseKey(expected.key)
      }
      first = 1
    }
    if isDoubtfulEnd(page), let last = trail.last {
      isEndConfirmed = true
      return try loseKey(last.key)
    }
    losses = 0
    return try goOn(with: page, from: first)
  }

  /// Whether a page ends the listing that only says so because the entry it was asked by is gone.
  private func isDoubtfulEnd(_ page: ListPage) -> Bool {
    guard case .afterVersion = position, expected == nil, !isEndConfirmed else { return false }
    return page.objects.records.isEmpty && !page.isTruncated
  }

  /// A refusal to go on after a version says what an answer would: that it is gone.
  mutating func acceptRefusal() throws(ListingFault) -> Bool {
    guard let expected else { return false }
    _ = try loseKey(expected.key)
    return true
  }

  // MARK: - Going on

  private mutating func goOn(
    with page: ListPage, from first: Int
  ) throws(ListingFault) -> PageCoverage? {
    let entries = page.objects
    let count = entries.records.count
    if count > first { hasKeys = true }
    guard page.isTruncated else {
      return try finish(with: entries.slice(first..<count))
    }
    guard count > 0 else {
      try passOverEmptyPage(page)
      return nil
    }
    emptyPages = 0
    if let hi = range.hi, entries.key(at: count - 1) > hi {
      return try finish(with: entries.slice(first..<count), at: hi)
    }
    try advance(past: entries, fresh: count - first)
    return try hold(entries.slice(first..<count))
  }

  /// Where the next page is asked for.
  private mutating func advance(past entries: ObjectPage, fresh: Int) throws(ListingFault) {
    note(entries)
    // A page with nothing but what was asked for twice cannot go on that way.
    if trail.count == 2, fresh > 0, entries.records.count > 1 {
      ask(after: trail[0], expecting: trail[1])
    } else if let last = trail.last {
      guard position != .afterVersion(last.key, last.versionID) else {
        throw .notAdvancing(cursor: range.cursor)
      }
      ask(after: last, expecting: nil)
    }
  }

  private mutating func ask(after marker: EntryName, expecting next: EntryName?) {
    position = .afterVersion(marker.key, marker.versionID)
    expected = next
  }

  private mutating func passOverEmptyPage(_ page: ListPage) throws(ListingFault) {
    emptyPages += 1
    guard emptyPages <= RangeWalk.emptyPagesMax else {
      throw .tooManyEmptyPages(count: emptyPages, cursor: range.cursor)
    }
    guard let key = page.nextKeyMarker else { throw .notAdvancing(cursor: range.cursor) }
    let next: PagePosition =
      page.nextVersionIDMarker.map { .afterVersion(key, $0) } ?? .after(key)
    guard next != position, key >= reached else { throw .notAdvancing(cursor: range.cursor) }
    position = next
    expected = nil
  }

  private mutating func note(_ entries: ObjectPage) {
    for index in entries.records.indices.suffix(2) {
      let name = entries.name(at: index)
      guard trail.last != name else { continue }
      trail.append(name)
    }
    trail.removeFirst(max(0, trail.count - 2))
  }

  /// Keeps the entries of the last key, and passes on what is whole by them.
  private mutating func hold(_ entries: ObjectPage) throws(ListingFault) -> PageCoverage? {
    guard let last = entries.lastKey else { return nil }
    let start = entries.firstIndex(ofKeyAt: entries.records.count - 1)
    let isSameKey = held.firstKey == last
    if start == 0, isSameKey {
      held.append(entries)
      try checkRepetition(in: held)
      return nil
    }
    var whole = held
    whole.append(entries.slice(0..<start))
    held = entries.slice(start..<entries.records.count)
    try checkRepetition(in: whole)
    guard let through = whole.lastKey else { return nil }
    let coverage = PageCoverage(page: whole, after: range.cursor, through: through)
    range.cursor = through
    return coverage
  }

  private mutating func finish(
    with entries: ObjectPage, at hi: Key? = nil
  ) throws(ListingFault) -> PageCoverage {
    var whole = held
    whole.append(entries)
    held = ObjectPage()
    try checkRepetition(in: whole)
    let after = range.cursor
    range.isDone = true
    if let last = hi ?? whole.lastKey {
      range.cursor = max(after, range.hi.map { min($0, last) } ?? last)
    }
    return PageCoverage(page: whole, after: after, through: nil)
  }

  // MARK: - A place that was lost

  /// Lists a key anew, from its newest version on.
  private mutating func loseKey(_ key: Key) throws(ListingFault) -> PageCoverage? {
    losses += 1
    guard losses <= Self.lossesMax else { throw .versionsKeepVanishing(key: key) }
    if held.firstKey == key { held = ObjectPage() }
    // The second time it may be the entry before that is gone.
    trail.removeAll { $0.key == key || losses > 1 }
    position = .versions(of: key, after: nil)
    expected = nil
    return nil
  }

  /// Takes in versions of one key, which come before those of other keys that begin with it.
  private mutating func acceptVersions(
    of key: Key, after: String?, _ page: ListPage
  ) throws(ListingFault) -> PageCoverage? {
    let entries = page.objects
    try checkOrder(of: entries, below: key)
    var first = 0
    if let expected {
      guard !entries.records.isEmpty, entries.name(at: 0) == expected else {
        return try loseKey(key)
      }
      first = 1
    }
    let end = entries.firstIndex(after: key)
    let own = entries.slice(first..<max(first, end))
    // What was passed on already is listed only to find the place again.
    let isNew = key > range.cursor
    if !own.records.isEmpty {
      if isNew {
        hasKeys = true
        held.append(own)
      }
      try checkRepetition(in: held)
      note(entries.slice(0..<end))
    }
    guard page.isTruncated, end == entries.records.count, end > first, let last = trail.last else {
      try askBehindListedKey(key)
      return nil
    }
    let marker = trail[0].key == key ? trail[0] : last
    position = .versions(of: key, after: marker.versionID)
    expected = marker == last ? nil : last
    return nil
  }

  /// Goes on behind a key that was listed anew.
  ///
  /// Its entries are still held: others of the same key may have been written in between, and the next
  /// page says which key follows.
  private mutating func askBehindListedKey(_ key: Key) throws(ListingFault) {
    switch trail.count {
    case 2: ask(after: trail[0], expecting: trail[1])
    case 1: ask(after: trail[0], expecting: nil)
    default:
      // Nothing that was seen is left. What follows a key that may be gone is not known of every server;
      // what follows the range's beginning is, for its neighbour vouches for it.
      guard range.cursor == range.lo else { throw .versionsKeepVanishing(key: key) }
      position = .after(range.lo)
      expected = nil
      held = ObjectPage()
      hasKeys = false
    }
  }

  // MARK: - Checks

  private func checkOrder(of page: ObjectPage, below prefix: Key) throws(ListingFault) {
    if let index = page.firstIndex(outside: prefix) {
      throw .outsidePrefix(key: page.key(at: index), prefix: prefix)
    }
    if let index = page.firstDescendingIndex {
      throw .unordered(key: page.key(at: index), after: page.key(at: index - 1))
    }
  }

  /// An entry that comes twice hides another, or shows that pages overlap where they must not.
  private func checkRepetition(in page: ObjectPage) throws(ListingFault) {
    if let index = page.firstRepeatedVersion {
      throw .repeatedVersion(key: page.key(at: index), versionID: page.versionID(at: index))
    }
  }
}

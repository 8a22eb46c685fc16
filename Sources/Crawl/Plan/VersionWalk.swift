internal import S3
internal import Vocabulary

/// The walk through the versions and delete markers of one range of keys.
///
/// A key is whole when a greater one was seen: the entries of a page's last key are held until then,
/// so that what the sink gets, and every checkpoint, is whole keys. Pages follow one another by the
/// name of an entry, its key and version id, and three servers disagree about one that was deleted in
/// the meantime: AWS goes on rightly, others pass over the rest of its key, or end. So pages overlap:
/// the next one is asked for by an entry some way before the end, and has to begin with one of those
/// that followed it. Then nothing lies between the two:
///
///     page 1: … k/5 k/4 k/3 k/2   →  after k/5: k/4 k/3 k/2 k/1 m/9 …   goes on with k/1
///     page 1: … k/5 k/4 k/3 k/2   →  after k/5: k/2 k/1 m/9 …           k/4 and k/3 are gone
///     page 1: … k/5 k/4 k/3 k/2   →  after k/5: m/9 …                   k/5 is gone: after k/4
///
/// Where all of them are gone, the key is listed anew by its prefix. Ceph RGW takes a delete marker without
/// an id for gone, though it is there: no page is asked for by one that older versions follow. Where only one
/// entry is left to ask by, nothing in the answer vouches for it: it is believed when the entry is seen to
/// be there still afterwards. A range begins with what follows a key; the entries of that key itself, which
/// some servers repeat, belong to the range before.
///
/// Of servers that send all versions before all delete markers, moto among them, the order of entries of the
/// same second is a guess. There what is known is told by the names of all entries that are held, wherever
/// they stand; and pages overlap by entries of one kind, whose order is right.
struct VersionWalk: PageWalk {
  private(set) var range: CrawlRange
  private(set) var position: PagePosition
  private(set) var hasKeys = false
  private let prefix: Key
  /// The entries of the greatest key so far, all of them from its newest on.
  private var held = ObjectPage()
  /// The last entries that were seen, in the order of the server; by the first the next page is asked for.
  private var trail: [Milestone] = []
  /// The question whose answer the trail ends with.
  private var basis: PagePosition?
  /// Whether the trail is the last entry of its key, or the server's own word: nothing is passed over then.
  private var isSure = false
  /// An answer that nothing vouches for, while the question before it is asked again.
  private var doubted: (page: ListPage, position: PagePosition)?
  /// Whether a page came in an order that is a guess.
  private var isOrderGuessed = false
  /// The key that is being listed anew.
  private var relisted: Key?
  /// How often in a row all of the trail was gone.
  private var losses = 0
  /// How often keys were listed anew since one was passed on.
  private var relists = 0
  /// Whether the key before an empty end was listed anew.
  private var isEndConfirmed = false
  private var emptyPages = 0

  private static let lossesMax = 3
  private static let relistsMax = 30
  /// How many entries of a page the next one repeats, and one more.
  ///
  /// A few repeated ones cost no request: ranges of as many whole pages as before stay within as many.
  private static let trailMax = 8
  private static let pageParts = 4

  init(_ range: CrawlRange, prefix: Key) {
    self.range = range
    self.prefix = prefix
    position = .after(range.cursor)
    takeUp()
  }

  /// Goes on by the last entries that an earlier walk saw.
  ///
  /// What follows the cursor alone is not known of every server once that key is gone.
  private mutating func takeUp() {
    trail = range.lastEntries.suffix(Self.trailMax).map { entry in
      Milestone(
        name: EntryName(key: entry.key, versionID: entry.versionID),
        isAnonymousMarker: entry.isMarker && entry.versionID == "null")
    }
    range.lastEntries = []
    if hidesOlderVersions(0) { trail.removeFirst() }
    guard trail.count > 1, let first = trail.first else { return trail = [] }
    position = .afterVersion(first.name.key, first.name.versionID)
  }

  var reached: Key { max(range.cursor, held.firstKey ?? .start) }

  mutating func end(at cut: Key) { range.hi = cut }

  mutating func accept(_ page: ListPage) throws(ListingFault) -> PageCoverage? {
    if let prefix = page.commonPrefixes.first { throw .rolledUp(prefix: prefix) }
    try page.objects.checkOrder(below: relisted ?? prefix)
    if let doubted { return try decide(on: doubted.page, to: doubted.position, by: page) }
    if case .after(let key) = position, let first = page.objects.firstKey, first < key {
      throw .startAfterIgnored(key: first, after: key)
    }
    var page = page
    if page.hasGuessedOrder { isOrderGuessed = true }
    let known = isOrderGuessed ? sortOutKnown(in: &page.objects) : overlap(of: page.objects)
    if isVouched, known == 0 {
      try loseMarker()
      return nil
    }
    if let basis, isUnproven(page, known: known) {
      doubted = (page, position)
      position = basis
      return nil
    }
    return try goOn(with: page, provenBy: known)
  }

  /// Takes in an answer that nothing vouched for, when what it was asked by is still there: then it was there
  /// before.
  private mutating func decide(
    on answer: ListPage, to question: PagePosition, by page: ListPage
  ) throws(ListingFault) -> PageCoverage? {
    doubted = nil
    position = question
    if let asked = trail.first, !page.objects.holds(asked.name) {
      try loseKey(asked.name.key)
      return nil
    }
    isEndConfirmed = true
    return try goOn(with: answer, provenBy: 0)
  }

  private mutating func goOn(
    with page: ListPage, provenBy known: Int
  ) throws(ListingFault) -> PageCoverage? {
    if let key = held.firstKey, isHeldKeyChanged(by: page.objects, known: known) {
      try loseKey(key)
      return nil
    }
    if isDoubtfulEnd(page), let last = trail.last {
      isEndConfirmed = true
      try loseKey(last.name.key)
      return nil
    }
    if let relisted { return try goOn(with: page, of: relisted, known: known) }
    losses = 0
    return try goOn(with: page, known: known)
  }

  /// A refusal to go on after a version says what an answer would: that it is gone.
  mutating func acceptRefusal() throws(ListingFault) -> Bool {
    guard isVouched || doubted != nil else { return false }
    if isVouched { try loseMarker() } else { try loseKey(trail[0].name.key) }
    return true
  }

  /// Whether the answer has to begin with an entry that is known.
  private var isVouched: Bool { trail.count > 1 && isAskedByVersion }

  private var isAskedByVersion: Bool {
    switch position {
    case .afterVersion, .versions(_, after: _?): true
    case .after, .marker, .token, .shortened, .versions(_, after: nil): false
    }
  }

  /// How many entries at the beginning of a page were seen before, or written over them since.
  private func overlap(of entries: ObjectPage) -> Int {
    guard isAskedByVersion else { return 0 }
    let seen = trail.dropFirst(isVouched ? 1 : 0)
    let zone = entries.records.indices.prefix(2 * Self.trailMax)
    return zone.last { index in
      let name = entries.name(at: index)
      return seen.contains { $0.name == name }
    }.map { $0 + 1 } ?? 0
  }

  /// Puts the entries of each key in front that were seen before, and counts up to the last of them.
  ///
  /// One of them vouches for the answer wherever it stands: the server's own order, though not known, is the
  /// same in each answer. Nothing was passed over behind that entry, and what is before it was seen with it.
  private func sortOutKnown(in entries: inout ObjectPage) -> Int {
    guard isAskedByVersion else { return 0 }
    var seen = Set(trail.map(\.name))
    for index in held.records.indices { seen.insert(held.name(at: index)) }
    if isVouched, let asked = trail.first { seen.remove(asked.name) }
    return entries.moveToFront(ofTheirKeys: seen)
  }

  /// Whether new versions of the key that is held stand among entries that were seen before.
  ///
  /// Then they belong in front of those that are held. New ones of smaller keys came after these were
  /// passed on, and wait for the next crawl.
  private func isHeldKeyChanged(by entries: ObjectPage, known: Int) -> Bool {
    guard let key = held.firstKey else { return false }
    if isOrderGuessed {
      guard isAskedByVersion, let latest = entries.latest(of: key) else { return false }
      return !held.holds(latest)
    }
    return (0..<known).contains { index in
      entries.key(at: index) == key && !held.holds(entries.name(at: index))
    }
  }

  /// Whether nothing says that what an answer was asked by was there: without it one server ends, and another
  /// passes over the rest of its key.
  private func isUnproven(_ page: ListPage, known: Int) -> Bool {
    guard isAskedByVersion, trail.count == 1, known == 0 else { return false }
    return !isSure || (page.objects.records.isEmpty && !page.isTruncated)
  }

  /// Whether a page ends the listing that may only say so because the entry it was asked by is gone.
  private func isDoubtfulEnd(_ page: ListPage) -> Bool {
    guard isAskedByVersion, !isVouched, !isEndConfirmed else { return false }
    return page.objects.records.isEmpty && !page.isTruncated
  }

  // MARK: - Going on

  private mutating func goOn(
    with page: ListPage, known: Int
  ) throws(ListingFault) -> PageCoverage? {
    let entries = page.objects
    let count = entries.records.count
    // Servers that list the key of the marker again do so for pages, where it has many versions.
    let first = max(known, entries.firstIndex(after: range.cursor))
    if count > first { hasKeys = true }
    guard page.isTruncated, !isKnownEnd(page, known: known) else {
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
    note(entries, known..<count)
    let coverage = try hold(entries.slice(first..<count))
    try ask(isNew: count > known)
    return coverage
  }

  /// Whether a page without a word about its end repeats the last entries that were seen, and no more: what
  /// follows them is then known to be nothing.
  private func isKnownEnd(_ page: ListPage, known: Int) -> Bool {
    guard page.saysNothingOfEnd, known > 0, known == page.objects.records.count else {
      return false
    }
    return page.objects.name(at: known - 1) == trail.last?.name
  }

  /// Asks for what follows the trail; with nothing new, for what follows its last entry.
  ///
  /// `isWholeKey`: the trail ends with the last entry of its key.
  private mutating func ask(
    isNew: Bool = true, isWholeKey: Bool = false
  ) throws(ListingFault) {
    if !isNew || trail.first.map(question) == position {
      trail.removeFirst(max(0, trail.count - 1))
    }
    guard let marker = trail.first else { return try beginAgain() }
    // Nobody has seen what follows: the answer may pass over older versions of its key.
    if marker.isAnonymousMarker, trail.count == 1, !isWholeKey {
      return try loseKey(marker.name.key)
    }
    let next = question(after: marker)
    guard position != next else { throw .notAdvancing(cursor: range.cursor) }
    isSure = isWholeKey
    position = next
  }

  private func question(after marker: Milestone) -> PagePosition {
    relisted.map { .versions(of: $0, after: marker.name.versionID) }
      ?? .afterVersion(marker.name.key, marker.name.versionID)
  }

  /// Asks for the range from its beginning, where nothing that was seen is left.
  ///
  /// What follows a key that may be gone is not known of every server; what follows the range's beginning
  /// is, for its neighbour vouches for it. One that was only just taken up has no other place to go on.
  private mutating func beginAgain() throws(ListingFault) {
    guard range.cursor == range.lo || !hasKeys else {
      throw .versionsKeepVanishing(key: range.cursor)
    }
    position = .after(range.cursor)
    basis = nil
    held = ObjectPage()
    hasKeys = false
  }

  private mutating func note(_ entries: ObjectPage, _ new: Range<Int>) {
    basis = position
    let length = min(Self.trailMax, max(2, entries.records.count / Self.pageParts))
    if isOrderGuessed, entries.records.count > 1 {
      return trail = entries.lastOfOneKind(length)
    }
    trail += new.suffix(length + 1).map { entries.milestone(at: $0) }
    var start = max(0, trail.count - length)
    if hidesOlderVersions(start) { start = start > 0 ? start - 1 : 1 }
    trail.removeFirst(start)
  }

  /// Whether what follows an entry of the trail cannot be asked for: a delete marker without an id, older
  /// versions of whose key come next.
  private func hidesOlderVersions(_ index: Int) -> Bool {
    guard index + 1 < trail.count, trail[index].isAnonymousMarker else { return false }
    return trail[index + 1].name.key == trail[index].name.key
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
    basis = nil
    isSure = true
    trail =
      page.nextVersionIDMarker.map { [Milestone(name: EntryName(key: key, versionID: $0))] } ?? []
  }

  /// Keeps the entries of the last key, and passes on what is whole by them.
  private mutating func hold(_ entries: ObjectPage) throws(ListingFault) -> PageCoverage? {
    guard let last = entries.lastKey else { return nil }
    let start = entries.firstIndex(ofKeyAt: entries.records.count - 1)
    let isSameKey = held.firstKey == last
    if start == 0, isSameKey {
      held.append(entries)
      return nil
    }
    var whole = held
    whole.append(entries.slice(0..<start))
    held = entries.slice(start..<entries.records.count)
    try whole.checkRepetition()
    guard let through = whole.lastKey else { return nil }
    let coverage = PageCoverage(
      page: whole, after: range.cursor, through: through, mayLackFirst: range.isAtMark)
    range.cursor = through
    relists = 0
    return coverage
  }

  private mutating func finish(
    with entries: ObjectPage, at hi: Key? = nil
  ) throws(ListingFault) -> PageCoverage {
    var whole = held
    whole.append(entries)
    held = ObjectPage()
    try whole.checkRepetition()
    let (after, mayLackFirst) = (range.cursor, range.isAtMark)
    range.isDone = true
    if let last = hi ?? whole.lastKey {
      range.cursor = max(after, range.hi.map { min($0, last) } ?? last)
    }
    return PageCoverage(page: whole, after: after, through: nil, mayLackFirst: mayLackFirst)
  }

  // MARK: - A place that was lost

  /// Asks by the next entry of the trail: the one that was asked by may be gone.
  private mutating func loseMarker() throws(ListingFault) {
    let last = trail[trail.count - 1]
    trail.removeFirst(hidesOlderVersions(1) ? 2 : 1)
    if trail.count > 1 { try ask() } else { try loseKey(last.name.key) }
  }

  /// Lists a key anew, from its newest version on.
  private mutating func loseKey(_ key: Key) throws(ListingFault) {
    losses += 1
    guard losses <= Self.lossesMax else { throw .versionsKeepVanishing(key: key) }
    // One that leads back each time it is asked for what follows a version never says what that is.
    relists += 1
    guard relists <= Self.relistsMax else { throw .notAdvancing(cursor: key) }
    if held.firstKey == key { held = ObjectPage() }
    trail = []
    (basis, doubted) = (nil, nil)
    relisted = key
    position = .versions(of: key, after: nil)
  }

  /// Takes in versions of one key, which come before those of other keys that begin with it.
  private mutating func goOn(
    with page: ListPage, of key: Key, known: Int
  ) throws(ListingFault) -> PageCoverage? {
    let entries = page.objects
    let end = entries.firstIndex(after: key)
    let new = min(known, end)..<end
    // What was passed on already is listed only to find the place again.
    if key > range.cursor, !new.isEmpty {
      hasKeys = true
      held.append(entries.slice(new))
    }
    let isWhole =
      !page.isTruncated || end < entries.records.count || isKnownEnd(page, known: known)
    guard isWhole || end > 0 else { throw .notAdvancing(cursor: range.cursor) }
    note(entries.slice(0..<end), new)
    // The entries stay held: others of the same key may have been written in between, and the next page
    // says which key follows.
    if isWhole { relisted = nil }
    try ask(isNew: isWhole || !new.isEmpty, isWholeKey: isWhole)
    return nil
  }
}

package import S3
package import Vocabulary

/// Why pages of a listing cannot be trusted to be all of it.
package enum ListingFault: Error, Equatable, CustomStringConvertible {
  case unordered(key: Key, after: Key)
  case outsidePrefix(key: Key, prefix: Key)
  case notAdvancing(cursor: Key)
  case rolledUp(prefix: Key)
  case tooManyEmptyPages(count: Int, cursor: Key)
  case startAfterIgnored(key: Key, after: Key)
  case endsEarly(after: Key, before: Key)
  case endUnproven(after: Key)
  case repeatedVersion(key: Key, versionID: String)
  case versionsKeepVanishing(key: Key)
  /// A range of keys was asked for alone, and the server lists none without all that is before it.
  indirect case notApart(ListingFault?)

  package var description: String {
    switch self {
    case .unordered(let key, let after):
      "the server lists keys out of order: \(quoted(key)) after \(quoted(after))"
    case .outsidePrefix(let key, let prefix):
      "the server answered with \(quoted(key)), which is not below the prefix \(quoted(prefix))"
    case .notAdvancing(let cursor):
      "the server's listing does not advance beyond \(quoted(cursor))"
    case .rolledUp(let prefix):
      "the server answered with a common prefix, \(quoted(prefix)), in place of its keys"
    case .tooManyEmptyPages(let count, let cursor):
      "the server sent \(count) empty pages in a row after \(quoted(cursor))"
    case .startAfterIgnored(let key, let after):
      "the server answered with \(quoted(key)) when it was asked for what follows \(quoted(after))"
    case .endsEarly(let after, let before):
      "the server's listing ends after \(quoted(after)), and had \(quoted(before)) before"
    case .endUnproven(let after):
      "the server's listing ends after \(quoted(after)) where it had promised more, and the server does"
        + " not say what follows that key"
    case .repeatedVersion(let key, let versionID):
      "the server lists version \(versionID) of \(quoted(key)) twice"
    case .versionsKeepVanishing(let key):
      "versions of \(quoted(key)) were deleted again and again while they were listed"
    case .notApart(let reason):
      "a range of its keys cannot be listed alone, without all that is before it"
        + (reason.map { ": \($0)" } ?? "")
    }
  }

  private func quoted(_ key: Key) -> String { "'\(key.text.escapingControls())'" }
}

/// The walk through one range of keys, page by page: a pure value without I/O or clock.
///
/// It follows continuation tokens, as every client does, and checks that each page goes on from the
/// one before. Where tokens lead back or are missing, it asks for the keys after the last one
/// instead; where a server ignores that, it follows tokens from the beginning and drops what it
/// has. A server that advances in neither way is a fault, never an endless loop or a short listing.
/// So is one whose pages are not in order: a page may repeat keys, not bring new ones between those
/// that were passed.
///
/// A token may also lead past the end: then the listing ends with an empty page right after one that
/// promised more. That end is checked (`EndCheck`), and is a fault where the server cannot say. Where tokens
/// are missing and the server does not take start-after, the listing goes on by the marker of ListObjects.
///
/// A page that says nothing of its end is followed by one request for what comes after its last key. No more
/// keys are the end, and so is the same page again where that is shorter than what was asked for, if it comes
/// to the marker of ListObjects, too: then the server knows no pages.
///
/// A strict walk is one of several through the same bucket: it asks for the keys after the last one
/// and takes no other answer.
package struct RangeWalk: PageWalk {
  package private(set) var range: CrawlRange
  package private(set) var position: PagePosition
  private let prefix: Key
  /// The last key of the page before, even of one that was dropped.
  private var lastSeen: Key?
  /// Where this walk was taken up: keys up to here have been listed by an earlier one.
  private let start: Key
  /// The first key of the first page that had any.
  private var firstSeen: Key?
  /// The last page that had keys.
  private var pageBefore: ObjectPage?
  /// The key before the cursor.
  private var keyBeforeLast: Key?
  /// The last page that came as far as the cursor and may be asked for with fewer keys.
  private var pageToShorten: EndCheck.Page?
  private var distrustsTokens: Bool
  private let isStrict: Bool
  private var emptyPages = 0
  /// Whether the server does not take start-after, and markers are used in its place.
  private var usesMarkers = false
  private var endsThatWereNone = 0
  /// How many keys the last page had, if it said nothing of its end; nil where it did.
  private var wordlessCount: Int?
  /// While it is checked whether a token led past the end.
  private var endCheck: EndCheck?

  // S3 may send empty pages while it passes over deleted keys; not forever.
  static let emptyPagesMax = 1_000
  private static let endsThatWereNoneMax = 3

  package init(_ range: CrawlRange, prefix: Key, isStrict: Bool = false) {
    self.range = range
    self.prefix = prefix
    self.isStrict = isStrict
    distrustsTokens = isStrict
    start = range.cursor
    position = .after(range.cursor)
  }

  var reached: Key { range.cursor }

  /// Whether a page of it had any.
  var hasKeys: Bool { firstSeen != nil }

  package mutating func end(at cut: Key) {
    range.hi = cut
  }

  /// Takes the answer to `position` in; afterwards `position` is the next, or the range is done.
  ///
  /// - Returns: the keys that the page is the whole truth about; nil when it says nothing new.
  package mutating func accept(_ page: ListPage) throws(ListingFault) -> PageCoverage? {
    // No delimiter was asked for: something on the way added one, and keys are missing.
    if let prefix = page.commonPrefixes.first { throw .rolledUp(prefix: prefix) }
    if let check = endCheck {
      if page.objects.records.isEmpty, page.isTruncated {
        try passOverEmptyPage(page)
        return nil
      }
      guard try !isDecided(check, by: page) else { return range.isDone ? wholeEnd : nil }
    }
    if isWholeAgain(page) {
      // A server that does not know start-after may know the marker of ListObjects.
      if !usesMarkers {
        goOnByMarkers()
        return nil
      }
      finish(at: nil)
      return wholeEnd
    }
    try checkOrder(of: page.objects)
    if isStrict, let key = page.objects.firstKey, key <= range.cursor {
      throw .startAfterIgnored(key: key, after: range.cursor)
    }
    try checkSeam(before: page.objects)
    let last = page.objects.lastKey
    let after = range.cursor
    guard page.isTruncated else {
      if last == nil, range.cursor > .start, contradictsPageBefore {
        checkEnd()
        return nil
      }
      finish(at: last)
      return PageCoverage(page: page.objects, after: after, through: nil)
    }
    guard let last else {
      try passOverEmptyPage(page)
      return nil
    }
    emptyPages = 0
    wordlessCount = page.saysNothingOfEnd ? page.objects.records.count : nil
    if let hi = range.hi, last >= hi {
      finish(at: hi)
      return PageCoverage(page: page.objects, after: after, through: nil)
    }
    try advance(to: last, token: page.nextContinuationToken)
    guard last > after else { return nil }
    range.cursor = last
    return PageCoverage(page: page.objects, after: after, through: last)
  }

  mutating func acceptRefusal() throws(ListingFault) -> Bool {
    guard !isStrict else { return false }
    if var check = endCheck {
      take(try check.acceptRefusal(), of: check)
      return true
    }
    if wordlessCount.map({ $0 < ListPage.keysMax }) ?? false, position != .after(.start) {
      position = .after(.start)
      return true
    }
    // One that has only begun is begun anew, by token.
    guard hasKeys, !usesMarkers, case .after = position else { return false }
    goOnByMarkers()
    return true
  }

  // MARK: - An end after a promise

  /// Whether an end without keys comes right after a page that promised more.
  private var contradictsPageBefore: Bool {
    // It promised nothing.
    if wordlessCount != nil { return false }
    if case .token = position { return true }
    return hasKeys && keyBeforeLast != nil
  }

  /// Whether a server has sent all of its keys once more, in place of what follows the last of them.
  private func isWholeAgain(_ page: ListPage) -> Bool {
    guard !isStrict, let wordlessCount, wordlessCount < ListPage.keysMax, page.saysNothingOfEnd,
      let before = pageBefore
    else { return false }
    return page.objects.firstKey == firstSeen && page.objects.firstKey == before.firstKey
      && page.objects.lastKey == range.cursor && page.objects.records.count == wordlessCount
  }

  private mutating func checkEnd() {
    let check = EndCheck(
      last: range.cursor, keyBefore: keyBeforeLast, page: pageToShorten, isStrict: isStrict)
    endCheck = check
    position = check.position
  }

  /// Whether a page only says something of the end; else it is one that goes on.
  private mutating func isDecided(
    _ check: EndCheck, by page: ListPage
  ) throws(ListingFault) -> Bool {
    var check = check
    let verdict = try check.accept(page)
    take(verdict, of: check)
    guard isStrict, verdict == .goesOn else { return verdict != .goesOn }
    // Something was written in between, or the server contradicts itself.
    endsThatWereNone += 1
    guard endsThatWereNone <= Self.endsThatWereNoneMax else {
      throw .endUnproven(after: range.cursor)
    }
    position = .after(range.cursor)
    return true
  }

  private mutating func take(_ verdict: EndCheck.Verdict, of check: EndCheck) {
    endCheck = nil
    switch verdict {
    case .ask(let next):
      endCheck = check
      position = next
    case .ends: finish(at: nil)
    case .goesOn:
      distrustsTokens = true
      usesMarkers = usesMarkers || check.isByMarker
    }
  }

  /// The coverage of an end that was believed.
  private var wholeEnd: PageCoverage {
    PageCoverage(page: ObjectPage(), after: range.cursor, through: nil)
  }

  private mutating func goOnByMarkers() {
    usesMarkers = true
    distrustsTokens = true
    position = .marker(range.cursor)
  }

  // MARK: - Going on

  private mutating func finish(at last: Key?) {
    range.isDone = true
    guard let last else { return }
    range.cursor = max(range.cursor, range.hi.map { min($0, last) } ?? last)
  }

  private mutating func passOverEmptyPage(_ page: ListPage) throws(ListingFault) {
    emptyPages += 1
    guard emptyPages <= Self.emptyPagesMax else {
      throw .tooManyEmptyPages(count: emptyPages, cursor: range.cursor)
    }
    guard let token = page.nextContinuationToken, position != .token(token) else {
      throw .notAdvancing(cursor: range.cursor)
    }
    position = .token(token)
    wordlessCount = nil
  }

  private mutating func advance(to last: Key, token: String?) throws(ListingFault) {
    let cursor = max(range.cursor, last)
    let isAdvancing = lastSeen.map { last > $0 } ?? true
    if isAdvancing {
      lastSeen = last
      if let token, !distrustsTokens {
        position = .token(token)
        return
      }
      if last > range.cursor {
        position = usesMarkers ? .marker(cursor) : .after(cursor)
        return
      }
    } else if !distrustsTokens {
      // The token led back to keys that have been listed.
      distrustsTokens = true
      lastSeen = nil
      position = .after(cursor)
      return
    }
    // What follows a key cannot be asked for by start-after: the server begins anew.
    guard position.startsAfterKey, !isStrict, !usesMarkers else {
      throw .notAdvancing(cursor: range.cursor)
    }
    lastSeen = nil
    goOnByMarkers()
  }

  /// Notes how the end of a page can be come to again.
  private mutating func noteWayBack(_ page: ObjectPage) {
    guard let last = page.lastKey, last > range.cursor else { return }
    let count = page.records.count
    keyBeforeLast =
      count > 1 ? page.key(at: count - 2) : range.cursor.isStart ? nil : range.cursor
    pageToShorten = EndCheck.Page(page, asked: position) ?? pageToShorten
  }

  private func checkOrder(of page: ObjectPage) throws(ListingFault) {
    if let index = page.firstIndex(outside: prefix) {
      throw .outsidePrefix(key: page.key(at: index), prefix: prefix)
    }
    if let index = page.firstUnorderedIndex {
      throw .unordered(key: page.key(at: index), after: page.key(at: index - 1))
    }
  }

  /// Refuses a page that brings new keys between those that were passed.
  ///
  /// One that begins no later than the page before ended must repeat the listing from its
  /// beginning, or keys of that page. Anything else is a listing without order, and dropping what
  /// lies behind the cursor would lose keys.
  private mutating func checkSeam(before page: ObjectPage) throws(ListingFault) {
    guard !page.records.isEmpty else { return }
    let first = page.key(at: 0)
    defer {
      firstSeen = firstSeen ?? first
      noteWayBack(page)
      pageBefore = page
    }
    guard let before = pageBefore, first > start, first != firstSeen else { return }
    let lastBefore = before.key(at: before.records.count - 1)
    guard first <= lastBefore else { return }
    let listed = Set(before.records.indices.map { before.key(at: $0) })
    for key in page.records.indices.lazy.map({ page.key(at: $0) }) {
      guard key <= lastBefore else { return }
      guard listed.contains(key) else { throw .unordered(key: key, after: lastBefore) }
    }
  }
}

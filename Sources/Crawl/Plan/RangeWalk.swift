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
  case repeatedVersion(key: Key, versionID: String)
  case versionsKeepVanishing(key: Key)

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
    case .repeatedVersion(let key, let versionID):
      "the server lists version \(versionID) of \(quoted(key)) twice"
    case .versionsKeepVanishing(let key):
      "versions of \(quoted(key)) were deleted again and again while they were listed"
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
/// promised more. That end is checked once with the last key, and believed where the server cannot say:
///
///     a b, more: token t   →  t: empty, the end   →  after b: c d, so t was wrong
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
  private var distrustsTokens: Bool
  private let isStrict: Bool
  private var emptyPages = 0
  /// Whether the next answer says if a token led past the end.
  private(set) var isCheckingEnd = false

  // S3 may send empty pages while it passes over deleted keys; not forever.
  static let emptyPagesMax = 1_000

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
    if isCheckingEnd {
      if page.objects.records.isEmpty, page.isTruncated {
        try passOverEmptyPage(page)
        return nil
      }
      isCheckingEnd = false
      // A server that ignores start-after begins anew, and cannot say.
      let goesOn = page.objects.firstKey.map { isStrict || $0 > range.cursor } ?? false
      guard goesOn else { return end() }
      distrustsTokens = true
    }
    try checkOrder(of: page.objects)
    if isStrict, let key = page.objects.firstKey, key <= range.cursor {
      throw .startAfterIgnored(key: key, after: range.cursor)
    }
    try checkSeam(before: page.objects)
    let last = page.objects.lastKey
    let after = range.cursor
    guard page.isTruncated else {
      if last == nil, case .token = position, range.cursor > .start {
        isCheckingEnd = true
        position = .after(range.cursor)
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
    if let hi = range.hi, last >= hi {
      finish(at: hi)
      return PageCoverage(page: page.objects, after: after, through: nil)
    }
    try advance(to: last, token: page.nextContinuationToken)
    guard last > after else { return nil }
    range.cursor = last
    return PageCoverage(page: page.objects, after: after, through: last)
  }

  /// A range of objects goes on in no other way.
  mutating func acceptRefusal() -> Bool { false }

  /// Believes that nothing follows the last key.
  private mutating func end() -> PageCoverage {
    finish(at: nil)
    return PageCoverage(page: ObjectPage(), after: range.cursor, through: nil)
  }

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
      guard last > range.cursor else { throw .notAdvancing(cursor: range.cursor) }
      position = .after(cursor)
      return
    }
    // The token led back to keys that have been listed.
    guard !distrustsTokens else { throw .notAdvancing(cursor: range.cursor) }
    distrustsTokens = true
    lastSeen = nil
    position = .after(cursor)
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

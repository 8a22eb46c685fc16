internal import S3
internal import Vocabulary

/// The check of an end that contradicts the page before it: that page promised more, and its token led to
/// an empty page that is the last.
///
/// A token may lead past the end, and what follows would be lost without a word. So another way has to come
/// to the same end. What follows the last key but one is asked for, by start-after and then by the marker of
/// ListObjects: the answer begins with the last key, or is none. A server that takes neither is asked for the
/// page before once more, with fewer keys, and by the token of that for the rest:
///
///     a b c, more: t1   →  t1: empty, the end   →  after b: c d          d was lost, t1 was wrong
///                                               →  after b: c            the end
///                                               →  refused, or a b c     two keys: a b, t2   →  t2: c   the end
///
/// Where no way leads anywhere, nobody knows whether there is more, and the listing is not complete.
/// Ranges that are listed side by side know start-after only; all else is asked page after page.
struct EndCheck: Sendable {
  enum Verdict: Equatable {
    case ask(PagePosition)
    case ends
    /// The answer is a page that goes on beyond the end.
    case goesOn
  }

  private enum Way {
    case startAfter, marker, shorterPage, restOfPage
  }

  private let last: Key
  /// The key to ask by, before the last one; nil where none is known.
  private let keyBefore: Key?
  private let pageToShorten: Page?
  /// Whether nothing but start-after may be asked.
  private let isStrict: Bool
  private var way = Way.startAfter
  /// Whether this way has shown the last key, and is now asked for what follows that.
  private var isProven = false
  /// How many ways answered that there is nothing, not even the last key, which may be gone.
  private var silentWays = 0

  /// A page of several keys that was asked for by token, or from the beginning.
  struct Page: Sendable {
    private let token: String?
    private let count: Int

    /// Nil for any other page.
    init?(_ page: ObjectPage, asked: PagePosition) {
      guard page.records.count > 1 else { return nil }
      switch asked {
      case .token(let token): self.token = token
      case .after(.start): token = nil
      default: return nil
      }
      count = page.records.count
    }

    /// What asks for all of it but the last key.
    var shortened: PagePosition { .shortened(token: token, keysMax: count - 1) }
  }

  /// `page` is the last one before `last` that can be shortened.
  init(last: Key, keyBefore: Key?, page: Page?, isStrict: Bool) {
    self.isStrict = isStrict
    self.last = last
    self.keyBefore = keyBefore
    pageToShorten = page
  }

  /// What is asked first.
  var position: PagePosition { .after(keyToAskBy) }

  /// Whether the listing goes on by markers, because start-after does not serve.
  var isByMarker: Bool { way == .marker }

  private var keyToAskBy: Key { isProven ? last : keyBefore ?? last }

  mutating func accept(_ page: ListPage) throws(ListingFault) -> Verdict {
    switch way {
    case .startAfter, .marker: try acceptFollowing(page)
    case .shorterPage: try acceptShorter(page)
    case .restOfPage: try acceptRest(page)
    }
  }

  /// Takes in that the server refuses the request, and returns the next.
  mutating func acceptRefusal() throws(ListingFault) -> Verdict {
    switch way {
    case .startAfter, .marker: try tryNextWay()
    case .shorterPage, .restOfPage: throw .endUnproven(after: last)
    }
  }

  /// Takes in what is said to follow a key.
  private mutating func acceptFollowing(_ page: ListPage) throws(ListingFault) -> Verdict {
    guard let first = page.objects.firstKey, let end = page.objects.lastKey else {
      if isProven || keyBefore == nil { return .ends }
      silentWays += 1
      return try tryNextWay()
    }
    // A server that begins anew does not say what follows.
    guard first > keyToAskBy else { return try tryNextWay() }
    guard end <= last else { return .goesOn }
    guard page.isTruncated else { return .ends }
    guard !isProven else { return try tryNextWay() }
    isProven = true
    return .ask(way == .marker ? .marker(last) : .after(last))
  }

  private mutating func acceptShorter(_ page: ListPage) throws(ListingFault) -> Verdict {
    guard let end = page.objects.lastKey, end < last else { return try acceptRest(page) }
    guard page.isTruncated, let token = page.nextContinuationToken else {
      throw .endUnproven(after: last)
    }
    way = .restOfPage
    return .ask(.token(token))
  }

  private func acceptRest(_ page: ListPage) throws(ListingFault) -> Verdict {
    guard let first = page.objects.firstKey, let end = page.objects.lastKey, first <= last,
      end >= last
    else { throw .endUnproven(after: last) }
    if end > last { return .goesOn }
    guard !page.isTruncated || page.saysNothingOfEnd else { throw .endUnproven(after: last) }
    return .ends
  }

  private mutating func tryNextWay() throws(ListingFault) -> Verdict {
    isProven = false
    guard !isStrict else { throw .endUnproven(after: last) }
    if way == .startAfter {
      way = .marker
      return .ask(.marker(keyToAskBy))
    }
    // Both say the same: the last key has been deleted in between.
    if silentWays > 1 { return .ends }
    guard let pageToShorten else { throw .endUnproven(after: last) }
    way = .shorterPage
    return .ask(pageToShorten.shortened)
  }
}

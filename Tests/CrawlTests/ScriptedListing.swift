import S3
import TestSupport
import Vocabulary

/// A server's side of a listing as a value: sorted keys, pages of random length, opaque tokens.
struct ScriptedListing {
  /// What is wrong with it.
  enum Misbehaviour: String, CaseIterable {
    case none
    case leadsBackToTheBeginningOnce, leadsBackToTheBeginningAlways
    case repeatsAPageOnce, repeatsPagesAlways
    case sendsNoTokens, sendsNoTokensSometimes
    case ignoresStartAfter, ignoresStartAfterWithoutTokens, ignoresStartAfterAndTokens
    case beginsPagesWithTheLastKey
    case shufflesPages, shufflesKeys, doublesAKey
    case sendsKeysOutsideThePrefix
    case sendsOnlyEmptyPages, sendsTheSameTokenWithEmptyPages
    case listsTheSecondHalfFirst, findsNothingAfterUnknownKeys, endsInTheMiddle
  }

  /// What can be overcome; with all else a fault is as good as the whole listing.
  static let harmless: [Misbehaviour] = [
    .none, .leadsBackToTheBeginningOnce, .leadsBackToTheBeginningAlways, .repeatsAPageOnce,
    .repeatsPagesAlways, .sendsNoTokens, .sendsNoTokensSometimes, .ignoresStartAfter,
    .beginsPagesWithTheLastKey,
  ]

  /// What no client can tell that follows one page after another.
  static let visibleSideBySide: [Misbehaviour] = [
    .listsTheSecondHalfFirst, .findsNothingAfterUnknownKeys, .endsInTheMiddle,
  ]

  let keys: [Key]
  let prefix: Key
  let misbehaviour: Misbehaviour
  private let lengths: ClosedRange<Int>
  private let emptyPagesOneIn: Int
  private var random: SplitMix64
  private var places: [String: Place] = [:]
  private var isSpent = false
  private var pageCount = 0

  /// What a token stands for: the next key's index; with shuffled pages, the next page's.
  private struct Place {
    var index: Int
    var previous: Int
  }

  /// A page is empty once in `emptyPagesOneIn` times; with 0, never.
  init(
    keys: [Key], prefix: Key = .start, _ misbehaviour: Misbehaviour, lengths: ClosedRange<Int>,
    emptyPagesOneIn: Int = 0, random: SplitMix64
  ) {
    self.keys = keys.filter { $0.bytes.starts(with: prefix.bytes) }
    self.prefix = prefix
    self.misbehaviour = misbehaviour
    self.lengths = lengths
    self.emptyPagesOneIn = emptyPagesOneIn
    self.random = random
  }

  mutating func answer(_ position: PagePosition) -> ListPage {
    pageCount += 1
    let place = place(of: position)
    switch misbehaviour {
    case .sendsOnlyEmptyPages where pageCount > 1:
      return emptyPage(token: token(for: place))
    case .sendsTheSameTokenWithEmptyPages where pageCount > 1:
      places["same"] = place
      return emptyPage(token: "same")
    case .shufflesPages:
      return shuffledPage(at: place.index, after: position)
    default: break
    }
    if emptyPagesOneIn > 0, random.isOneIn(emptyPagesOneIn) {
      return emptyPage(token: token(for: place))
    }
    var length = Int.random(in: lengths, using: &random)
    if case .shortened(_, let keysMax) = position { length = min(length, keysMax) }
    let end = min(place.index + length, keys.count)
    // Now and then the end is only known on the page after the last.
    var isTruncated = end < keys.count || (place.index < end && random.isOneIn(4))
    if misbehaviour == .endsInTheMiddle, (keys.count / 3..<keys.count / 2).contains(end) {
      isTruncated = false
    }
    return page(
      damaged(Array(listed[place.index..<end])),
      token: isTruncated ? nextToken(from: place.index, to: end) : nil, isTruncated: isTruncated)
  }

  private func place(of position: PagePosition) -> Place {
    switch position {
    case .token(let token):
      if misbehaviour == .ignoresStartAfterAndTokens { return Place(index: 0, previous: 0) }
      return places[token] ?? Place(index: 0, previous: 0)
    // It knows ListObjectsV2 alone, which has no marker.
    case .marker: return Place(index: 0, previous: 0)
    case .shortened(let token, _):
      return token.flatMap { places[$0] } ?? Place(index: 0, previous: 0)
    case .afterVersion, .versions: preconditionFailure("a listing of objects")
    case .after(let key):
      switch misbehaviour {
      case .ignoresStartAfter, .ignoresStartAfterWithoutTokens, .ignoresStartAfterAndTokens,
        .shufflesPages:
        return Place(index: 0, previous: 0)
      case .listsTheSecondHalfFirst:
        let index = listed.firstIndex { Self.isSorted(key, before: $0, middle: middle) }
        return Place(index: index ?? keys.count, previous: index ?? keys.count)
      case .findsNothingAfterUnknownKeys where !key.isStart && !keys.contains(key):
        return Place(index: keys.count, previous: keys.count)
      default:
        let index = keys.firstIndex { $0 > key } ?? keys.count
        return Place(index: index, previous: index)
      }
    }
  }

  /// The keys in the order in which they are listed.
  private var listed: [Key] {
    guard misbehaviour == .listsTheSecondHalfFirst else { return keys }
    return keys.filter { $0 >= middle } + keys.filter { $0 < middle }
  }

  private var middle: Key { keys.isEmpty ? .start : keys[keys.count / 2] }

  /// Whether one key is listed before another by a server that lists the second half first.
  private static func isSorted(_ key: Key, before other: Key, middle: Key) -> Bool {
    guard !key.isStart else { return true }
    return (key >= middle) == (other >= middle) ? key < other : key >= middle
  }

  private mutating func nextToken(from start: Int, to end: Int) -> String? {
    var next = end
    switch misbehaviour {
    case .sendsNoTokens, .ignoresStartAfterWithoutTokens: return nil
    case .sendsNoTokensSometimes where random.isOneIn(2): return nil
    case .leadsBackToTheBeginningAlways: next = 0
    case .repeatsPagesAlways: next = start
    case .leadsBackToTheBeginningOnce where !isSpent && random.isOneIn(3):
      isSpent = true
      next = 0
    case .repeatsAPageOnce where !isSpent && random.isOneIn(3):
      isSpent = true
      next = start
    case .beginsPagesWithTheLastKey: next = end - 1
    default: break
    }
    return token(for: Place(index: next, previous: start))
  }

  private mutating func token(for place: Place) -> String {
    let token = String(random.next(), radix: 36) + "+/="
    places[token] = place
    return token
  }

  /// Pages that are in order within, and come in another order; `index` counts pages.
  private mutating func shuffledPage(at index: Int, after position: PagePosition) -> ListPage {
    let length = lengths.upperBound
    let starts = Array(stride(from: 0, to: keys.count, by: length))
    var order = SplitMix64(seed: 7)
    let shuffled = starts.shuffled(using: &order)
    guard index < shuffled.count else { return page([], token: nil, isTruncated: false) }
    var listed = Array(keys[shuffled[index]..<min(shuffled[index] + length, keys.count)])
    if case .after(let key) = position { listed.removeAll { $0 <= key } }
    let isLast = index + 1 == shuffled.count
    return page(
      listed, token: isLast ? nil : token(for: Place(index: index + 1, previous: index)),
      isTruncated: !isLast)
  }

  private mutating func damaged(_ keys: [Key]) -> [Key] {
    guard !isSpent, random.isOneIn(3) else { return keys }
    var keys = keys
    switch misbehaviour {
    case .shufflesKeys where keys.count > 1:
      keys.swapAt(0, keys.count - 1)
    case .doublesAKey where !keys.isEmpty:
      keys.insert(keys[0], at: 0)
    case .sendsKeysOutsideThePrefix where !keys.isEmpty:
      keys[keys.count - 1] = Key([0xFF])
    default: return keys
    }
    isSpent = true
    return keys
  }

  private func emptyPage(token: String) -> ListPage {
    page([], token: token, isTruncated: true)
  }

  private func page(_ keys: [Key], token: String?, isTruncated: Bool) -> ListPage {
    var page = ListPage()
    for key in keys {
      page.objects.append(
        key: key, etag: "e", size: 1, lastModified: Timestamp(year: 2026, month: 1, day: 1),
        storageClass: "STANDARD")
    }
    page.isTruncated = isTruncated
    page.nextContinuationToken = token
    return page
  }
}

internal import S3
internal import Vocabulary

/// Keys that answers have shown, against which later answers are held.
///
/// A server that answers every request for what follows a key with nothing makes a bucket look small: its
/// first pages, which are listed by token, say otherwise.
struct ProbeWitnesses: Sendable {
  /// The first and the last key of each page.
  private var keys: [Key] = []
  /// Between which keys answers had none; nil for what has no end.
  private var gaps: [(after: Key, before: Key?)] = []
  private var greatest = Key.start
  /// The last key of the pages in a row, where that promises more.
  ///
  /// Later pages are not asked: some
  /// servers promise one page too many at the end.
  private var promising = Key.start

  /// Whether a page that was asked for after a key agrees with the pages before it; takes it in if so.
  mutating func confirm(_ page: ListPage, after asked: Key, isInRow: Bool) -> Bool {
    let objects = page.objects
    let last = objects.lastKey
    for key in keys where key > asked {
      if page.isTruncated, let last, key > last { continue }
      guard objects.contains(key) else { return false }
    }
    guard !gaps.contains(where: { objects.hasKey(after: $0.after, before: $0.before) }) else {
      return false
    }
    // A token may lead past the end, which is no answer.
    if last != nil || !page.isTruncated && !isInRow { gaps.append((asked, objects.firstKey)) }
    if let first = objects.firstKey, let last {
      keys += [first, last]
      greatest = max(greatest, last)
      if isInRow, page.isTruncated { promising = last }
    }
    return true
  }

  /// Whether a page promised keys behind all that were seen.
  var promiseMore: Bool { promising > .start && promising >= greatest }
}

extension ObjectPage {
  /// Whether a page in order has a key between others.
  fileprivate func hasKey(after: Key, before: Key?) -> Bool {
    let place = firstPlace(in: records.indices) { self.key(at: $0) > after }
    guard place < records.count else { return false }
    return before.map { self.key(at: place) < $0 } ?? true
  }

  /// Whether a page in order has a key.
  fileprivate func contains(_ key: Key) -> Bool {
    let place = firstPlace(in: records.indices) { self.key(at: $0) >= key }
    return place < records.count && self.key(at: place) == key
  }
}

internal import S3
internal import Vocabulary

/// How ranges that are listed side by side vouch for one another.
///
/// The page that ends a range says which entry comes after the range, an object's key or one version of
/// it; the first page of the next range says so too. Where the two agree at every seam, the ranges are one walk through the server's
/// listing, whatever its order, and no key fell between them. A server that lists in another order
/// than that of bytes, that answers with nothing when it is asked for what follows a key that does
/// not exist, or that ends a listing too early contradicts itself there.
extension Frontier {
  /// The first entry of the listing after the key where a range begins.
  enum Beginning: Equatable, Sendable {
    case awaited
    /// Nil when nothing comes.
    case known(EntryName?)
    /// Its first entries as an earlier sync stored them, before the range in front of it came to its end.
    case stored([EntryName])
  }

  /// Where a range's end stands against the beginning of the next.
  struct Seam: Sendable {
    /// The page that ends the range, until it is known whether it can be believed.
    var waiting: ListPage?
    /// How often the two did not agree.
    var contradictions = 0
    /// The next range's beginning has to be asked for anew.
    var wantsProbe = false
  }

  enum SeamVerdict {
    case joins
    /// Something has to be asked, or is under way.
    case isOpen
    case contradicts
  }

  /// How many disagreements are one too many: an object may come or go between the two answers, so
  /// both are asked for anew a few times.
  private static let contradictionsMax = 6

  /// Takes in where a range begins, when that is still to be seen.
  mutating func noteBeginning(of index: Int, _ page: ListPage) {
    let lo = pieces[index].range.lo
    // A range that was taken up behind its beginning tells nothing of it.
    if case .stored = beginnings[lo] { return }
    guard !pieces[index].walk.hasKeys, beginnings[lo] != nil,
      !pieces[index].walk.position.isOfOneKey, let beginning = page.beginning(after: lo)
    else { return }
    beginnings[lo] = .known(beginning)
  }

  /// Whether the page that may end a range agrees with the beginning of the next one.
  mutating func verdict(on page: ListPage, at index: Int, isLast: Bool) -> SeamVerdict {
    guard isLast, !isSerial, let hi = pieces[index].range.hi, let beginning = beginnings[hi]
    else { return .joins }
    let next = page.objects.firstName(after: hi)
    // A page that ends with the range says nothing of what follows.
    if page.isTruncated, next == nil { return .joins }
    if case .stored(let names) = beginning {
      return isLeftOut(next, of: names, page.objects.firstRecord(after: hi))
        ? .contradicts : .joins
    }
    guard case .known(let first) = beginning else {
      pieces[index].seam.waiting = page
      return .isOpen
    }
    guard first != next else { return .joins }
    pieces[index].seam.contradictions += 1
    let contradictions = pieces[index].seam.contradictions
    guard contradictions < Self.contradictionsMax else { return .contradicts }
    // First ask for this range's page anew, then for the beginning of the next range, which may have
    // been read long ago.
    pieces[index].seam.wantsProbe = contradictions.isMultiple(of: 2)
    pieces[index].seam.waiting = pieces[index].seam.wantsProbe ? page : nil
    return .isOpen
  }

  /// Whether the first entry that follows a range is missing among those that were stored of the next one,
  /// although it was there when they were listed.
  ///
  /// An entry behind all of them may be stored, too: those before it were deleted since. One that was written
  /// since is for the next crawl.
  private func isLeftOut(
    _ next: EntryName?, of stored: [EntryName], _ record: ObjectPage.Record?
  ) -> Bool {
    guard let next, let record, let last = stored.last, !stored.contains(next), next.key < last.key
    else { return false }
    return wasThere(record)
  }

  /// Takes in where the next range begins now, and looks at the end of this one again.
  mutating func settle(_ index: Int, by page: ListPage) throws(ListingFault) -> [CrawlStep] {
    pieces[index].seam.wantsProbe = false
    if let hi = pieces[index].range.hi, let beginning = page.beginning(after: hi) {
      // The range that begins here was listed by an answer that left out what was there: who knows what
      // else of it is missing.
      if case .known(let before) = beginnings[hi], before != beginning,
        page.objects.firstRecord(after: hi).map({ isOld($0) }) ?? false
      {
        try fallBack()
        return []
      }
      // This page is newer than the one that waits: keys that it has before the awaited one were
      // written in between.
      let next = pieces[index].seam.waiting?.objects.firstName(after: hi)
      let holdsNext = next.map { page.objects.holds($0) } ?? false
      beginnings[hi] = .known(holdsNext ? next : beginning)
    }
    return try reconsider(index)
  }

  /// Looks at the end of the range before the one that begins after `lo`, if it waits for that.
  mutating func acceptWaiting(before lo: Key) throws(ListingFault) -> [CrawlStep] {
    guard
      let index = pieces.firstIndex(where: { $0.range.hi == lo && $0.seam.waiting != nil }),
      !pieces[index].seam.wantsProbe
    else { return [] }
    return try reconsider(index)
  }

  private mutating func reconsider(_ index: Int) throws(ListingFault) -> [CrawlStep] {
    guard let page = pieces[index].seam.waiting else { return [] }
    pieces[index].seam.waiting = nil
    return try accept(page, at: index)
  }
}

extension ListPage {
  /// The first entry of a listing of what follows `key` that begins with this page, nil when it has none;
  /// nil altogether when the page does not tell.
  fileprivate func beginning(after key: Key) -> EntryName?? {
    if let name = objects.firstName(after: key) { return .some(name) }
    return isTruncated ? nil : .some(nil)
  }
}

extension PagePosition {
  /// Whether only versions of one key are asked for: the end of such an answer says nothing of others.
  fileprivate var isOfOneKey: Bool {
    if case .versions = self { true } else { false }
  }
}

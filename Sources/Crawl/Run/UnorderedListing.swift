internal import AWS
internal import S3
internal import System
package import Vocabulary

extension Crawler {
  /// Lists ranges side by side where the server allows it; where its pages are in no order, one
  /// after another, sorted on disk before the sink gets any.
  ///
  /// Directory buckets have no order by definition (User Guide, "Differences for directory
  /// buckets", ListObjectsV2). `isOrdered` is what an earlier crawl found of this one. With `isConfined`
  /// nothing but the ranges may be listed.
  ///
  /// - Throws: `ListingFault.notApart` where the ranges cannot be had without other keys.
  package func run(
    _ ranges: [CrawlRange], marks: [KeyMark], isOrdered: Bool = true, isConfined: Bool = false,
    into sink: some CrawlSink, begunAt: Timestamp? = nil, counts: inout ChangeCounts,
    observer: Observer = Observer()
  ) async throws {
    if isConfined, isDirectoryBucket || !client.takesStartAfter(in: bucket) {
      throw ListingFault.notApart(nil)
    }
    // Versions have an order of their own in each key, which no sorting would bring back.
    guard kind == .versions || isOrdered && !isDirectoryBucket else {
      return try await runUnordered(into: sink, counts: &counts, observer)
    }
    do {
      try await run(
        Frontier(
          ranges, of: kind, prefix: prefix, marks: marks, isSerial: budget.isSerial,
          takesStartAfter: kind == .versions || client.takesStartAfter(in: bucket),
          isConfined: isConfined, begunAt: begunAt),
        into: sink, counts: &counts, observer: observer)
    } catch ListingFault.unordered where kind == .objects {
      try await runUnordered(into: sink, counts: &counts, observer)
    }
  }

  private var isDirectoryBucket: Bool { S3Client.isDirectoryBucket(bucket) }

  /// What is asked for: directory buckets take prefixes that end in a slash, and no others (API
  /// Reference, ListObjectsV2, "prefix").
  private var prefixToAsk: Key {
    guard isDirectoryBucket else { return prefix }
    let slash = prefix.bytes.lastIndex(of: UInt8(ascii: "/"))
    return slash.map { Key(Array(prefix.bytes[...$0])) } ?? .start
  }

  /// Lists page after page and sorts on disk; when it ends early, the next crawl begins again.
  private func runUnordered(
    into sink: some CrawlSink, counts: inout ChangeCounts, _ observer: Observer
  ) async throws {
    counts += try await sink.apply([.restart(isOrdered: false)])
    let sorter = PageSorter()
    var position = PagePosition.after(.start)
    var tokens: Set<String> = []
    var pagesWithoutNew = 0
    var order = ListingOrder()
    var last: Key?
    var pageToShorten: EndCheck.Page?
    let asked = prefixToAsk
    while true {
      var page = try checked(
        await self.page(of: asked, from: position, observer), below: asked)
      order.note(page.objects)
      var new = try await sorter.add(page.objects)
      if let last, isDoubtfulEnd(page, asked: position) {
        guard
          let beyond = try await pageBeyondEnd(
            after: last, shortening: pageToShorten, of: asked, into: sorter, observer)
        else { break }
        (page, new) = beyond
        order.note(page.objects)
      }
      if page.saysNothingOfEnd {
        guard let more = try await pageBeyondWordless(page, of: asked, into: sorter, observer)
        else { break }
        (page, new) = more
        order.note(page.objects)
      }
      guard page.isTruncated else { break }
      last = page.objects.lastKey ?? last
      pageToShorten = EndCheck.Page(page.objects, asked: position) ?? pageToShorten
      pagesWithoutNew = new > 0 ? 0 : pagesWithoutNew + 1
      guard pagesWithoutNew <= RangeWalk.emptyPagesMax else {
        throw ListingFault.notAdvancing(cursor: page.objects.lastKey ?? .start)
      }
      guard let token = page.nextContinuationToken, tokens.insert(token).inserted else {
        throw ListingFault.notAdvancing(cursor: page.objects.lastKey ?? .start)
      }
      position = .token(token)
    }
    // The server may have been mended since an earlier crawl: then the next is a fast one again.
    if order.isKept, !isDirectoryBucket {
      counts += try await sink.apply([.restart(isOrdered: true)])
    }
    try await store(sorter, into: sink, counts: &counts, observer)
  }

  private func page(
    of prefix: Key, from position: PagePosition, _ observer: Observer
  ) async throws -> ListPage {
    observer.requested()
    return try await client.listObjects(bucket: bucket, prefix: prefix, from: position) {
      if $0.isRetried { observer.retried() }
    }
  }

  /// Refuses a page that cannot be one of this listing, and leaves out what was not asked for.
  private func checked(_ page: ListPage, below asked: Key) throws -> ListPage {
    if let common = page.commonPrefixes.first { throw ListingFault.rolledUp(prefix: common) }
    if let outside = page.objects.firstIndex(outside: asked) {
      throw ListingFault.outsidePrefix(key: page.objects.key(at: outside), prefix: asked)
    }
    guard asked != prefix else { return page }
    var page = page
    page.objects.keep(below: prefix)
    return page
  }

  /// Whether a listing ends with an empty page right after one that promised more: a token may lead past
  /// the end (`EndCheck`).
  private func isDoubtfulEnd(_ page: ListPage, asked position: PagePosition) -> Bool {
    guard case .token = position, !isDirectoryBucket else { return false }
    return !page.isTruncated && page.objects.records.isEmpty
  }

  /// What follows the last key in a listing without order, and how many keys of that are new; nil where
  /// it is sure that nothing does.
  ///
  /// Keys that have been listed say nothing here, as the server may have begun anew: then the page before
  /// is asked for with fewer keys, and what comes after it must hold the last key.
  private func pageBeyondEnd(
    after last: Key, shortening shorter: EndCheck.Page?, of asked: Key, into sorter: PageSorter,
    _ observer: Observer
  ) async throws -> (ListPage, new: Int)? {
    for position in [PagePosition.after(last), .marker(last)] {
      guard let page = try await pageIfAny(of: asked, from: position, observer) else { continue }
      if page.objects.records.isEmpty, !page.isTruncated { return nil }
      let new = try await sorter.add(page.objects)
      if new > 0 { return (page, new) }
    }
    guard let shorter,
      let page = try await pageIfAny(of: asked, from: shorter.shortened, observer),
      !page.objects.holds(last), let token = page.nextContinuationToken,
      let rest = try await pageIfAny(of: asked, from: .token(token), observer),
      rest.objects.holds(last)
    else { throw ListingFault.endUnproven(after: last) }
    let new = try await sorter.add(rest.objects)
    if new > 0 { return (rest, new) }
    guard !rest.isTruncated || rest.saysNothingOfEnd else {
      throw ListingFault.endUnproven(after: last)
    }
    return nil
  }

  /// What follows a page that says nothing of its end, by its last key; nil where nothing new does.
  private func pageBeyondWordless(
    _ page: ListPage, of asked: Key, into sorter: PageSorter, _ observer: Observer
  ) async throws -> (ListPage, new: Int)? {
    guard page.nextContinuationToken == nil, let last = page.objects.lastKey else {
      return (page, 0)
    }
    let next = try await pageIfAny(of: asked, from: .after(last), observer)
    if let next, next.objects.records.isEmpty, !next.isTruncated { return nil }
    let new = if let next { try await sorter.add(next.objects) } else { 0 }
    if let next, new > 0 { return (next, new) }
    // It may have begun anew: then only a page shorter than what was asked for is all.
    guard page.objects.records.count < ListPage.keysMax else {
      throw ListingFault.notAdvancing(cursor: last)
    }
    return nil
  }

  /// A page; nil where the server refuses it.
  private func pageIfAny(
    of asked: Key, from position: PagePosition, _ observer: Observer
  ) async throws -> ListPage? {
    do {
      return try checked(await page(of: asked, from: position, observer), below: asked)
    } catch let error as S3Error where error.parameterRefusal != nil {
      return nil
    }
  }

  private func store(
    _ sorter: PageSorter, into sink: some CrawlSink, counts: inout ChangeCounts,
    _ observer: Observer
  ) async throws {
    var after = Key.start
    let range = CrawlRange(lo: .start, hi: nil, cursor: .start)
    let pages = try await sorter.sorted()
    while true {
      let page = try await Self.next(of: pages)
      let last = page.lastKey
      let coverage = PageCoverage(page: page, after: after, through: last)
      let found = try await sink.apply([.merge(coverage, into: range)])
      counts += found
      observer.stored(found)
      guard let last else { return }
      after = last
    }
  }

  private static func next(of pages: SortedPages) async throws -> ObjectPage {
    do {
      return try await pages.nextPage()
    } catch let error as SystemError {
      throw SortingError(error)
    }
  }
}

/// Whether the pages of a listing come in the order of their keys.
private struct ListingOrder {
  private(set) var isKept = true
  private var last: Key?

  mutating func note(_ page: ObjectPage) {
    guard isKept, let first = page.firstKey else { return }
    isKept = page.firstUnorderedIndex == nil && last.map { $0 < first } ?? true
    last = page.lastKey
  }
}

extension ObjectPage {
  fileprivate func holds(_ key: Key) -> Bool {
    records.contains { text[$0.key.range].elementsEqual(key.bytes) }
  }

  /// Leaves out the objects whose keys do not begin with `prefix`.
  fileprivate mutating func keep(below prefix: Key) {
    let text = text
    records.removeAll { !text[$0.key.range].starts(with: prefix.bytes) }
  }
}

internal import AWS
internal import S3
package import Vocabulary

extension Crawler {
  /// Lists ranges side by side where the server allows it; where its pages are in no order, one
  /// after another, sorted on disk before the sink gets any.
  ///
  /// Directory buckets have no order by definition (User Guide, "Differences for directory
  /// buckets", ListObjectsV2). `isOrdered` is what an earlier crawl found of this one.
  package func run(
    _ ranges: [CrawlRange], marks: [KeyMark], isOrdered: Bool = true, into sink: some CrawlSink,
    counts: inout ChangeCounts, observer: Observer = Observer()
  ) async throws {
    // Versions have an order of their own in each key, which no sorting would bring back.
    guard kind == .versions || isOrdered && !isDirectoryBucket else {
      return try await runUnordered(into: sink, counts: &counts, observer)
    }
    do {
      try await run(
        Frontier(
          ranges, of: kind, prefix: prefix, marks: marks, isSerial: budget.isSerial,
          takesStartAfter: kind == .versions || client.takesStartAfter(in: bucket)),
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
    let asked = prefixToAsk
    while true {
      var page = try await self.page(of: asked, from: position, observer)
      let beyond = try await pageBeyondEnd(page, of: asked, from: position, last: last, observer)
      page = beyond ?? page
      if let common = page.commonPrefixes.first { throw ListingFault.rolledUp(prefix: common) }
      if let outside = page.objects.firstIndex(outside: asked) {
        throw ListingFault.outsidePrefix(key: page.objects.key(at: outside), prefix: asked)
      }
      if asked != prefix { page.objects.keep(below: prefix) }
      order.note(page.objects)
      let new = try await sorter.add(page.objects)
      guard page.isTruncated, new > 0 || beyond == nil else { break }
      last = page.objects.lastKey ?? last
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

  /// What follows the last key where a listing ends with an empty page right after one that promised
  /// more: a token may lead past the end (`RangeWalk`).
  ///
  /// Nil where the end is another, and where the server does not say.
  private func pageBeyondEnd(
    _ page: ListPage, of prefix: Key, from position: PagePosition, last: Key?,
    _ observer: Observer
  ) async throws -> ListPage? {
    guard !page.isTruncated, page.objects.records.isEmpty, case .token = position, let last,
      !isDirectoryBucket
    else { return nil }
    do {
      return try await self.page(of: prefix, from: .after(last), observer)
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
    while true {
      let page = try await sorter.nextPage(after: after)
      let last = page.lastKey
      let coverage = PageCoverage(page: page, after: after, through: last)
      let found = try await sink.apply([.merge(coverage, into: range)])
      counts += found
      observer.stored(found)
      guard let last else { return }
      after = last
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
  /// Leaves out the objects whose keys do not begin with `prefix`.
  fileprivate mutating func keep(below prefix: Key) {
    let text = text
    records.removeAll { !text[$0.key.range].starts(with: prefix.bytes) }
  }
}

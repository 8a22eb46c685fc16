package import Vocabulary

/// The sink that passes objects on in the order of their keys.
///
/// What is listed of the first range is passed on at once; what comes of those behind it waits on
/// disk until all before it are done. Memory holds where each page waits.
package actor SortedListing: ListingSink {
  private let executor = SerialQueueExecutor(label: "sorted-listing")
  private var output: ListingOutput
  private var spill: SpillFile
  private var chain: RangeChain
  private var pages = 0
  private var skipped: Skipped?
  /// Objects since the crawl began, or began again.
  private var objects: Int64 = 0

  /// What was printed before the crawl began again.
  private struct Skipped {
    let keys: KeySum
    let through: Key
    /// The keys among them that were listed again.
    var again = KeySum()
  }

  /// Nothing is printed before so many pages have come: servers without order show it sooner, and
  /// what they list can then still be sorted.
  private static let pagesHeldBack = 64

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// What does not fit into memory waits in a file in `folder`; the crawl begins after `lo`.
  package init(
    _ output: ListingOutput, folder: String, after lo: Key = .start,
    memoryBytesMax: Int = 8 << 20
  ) {
    self.output = output
    chain = RangeChain(after: lo)
    spill = SpillFile(folder: folder, memoryBytesMax: memoryBytesMax)
  }

  package func apply(_ steps: [CrawlStep]) throws -> ChangeCounts {
    let before = objects
    for step in steps {
      switch step {
      case .split(let lo, let cut): chain.split(lo, at: cut)
      case .merge(let coverage, let range): try add(coverage, of: range)
      case .restart: restart()
      }
    }
    if !isHoldingBack {
      try printWaiting()
      try output.flush()
    }
    return ChangeCounts(objects: objects - before)
  }

  package func finish() throws {
    try printWaiting()
    precondition(chain.isEmpty, "a listing is whole when all of its ranges are done")
    try checkSkipped()
    try output.flush()
  }

  private var isHoldingBack: Bool { pages < Self.pagesHeldBack }

  private func add(_ coverage: PageCoverage, of range: CrawlRange) throws {
    pages += 1
    let page = coverage.page
    let listed = coverage.records(of: range)
    objects += Int64(listed.count)
    let records = try skip(page, listed)
    var keys = KeySum()
    for index in records { keys.add(hash: page.keyHash(at: index)) }
    var extent: SpillFile.Extent?
    if !records.isEmpty {
      if !isHoldingBack, chain.isNext(range.lo) {
        try output.append(page, records)
      } else {
        var bytes: [UInt8] = []
        try output.format(page, records, &bytes)
        extent = try spill.append(bytes)
      }
    }
    chain.add(keys, waiting: extent, to: range.lo, cursor: coverage.through)
    if !isHoldingBack { try printWaiting() }
  }

  private func printWaiting() throws {
    while let extents = chain.takeNext() {
      for extent in extents { try output.append(spill.read(extent)) }
    }
    if chain.waiting == 0 { spill.removeAll() }
  }

  // MARK: - Beginning again

  private func restart() {
    if !isHoldingBack {
      guard let printed = chain.printed else {
        preconditionFailure("a listing that is whole does not begin again")
      }
      var keys = skipped?.keys ?? KeySum()
      keys.add(printed.keys)
      skipped = Skipped(keys: keys, through: max(printed.through, skipped?.through ?? .start))
    }
    skipped?.again = KeySum()
    chain = RangeChain()
    spill.removeAll()
    pages = 0
    objects = 0
  }

  /// Leaves out what was printed before the crawl began again; from then on keys come in order.
  private func skip(_ page: ObjectPage, _ listed: Range<Int>) throws -> Range<Int> {
    guard let through = skipped?.through else { return listed }
    let beyond = page.firstIndex(after: through)
    let first = max(listed.lowerBound, min(beyond, listed.upperBound))
    for index in listed.lowerBound..<first { skipped?.again.add(hash: page.keyHash(at: index)) }
    if first < listed.upperBound { try checkSkipped() }
    return first..<listed.upperBound
  }

  /// Makes sure that what was left out is what was printed: no key too few is in its place.
  private func checkSkipped() throws {
    guard let skipped, skipped.again != skipped.keys else { return }
    throw LateRestart.outOfOrder
  }
}

package import Vocabulary

/// The sink that passes objects on as they come: ranges that are listed side by side come mixed.
package actor ListingStream: ListingSink {
  private let executor = SerialQueueExecutor(label: "listing")
  private var output: ListingOutput
  private var printed = PrintedKeys()
  /// Objects since the crawl began, or began again.
  private var objects: Int64 = 0

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  package init(_ output: ListingOutput) {
    self.output = output
  }

  package func apply(_ steps: [CrawlStep]) throws -> ChangeCounts {
    let before = objects
    for step in steps {
      switch step {
      case .split: continue
      case .merge(let coverage, let range): try pass(coverage, of: range)
      case .restart:
        try printed.restart()
        objects = 0
      }
    }
    // Objects are passed on as soon as they are listed: the next answer may take long.
    if objects > 0 { try output.flush() }
    return ChangeCounts(objects: objects - before)
  }

  package func finish() throws { try output.flush() }

  private func pass(_ coverage: PageCoverage, of range: CrawlRange) throws {
    let records = coverage.records(of: range)
    objects += Int64(records.count)
    for run in printed.add(coverage.page, records) {
      try output.append(coverage.page, run)
    }
  }
}

/// Which keys have been printed, for a crawl that begins again.
///
/// Ranges cannot tell: where a server turned out to have no order, a key may lie in a range that was
/// listed and yet be new. So each key is remembered, up to a number of them. Servers that cannot be
/// listed side by side show it long before.
struct PrintedKeys {
  private enum State {
    /// In the order of printing, which is all that is needed until a crawl begins again.
    case list([UInt64])
    /// `isWhole` says whether all that was printed is in it.
    case set(Set<UInt64>, isWhole: Bool)
    case tooMany
  }

  private let countMax: Int
  private var state = State.list([])

  /// `countMax` keys take eight bytes each.
  init(countMax: Int = 2 << 20) {
    self.countMax = countMax
  }

  /// Takes in that objects will be printed; returns those that were not before.
  mutating func add(_ page: ObjectPage, _ records: Range<Int>) -> [Range<Int>] {
    switch state {
    case .tooMany: return [records]
    case .list(var hashes):
      state = .tooMany
      guard hashes.count + records.count <= countMax else { return [records] }
      hashes.append(contentsOf: records.lazy.map { page.keyHash(at: $0) })
      state = .list(hashes)
      return [records]
    case .set(var hashes, var isWhole):
      state = .tooMany
      var runs: [Range<Int>] = []
      for index in records {
        let hash = page.keyHash(at: index)
        guard !hashes.contains(hash) else { continue }
        if hashes.count < countMax { hashes.insert(hash) } else { isWhole = false }
        runs.append(index)
      }
      state = .set(hashes, isWhole: isWhole)
      return runs
    }
  }

  /// Takes in that everything will be listed again.
  ///
  /// - Throws: `LateRestart` when more was printed than could be remembered.
  mutating func restart() throws(LateRestart) {
    switch state {
    case .list(let hashes): state = .set(Set(hashes), isWhole: true)
    case .set(_, isWhole: true): return
    case .set, .tooMany: throw .forgotten
    }
  }
}

extension [Range<Int>] {
  /// Appends a number, to the last range where it follows it.
  fileprivate mutating func append(_ index: Int) {
    if let last, last.upperBound == index {
      self[count - 1] = last.lowerBound..<index + 1
    } else {
      append(index..<index + 1)
    }
  }
}

/// A crawl had to begin again when that was too late for what had been printed.
package enum LateRestart: Error, CustomStringConvertible {
  /// More was printed than is remembered.
  case forgotten
  /// Keys came up among those that have been printed in order.
  case outOfOrder
  /// What was printed has to be counted exactly, and may not be there any more.
  case vouchedFor

  package var description: String {
    let start = "the server stopped listing parts of the bucket side by side"
    switch self {
    case .forgotten: return start + ", and too much was printed to begin again"
    case .vouchedFor:
      return start + " after some of it was printed, and no receipt can vouch for that"
    case .outOfOrder: return start + ", and then listed other keys among those that were printed"
    }
  }
}

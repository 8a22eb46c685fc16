/// What a crawl tells the one that stores what it lists, in this order.
package enum CrawlStep: Sendable {
  /// The range that begins at `lo` ends at `at` from now on; a new one covers the rest of it.
  case split(lo: Key, at: Key)
  /// A page of a range.
  case merge(PageCoverage, into: CrawlRange)
  /// All ranges are given up for one that begins at the beginning.
  ///
  /// Where the server's listing has no order, what comes then was sorted here: the server cannot be
  /// asked for what follows a key of it.
  case restart(isOrdered: Bool)
}

/// One page, and the part of a range that it is the whole truth about.
package struct PageCoverage: Sendable {
  package var page: ObjectPage
  /// The page holds every key after this one.
  package var after: Key
  /// And up to and including this one; nil when it reaches the end of its range.
  package var through: Key?
  /// Whether the latest version of the first key may be missing, as of a server that leaves out the first
  /// entry after a key; the range before brings it.
  package var mayLackFirst = false

  package init(page: ObjectPage, after: Key, through: Key?, mayLackFirst: Bool = false) {
    self.page = page
    self.after = after
    self.through = through
    self.mayLackFirst = mayLackFirst
  }
}

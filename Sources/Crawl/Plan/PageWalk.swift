internal import S3
internal import Vocabulary

/// A walk through one range of keys, page by page, as the frontier sees it: a pure value.
///
/// Pages hold objects (`RangeWalk`), or versions and delete markers (`VersionWalk`).
protocol PageWalk: Sendable {
  var range: CrawlRange { get }
  /// What to ask for next.
  var position: PagePosition { get }
  /// Up to where the listing was seen; a cut before it would have keys listed again.
  var reached: Key { get }
  /// Whether a page of it had any keys of the range.
  var hasKeys: Bool { get }

  /// Takes the answer to `position` in; afterwards `position` is the next, or the range is done.
  ///
  /// - Returns: the keys that are known whole by it; nil when there are no more than before.
  mutating func accept(_ page: ListPage) throws(ListingFault) -> PageCoverage?

  /// Takes in that the server refused to go on at `position`.
  ///
  /// - Returns: whether there is another way.
  mutating func acceptRefusal() throws(ListingFault) -> Bool

  /// Leaves what follows `cut` to another walk; also while an answer is under way.
  mutating func end(at cut: Key)
}

extension PageWalk {
  var isDone: Bool { range.isDone }
}

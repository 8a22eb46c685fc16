/// How many requests the crawls of a sync, or of a listing, may have under way.
///
/// A request is *at work* from the moment a crawl sends it until its answer has been read, and *in
/// flight* while it has a connection. The user's limit is about requests in flight. Where the
/// transport keeps to that limit, crawls have an eighth more at work: while one answer is read,
/// another request has the connection. Where the transport would let more through, the crawl has to
/// keep to the limit itself, and then it has no more at work than may be in flight:
///
///     RequestBudget(inFlight: 64)   // transport 64: 72 at work, for a new bucket too
///     RequestBudget()               // transport 256: 288 at work, but 64 for a new bucket
package struct RequestBudget: Equatable, Sendable {
  /// In flight for a bucket that is crawled for the first time, which has every object to write.
  package static let inFlightOfFirstCrawl = 64
  /// In flight on a later crawl, which has little to write.
  package static let inFlightOfResync = 256

  /// Requests in flight at most, over all buckets: the connections of the transport.
  package let inFlightMax: Int
  /// Requests at work at most, over all buckets; a re-crawl may have all of them.
  package let atWorkMax: Int
  /// Requests at work at most for a bucket that is crawled for the first time.
  package let atWorkMaxOfFirstCrawl: Int

  /// At most `inFlight` requests in flight; nil for what suits a first crawl and a later one.
  package init(inFlight: Int? = nil) {
    inFlightMax = inFlight ?? Self.inFlightOfResync
    atWorkMax = inFlightMax + inFlightMax / 8
    atWorkMaxOfFirstCrawl = inFlight == nil ? Self.inFlightOfFirstCrawl : atWorkMax
  }

  /// Whether pages are listed one after another.
  var isSerial: Bool { inFlightMax == 1 }

  /// The limit that a crawl of one bucket begins with.
  func limit(isFirst: Bool) -> ConcurrencyLimit {
    isFirst
      ? ConcurrencyLimit(cap: atWorkMaxOfFirstCrawl)
      : ConcurrencyLimit(cap: atWorkMax, start: ConcurrencyLimit.startOfResync)
  }
}

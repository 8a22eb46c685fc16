internal import AWS
internal import S3
package import Vocabulary

extension CrawlOutcome {
  /// How an error ends one crawl and lets the others go on; nil for one that ends the sync.
  package init?(refusal error: any Error) {
    switch error {
    case let error as S3Error where error.isDenial: self = .denied(CrawlFailure(error))
    case is S3Error, is ListingFault, is SortingError:
      self = .failed(CrawlFailure(error))
    // Servers list names that cannot be part of a request, and settings leave one bucket without an
    // address: what they rule out for all of them has been said before the first.
    case let error as ConfigurationError
    where error.kind.leavesABucketWithoutAddress:
      self = .failed(CrawlFailure(error))
    default: return nil
    }
  }

  /// Whether the server refused the bucket.
  package var isDenied: Bool {
    if case .denied = self { true } else { false }
  }

  package var crawlState: CrawlProgress.CrawlState {
    failure.map { .refused($0) } ?? .complete
  }
}

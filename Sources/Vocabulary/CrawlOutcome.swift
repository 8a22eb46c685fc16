/// How a crawl ended.
package enum CrawlOutcome: Equatable, Sendable {
  case complete
  /// The server refused the bucket; it keeps its last data.
  case denied(CrawlFailure)
  /// Anything else that stopped it; its checkpoint stays.
  case failed(CrawlFailure)

  /// What stopped the crawl; nil for a complete one.
  package var failure: CrawlFailure? {
    switch self {
    case .complete: nil
    case .denied(let failure), .failed(let failure): failure
    }
  }
}

/// The error that stopped a crawl while others went on.
///
/// The index keeps its description as the bucket's error. Two are equal when they read the same:
///
///     if outcome.failure?.error is S3Error { … }  // match types and codes, never the text
package struct CrawlFailure: Error, Equatable, CustomStringConvertible {
  package let error: any Error

  package init(_ error: any Error) {
    self.error = error
  }

  package var description: String { "\(error)" }

  package static func == (left: CrawlFailure, right: CrawlFailure) -> Bool {
    left.description == right.description
  }
}

import Index
import Vocabulary

/// What stopped a crawl in a test, in words of the test's own.
struct CutOff: Error, CustomStringConvertible {
  var description: String
}

extension CrawlOutcome {
  static func denied(reason: String) -> CrawlOutcome {
    .denied(CrawlFailure(CutOff(description: reason)))
  }

  static func failed(reason: String) -> CrawlOutcome {
    .failed(CrawlFailure(CutOff(description: reason)))
  }
}

internal import AWS
internal import S3
internal import Vocabulary

/// What the tasks of a crawl report to the one that decides.
enum CrawlEvent: Sendable {
  /// One attempt of a request has ended; its answer may still be to come.
  case attempted(Attempt)
  case answered(Frontier.Request, Result<ListPage, any Error>)
  /// The sink has done what it was given.
  case stored(Result<ChangeCounts, any Error>)
}

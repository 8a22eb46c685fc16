internal import Crawl
internal import Index
internal import Vocabulary

/// The sink that stores a crawl in the index.
struct IndexSink: CrawlSink {
  let writer: IndexWriter
  let plan: CrawlPlan
  let syncID: Int64

  func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts {
    try await writer.apply(steps, of: plan, syncID: syncID)
  }
}

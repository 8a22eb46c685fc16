internal import Crawl
internal import Index
internal import Vocabulary

extension IndexWriter {
  /// Merges sorted pages as what they tell of a crawl's ranges: while one is merged, the next one is read.
  ///
  /// The last page has no entries, and ends what is left.
  nonisolated func store(
    _ pages: SortedPages, of plan: CrawlPlan, syncID: Int64, _ progress: InventoryProgress,
    counts: inout ChangeCounts, steps: (ObjectPage) -> [CrawlStep]
  ) async throws {
    var page = try await pages.nextPage()
    while true {
      try Task.checkCancellation()
      let told = steps(page)
      guard !page.records.isEmpty else {
        counts += try await apply(told, of: plan, syncID: syncID)
        return
      }
      async let next = pages.nextPage()
      counts += try await apply(told, of: plan, syncID: syncID)
      progress.count(stored: page.records.count)
      page = try await next
    }
  }
}

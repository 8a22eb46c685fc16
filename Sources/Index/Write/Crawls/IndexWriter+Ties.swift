internal import SQLite
internal import Vocabulary

// An inventory has times of whole seconds and no order: which of two versions of a key came later, that were
// written in the same second, it does not tell. A listing does, and what one has told stays.

extension IndexWriter {
  /// Brings versions of a key that have the same time into the order in which the index has them.
  ///
  /// Those that it does not have come first, for they were written later than what it knows, in the order in which
  /// they stand. Of versions that are all known, and of single ones, nothing is guessed:
  ///
  ///     page, all of one second     index             so
  ///     a  b  c                     c, then b         a  c  b        one is guessed
  ///     a  b                        neither           a  b           two are
  ///
  /// - Returns: how many versions stand where nobody said.
  func orderTies(of page: inout ObjectPage, _ plan: CrawlPlan) throws -> Int64 {
    var guessed: Int64 = 0
    var start = 0
    while start < page.records.count {
      var end = start + 1
      // The latest one comes first, whatever its time is.
      while !page.versions[start].isLatest, end < page.records.count,
        page.records[end].lastModified == page.records[start].lastModified,
        PageMerge.isSameText(page, page.records[end].key, page.records[start].key)
      {
        end += 1
      }
      if end - start > 1 { guessed += try order(start..<end, of: &page, plan) }
      start = end
    }
    return guessed
  }

  private func order(
    _ tie: Range<Int>, of page: inout ObjectPage, _ plan: CrawlPlan
  ) throws -> Int64 {
    let key = page.key(at: tie.lowerBound)
    let known = try connection.all(
      Self.selectOrder, .integer(plan.bucketID), .text(key.bytes)
    ) { $0.bytes(at: 0) }
    let places = Dictionary(
      known.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let ranked = tie.map { record in
      (record: record, place: places[Array(page.text[page.versions[record].id.range])] ?? -1)
    }
    let order = ranked.sorted { ($0.place, $0.record) < ($1.place, $1.record) }.map(\.record)
    let records = order.map { page.records[$0] }
    let versions = order.map { page.versions[$0] }
    page.records.replaceSubrange(tie, with: records)
    page.versions.replaceSubrange(tie, with: versions)
    return Int64(ranked.count { $0.place < 0 })
  }

  /// The ids that are known of a key, the newest first: its object was its latest.
  private static let selectOrder = """
    SELECT version_id FROM (
      SELECT version_id, NULL AS rank FROM object WHERE bucket_id = ?1 AND key = ?2 AND version_id <> ''
      UNION ALL
      SELECT version_id, rank FROM object_version WHERE bucket_id = ?1 AND key = ?2)
    ORDER BY rank
    """
}

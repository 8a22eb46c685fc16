internal import SQLite
package import Vocabulary

/// A question about objects that are stored more than once.
package struct DuplicateQuestion: Sendable {
  package var filter: ObjectFilter
  /// Whether every copy is a row; else each group is one.
  package var listsCopies = false
  /// At most so many rows.
  package var limit: Int64?

  package init(_ filter: ObjectFilter) { self.filter = filter }
}

/// Objects with the same ETag and size, or one of them.
package struct DuplicateRow: Sendable {
  package var etag: [UInt8]
  package var size: Int64
  package var copies: Int64
  package var certainty: ETagCertainty
  /// Of the one that is named.
  package var bucket: BucketSummary
  package var key: Key
  /// That of all that was asked about, unless every copy is a row.
  package var freshness: Freshness

  /// What all copies but one take; nil where it is not proven that they are equal.
  package var wastedBytes: Int64? {
    certainty == .opaque ? nil : size.times(copies - 1)
  }
}

/// What was found in all, whatever the limit.
package struct DuplicateTotals: Sendable {
  package var groups: Int64 = 0
  /// In groups that are proven equal.
  package var copies: Int64 = 0
  package var wastedBytes: Int64 = 0
  /// Of which ETags prove nothing.
  package var opaqueGroups: Int64 = 0
  package var opaqueCopies: Int64 = 0
  /// Objects whose ETags nobody told.
  package var unknownETags: Int64 = 0
  /// Buckets whose encryption nobody knows, among those with opaque copies.
  package var unreadBuckets: Set<String> = []
}

extension IndexReader {
  /// Hands the objects that have the same ETag and size as others to `body`, the most wasted bytes first.
  ///
  /// All objects are read twice, and memory does not grow with them. The first time a sketch learns which ETags may
  /// come again; the second time those that may go into a temporary file, where they are sorted. Empty
  /// objects waste nothing and are none.
  package func duplicates(
    _ question: DuplicateQuestion, totals report: (DuplicateTotals) -> Void = { _ in },
    body: (DuplicateRow) throws -> Void
  ) throws -> DuplicateTotals {
    var resolved = try resolve(question.filter)
    resolved.condition = resolved.condition.adding("size > ?", .integer(0))
    var totals = DuplicateTotals()
    let sketch = try sketch(resolved, &totals)
    let candidates = try Candidates(shouldStop: shouldStop)
    try fill(candidates, resolved, sketch, &totals)
    try candidates.group(listsCopies: question.listsCopies)
    try sum(candidates, &totals)
    report(totals)
    try write(candidates, question, resolved, body)
    return totals
  }

  private func sketch(
    _ resolved: ResolvedFilter, _ totals: inout DuplicateTotals
  ) throws -> RepeatSketch {
    let expected = resolved.buckets.map(\.objects).saturatedSum()
    var sketch = RepeatSketch(expecting: expected)
    var unknown: Int64 = 0
    for part in resolved.parts {
      try scan(.sizeAndETag, part, resolved.condition) { row in
        row.withText(at: ScanColumns.otherColumn) { etag in
          if etag.isUnknownETag { unknown += 1 } else { sketch.add(etag) }
        }
        return true
      }
    }
    totals.unknownETags = unknown
    return sketch
  }

  private func fill(
    _ candidates: borrowing Candidates, _ resolved: ResolvedFilter, _ sketch: RepeatSketch,
    _ totals: inout DuplicateTotals
  ) throws {
    let properties = try properties()
    // Directory buckets have objects of no other class.
    let express = try storageClassNames().filter { $0.value == "EXPRESS_ONEZONE" }.keys
    for (number, run) in resolved.runs.enumerated() {
      let meaning = ETagMeaning(properties[run.bucket.id]?[.encryption])
      var hasOpaque = false
      try scan(.all, run, resolved.condition) { row in
        try row.withText(at: ObjectColumn.etag) { etag in
          guard sketch.mayRepeat(etag), !etag.isUnknownETag else { return }
          let isExpress = express.contains(row.int64(at: ObjectColumn.storageClassID))
          let certainty = isExpress || meaning != .digests ? .opaque : ETagCertainty(etag)
          if meaning == .unknown { hasOpaque = true }
          let size = row.int64(at: ObjectColumn.size)
          try row.withText(at: ObjectColumn.key) { key in
            try candidates.add(etag, size, certainty, run: number, key: key)
          }
        }
        return true
      }
      if hasOpaque { totals.unreadBuckets.insert(run.bucket.name) }
    }
  }

  private func sum(
    _ candidates: borrowing Candidates, _ totals: inout DuplicateTotals
  ) throws {
    try candidates.groups { group in
      if group.certainty == .opaque {
        totals.opaqueGroups += 1
        totals.opaqueCopies += group.copies
      } else {
        totals.groups += 1
        totals.copies += group.copies
        totals.wastedBytes = totals.wastedBytes.plus(group.size.times(group.copies - 1))
      }
      return true
    }
  }

  private func write(
    _ candidates: borrowing Candidates, _ question: DuplicateQuestion, _ resolved: ResolvedFilter,
    _ body: (DuplicateRow) throws -> Void
  ) throws {
    var left = question.limit ?? .max
    let freshness = resolved.freshness
    try candidates.groups { group in
      func write(_ run: Int, _ key: Key, _ freshness: Freshness) throws {
        left -= 1
        try body(
          DuplicateRow(
            etag: group.etag, size: group.size, copies: group.copies, certainty: group.certainty,
            bucket: resolved.runs[run].bucket, key: key, freshness: freshness))
      }
      if question.listsCopies {
        try candidates.copies(of: group) { run, key in
          try write(run, key, resolved.runs[run].bucket.freshness)
          return left > 0
        }
      } else if let (run, key) = try candidates.first(of: group) {
        try write(run, key, freshness)
      }
      return left > 0
    }
  }
}

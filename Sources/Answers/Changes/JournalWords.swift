internal import Index
internal import Vocabulary

/// What is said of changes that the journal does not tell.
struct JournalWords {
  private let gaps: [JournalGap]
  private let start: String

  init(_ gaps: [JournalGap], start: ChangeStart, now: Timestamp) {
    self.gaps = gaps
    self.start = start.words(now: now)
  }

  /// A warning with a line for each of the first buckets; nothing where there is nothing to warn of.
  var lines: [String] {
    guard !gaps.isEmpty else { return [] }
    let count = groupedDecimal(Int64(gaps.count))
    let what = gaps.count == 1 ? "1 bucket or prefix" : "\(count) buckets or prefixes"
    var text = "Warning: not all that changed \(start) is known of \(what):\n"
    for gap in gaps.prefix(Self.shownMax) {
      text += "  \(Self.name(of: gap)): \(Self.words(gap))\n"
    }
    let rest = gaps.count - Self.shownMax
    if rest > 0 { text += "  and \(groupedDecimal(Int64(rest))) more\n" }
    return [text]
  }

  /// Of changes that were recorded before classes were.
  static func unjudged(_ count: Int64) -> String {
    let what = count == 1 ? "1 change was" : "\(groupedDecimal(count)) changes were"
    return
      "Warning: \(what) recorded before classes were, and may be of the classes that are asked for: left out\n"
  }

  private static let shownMax = 10

  private static func name(of gap: JournalGap) -> String {
    let bucket = gap.bucket.name.escapingControls()
    guard !gap.prefix.isStart else { return bucket }
    return "s3://\(bucket)/\(gap.prefix.text.escapingControls())"
  }

  private static func words(_ gap: JournalGap) -> String {
    switch (gap.reason, gap.since) {
    case (.firstListed, let since?):
      "listed as a whole for the first time, to which nothing can be compared; all is known since \(since.iso8601)"
    case (.firstListed, nil):
      "never listed as a whole before, so that nothing could be compared"
    case (.dropped, let since?):
      "older changes are not kept; all is known since \(since.iso8601)"
    case (.dropped, nil): "older changes are not kept"
    case (.notListed, let since?):
      "not listed to its end since; the last time was \(since.iso8601)"
    case (.notListed, nil): "never listed to its end"
    }
  }
}

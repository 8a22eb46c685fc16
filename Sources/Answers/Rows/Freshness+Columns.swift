internal import Index
internal import Report

extension Freshness {
  /// The columns that close every answer: how far the data behind a row can be believed.
  static let columns = columns(of: "synced_at")

  /// The same with a name for the moment that says what was listed then.
  static func columns(of moment: String) -> [Column] {
    [
      Column("state", .text, expected: BucketState.complete.rawValue),
      Column(moment, .timestamp, title: "Synced", rank: .aside),
    ]
  }

  /// The values of `columns`.
  var values: [Value] {
    [.text(state.rawValue), syncedAt.map { .timestamp($0) } ?? .null]
  }
}

extension ReportWriter {
  /// Adds the values of `Freshness.columns` to a row.
  mutating func add(_ freshness: Freshness) {
    add(.text(freshness.state.rawValue))
    add(freshness.syncedAt.map { .timestamp($0) } ?? .null)
  }
}

extension Usage {
  /// The values of the columns `objects` and `bytes`.
  var values: [Value] { [.integer(objects), .bytes(bytes)] }

  /// The same; null where these entries were never listed, which is not none of them.
  func values(of entries: Entries, _ freshness: Freshness) -> [Value] {
    entries != .current && freshness.isUnknown ? [.null, .null] : values
  }
}

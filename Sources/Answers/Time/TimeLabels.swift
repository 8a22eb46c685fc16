internal import Index
internal import Report
internal import Vocabulary

/// What a row of a history or of growth is about, by what it is grouped by.
struct TimeLabels {
  let grouping: TimeGrouping?
  let origin: OriginColumns

  init(_ grouping: TimeGrouping?, _ reader: IndexReader) throws {
    self.grouping = grouping
    let all = try OriginColumns(reader)
    origin =
      switch grouping {
      case .bucket, .prefix: all
      case .account: all.showing(account: false)
      case nil, .class, .region: all.showing(account: false, endpoint: false)
      }
  }

  /// The columns between the bucket and the numbers, but for the storage class.
  var columns: [Column] {
    switch grouping {
    case nil, .bucket, .class: []
    case .prefix: [Column("prefix", .key)]
    case .account:
      [Column("account", .text, rank: .answer), Column("profile", .text, rank: .aside)]
    case .region: [Column("region", .text, rank: .answer)]
    }
  }

  /// Which rows are one, and in which order they come.
  func key(_ bucket: BucketSummary, _ series: UsageSeries? = nil) -> [Value] {
    switch grouping {
    case nil: []
    case .bucket: [.text(bucket.name), .integer(bucket.id)]
    case .class: [.text(series?.storageClass ?? "")]
    case .account:
      [
        .text(bucket.account?.name ?? ""), .text(bucket.account?.identity.profile ?? ""),
        .text(bucket.endpoint), .integer(bucket.account?.id ?? 0),
      ]
    case .region: [.text(bucket.region ?? "")]
    case .prefix:
      [.text(bucket.name), .integer(bucket.id), .key(series?.prefix.bytes ?? [])]
    }
  }

  /// The values of `columns`: what nobody knows is null.
  func values(_ bucket: BucketSummary, _ prefix: Key) -> [Value] {
    func text(_ text: String?) -> Value {
      text.flatMap { $0.isEmpty ? nil : .text($0) } ?? .null
    }
    return switch grouping {
    case nil, .bucket, .class: []
    case .prefix: [.key(prefix.bytes)]
    case .account: [text(bucket.account?.name), text(bucket.account?.identity.profile)]
    case .region: [text(bucket.region)]
    }
  }

  /// The values of the columns of the origin.
  func originValues(_ bucket: BucketSummary?) -> [Value] { origin.values(bucket?.origin) }

  var seriesKind: SeriesKind {
    switch grouping {
    case .class: .classes
    case .prefix: .prefixes
    case nil, .bucket, .account, .region: .whole
    }
  }
}

extension [Value] {
  /// The order of the keys of `TimeLabels`.
  func precedes(_ other: [Value]) -> Bool {
    for (left, right) in zip(self, other) where left != right {
      switch (left, right) {
      case (.text(let first), .text(let second)):
        return first.utf8.lexicographicallyPrecedes(second.utf8)
      case (.key(let first), .key(let second)): return first.lexicographicallyPrecedes(second)
      case (.integer(let first), .integer(let second)): return first < second
      default: return false
      }
    }
    return count < other.count
  }
}

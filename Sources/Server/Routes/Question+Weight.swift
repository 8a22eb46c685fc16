extension Question {
  /// Whether kept sums answer it, as far as can be told before it is asked.
  ///
  /// What is taken for heavy and is light waits a little longer; what is taken for light and is heavy has the
  /// whole pool.
  func weight(of route: String) -> ReaderPool.Weight {
    let names = query.pairs.filter { !$0.value.isEmpty }.map(\.name)
    switch route {
    case "buckets", "findings", "syncs", "status", "history", "growth", "reconcile":
      return names.allSatisfy { !Self.filters.contains($0) } ? .light : .heavy
    case "totals":
      let by = query.pairs.last { $0.name == "by" }.map {
        String(decoding: $0.value, as: UTF8.self)
      }
      return (by == nil || by == "class") && names.allSatisfy { !Self.keyFilters.contains($0) }
        ? .light : .heavy
    default: return .heavy
    }
  }

  /// Parameters that choose objects one by one.
  private static let filters: Set<String> = [
    "key", "regex", "key_encoded", "min_size", "max_size", "older_than", "newer_than",
  ]

  private static let keyFilters = filters.union([
    "prefix", "prefix_encoded", "since", "before", "versions",
  ])
}

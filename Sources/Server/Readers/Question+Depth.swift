extension Question {
  /// Whether it sums up by prefixes or keys of any number, which are in memory until it is answered.
  func isDeep(on route: String) -> Bool {
    guard !["find", "top", "syncs", "status"].contains(route) else { return false }
    return query.pairs.contains { pair in
      switch pair.name {
      case "key", "regex", "key_encoded": !pair.value.isEmpty
      case "depth":
        Int64(String(decoding: pair.value, as: UTF8.self)).map { $0 > Self.keptLevels } ?? true
      default: false
      }
    }
  }

  /// Sums of prefixes are kept down to here, by default.
  private static let keptLevels: Int64 = 4
}

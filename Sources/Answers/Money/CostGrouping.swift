internal import Arguments

/// What costs are summed by.
enum CostGrouping: Equatable, Sendable {
  case bucket, region, `class`, state, component, prefix, account
  /// By the value of a bucket's tag.
  case tag(String)

  private static let words: [(String, CostGrouping)] = [
    ("bucket", .bucket), ("region", .region), ("class", .class), ("state", .state),
    ("component", .component), ("prefix", .prefix), ("account", .account),
  ]

  /// `bucket`, `tag=team`.
  init(_ text: String) throws(UsageError) {
    if text.hasPrefix("tag="), text.utf8.count > 4 {
      self = .tag(String(text.dropFirst(4)))
      return
    }
    guard let grouping = Self.words.first(where: { $0.0 == text })?.1 else {
      let known = Self.words.map(\.0).joined(separator: ", ")
      throw .invalidValue("use one of \(known), or tag=KEY")
    }
    self = grouping
  }
}

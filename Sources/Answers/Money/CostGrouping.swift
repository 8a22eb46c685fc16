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
    // In bytes: a key may begin with a combining mark.
    if text.utf8.starts(with: "tag=".utf8), text.utf8.count > 4 {
      self = .tag(String(decoding: text.utf8.dropFirst(4), as: UTF8.self))
      return
    }
    guard let grouping = Self.words.first(where: { $0.0 == text })?.1 else {
      let known = Self.words.map(\.0).joined(separator: ", ")
      throw .invalidValue("use one of \(known), or tag=KEY")
    }
    self = grouping
  }
}

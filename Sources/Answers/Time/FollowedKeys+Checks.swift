internal import Arguments
internal import Index
internal import Vocabulary

extension FollowedKeys {
  /// Refuses what no history is kept of.
  func check(_ grouping: TimeGrouping?, at points: [UsagePoint]) throws(UsageError) {
    let place = "s3://\(bucket.name)/\(prefix.text)"
    if grouping == .class, !prefix.isStart {
      throw UsageError(
        "What prefixes hold is not recorded by class, and '\(place)' is one.",
        hint: "leave out the prefix, or '--by class'")
    }
    guard isWhole || grouping == .prefix else {
      throw UsageError(
        "What '\(place)' held is not recorded: it does not end in '/'.",
        hint: "name a prefix that does, or say '--by prefix'")
    }
    let needed = depth + (grouping == .prefix ? 1 : 0)
    if let kept = points.lazy.compactMap(\.prefixDepth).max(), needed > kept {
      throw UsageError(
        "Prefixes are recorded down to \(kept) levels, and '\(place)' asks for level \(needed).",
        hint: "the setting 'history_depth' of the index says how many")
    }
  }
}

internal import Index
internal import Vocabulary

extension Context {
  /// Warns on standard error about the buckets that are not complete; true where there are any.
  func warn(ofIncomplete buckets: [BucketSummary]) -> Bool {
    let incomplete = buckets.filter { $0.freshness.state != .complete }
    guard !incomplete.isEmpty else { return false }
    var text = "Warning: \(counted(Int64(incomplete.count), "bucket")) of \(buckets.count) "
    text += incomplete.count == 1 ? "is not complete:\n" : "are not complete:\n"
    for bucket in incomplete.prefix(Self.incompleteShownMax) {
      let reason = bucket.error.map { ": \($0.escapingControls())" } ?? ""
      let age =
        bucket.freshness.syncedAt.map {
          "complete as of \(ageText(now.millisecondsSinceEpoch - $0.millisecondsSinceEpoch)) ago"
        } ?? "never complete"
      text += "  \(bucket.name.escapingControls()) (\(bucket.freshness.state), \(age))\(reason)\n"
    }
    if incomplete.count > Self.incompleteShownMax {
      text +=
        "  and \(incomplete.count - Self.incompleteShownMax) more; see 's3audit query buckets'\n"
    }
    if !options.output.isQuiet { Terminal.writeError(text) }
    return true
  }

  private static let incompleteShownMax = 10
}

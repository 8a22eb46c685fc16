internal import Index
internal import Vocabulary

extension Context {
  /// Warns on standard error about what is not complete behind an answer; true where there is anything.
  func warn(ofIncomplete reach: IndexReader.Reach) -> Bool {
    let isEmpty = reach.emptySince != nil
    let text = (isEmpty ? "" : bucketsWarning(reach)) + accountsWarning(reach.gaps)
    if !text.isEmpty, !options.output.isQuiet { Terminal.writeError(text) }
    return !text.isEmpty
  }

  /// Warns on standard error about uploads of which nobody knows the bytes; true where there are any.
  func warn(ofUnknownBytes count: Int, _ filter: ObjectFilter) -> Bool {
    guard count > 0 else { return false }
    let isLimited = filter.sizeMin != nil || filter.sizeMax != nil
    let fate = isLimited ? ", and they are left out" : ""
    let text =
      "Warning: how many bytes \(counted(Int64(count), "upload")) hold\(count == 1 ? "s" : "") is not known\(fate)\n"
      + "Help:  run 's3audit sync --parts'\n"
    if !options.output.isQuiet { Terminal.writeError(text) }
    return true
  }

  private func bucketsWarning(_ reach: IndexReader.Reach) -> String {
    let buckets = reach.buckets
    guard !buckets.isEmpty else {
      return "Warning: no bucket that this answer is about was ever listed\n"
        + "Help:  run 's3audit sync'\n"
    }
    let incomplete = buckets.filter { $0.freshness.state != .complete }
    guard !incomplete.isEmpty else { return "" }
    var text = "Warning: \(reach.entries.subject)\(counted(Int64(incomplete.count), "bucket")) of "
    text += "\(buckets.count) "
    text +=
      incomplete.count == 1 && reach.entries == .current
      ? "is not complete:\n" : "are not complete:\n"
    for bucket in incomplete.prefix(Self.incompleteShownMax) {
      let reason = bucket.error.map { ": \($0.escapingControls())" } ?? ""
      let age = age(bucket.freshness.syncedAt, before: "complete as of", never: "never complete")
      text += "  \(bucket.name.escapingControls()) (\(bucket.freshness.state), \(age))\(reason)\n"
    }
    text += rest(incomplete.count, see: "'s3audit query buckets'")
    let isUnlisted = incomplete.contains { $0.freshness.isUnknown }
    return isUnlisted ? text + reach.entries.advice : text
  }

  private func accountsWarning(_ gaps: [AccountGap]) -> String {
    guard !gaps.isEmpty else { return "" }
    var text =
      "Warning: \(counted(Int64(gaps.count), "account")) may have buckets that are not in the index:\n"
    for gap in gaps.prefix(Self.incompleteShownMax) {
      let reason = gap.error.map { ": \($0.escapingControls())" } ?? ""
      let age = age(gap.syncedAt, before: "its list was read", never: "its list was never read")
      text += "  \(gap.label.escapingControls()) (\(gap.state), \(age))\(reason)\n"
    }
    return text + rest(gaps.count, see: "'s3audit query sql \"SELECT * FROM accounts\"'")
      + "Help:  sync them again; 's3audit forget --account NAME' drops one that is not meant to be there\n"
  }

  private func age(_ moment: Timestamp?, before words: String, never: String) -> String {
    moment.map { moment in
      "\(words) \(ageText(now.millisecondsSinceEpoch.minus(moment.millisecondsSinceEpoch))) ago"
    } ?? never
  }

  private func rest(_ count: Int, see command: String) -> String {
    guard count > Self.incompleteShownMax else { return "" }
    return "  and \(count - Self.incompleteShownMax) more; see \(command)\n"
  }

  private static let incompleteShownMax = 10
}

extension Entries {
  /// What is not complete, where it is not the buckets themselves.
  fileprivate var subject: String {
    switch self {
    case .current: ""
    case .noncurrent, .all: "the versions of "
    case .uploads: "the uploads of "
    }
  }

  /// How they come into the index.
  fileprivate var advice: String {
    switch self {
    case .current: ""
    case .noncurrent, .all: "Help:  run 's3audit sync --versions'\n"
    case .uploads: "Help:  run 's3audit sync --uploads'\n"
    }
  }
}

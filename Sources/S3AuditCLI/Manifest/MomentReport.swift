internal import Restore
internal import Vocabulary

/// What is to be said of a bucket's lifecycle rules when a past moment is asked for.
struct ExpiryNote: Sendable {
  private enum Cause: Sendable {
    case expired(ExpiredVersions)
    /// Nobody knows the rules.
    case unknown(reason: String?)
  }

  private let bucket: String
  private let cause: Cause

  /// Nil where no rule can have removed anything of the state.
  ///
  /// `property` is what is known of the rules, nil where they were never read.
  init?(
    _ property: BucketProperty?, of bucket: String, below prefix: Key, at moment: Timestamp,
    listedAt: Timestamp
  ) {
    self.bucket = bucket
    switch property?.state {
    case .absent, .unsupported: return nil
    case .denied, .failed, nil: cause = .unknown(reason: property?.error)
    case .set:
      // A document that a newer version wrote may say anything.
      guard let rules = property?.document.flatMap({ Lifecycle(document: $0) })?.rules else {
        cause = .unknown(reason: nil)
        return
      }
      guard
        let expired = ExpiredVersions(by: rules, below: prefix, at: moment, listedAt: listedAt)
      else { return nil }
      cause = .expired(expired)
    }
  }

  var text: String {
    let place = "s3://\(bucket)".escapingControls()
    switch cause {
    case .expired(let expired):
      let rule = expired.rule.map { " '\($0.escapingControls())'" } ?? ""
      let kept = expired.versionsKept.map { ", all but the newest \($0) of each key" } ?? ""
      return """
        Warning: the lifecycle rule\(rule) of \(place) removes versions \
        \(counted(expired.days, "day")) after they were replaced\(kept): what was replaced earlier may \
        be missing

        """
    case .unknown(let reason):
      let words = reason.map { ": \($0.escapingControls())" } ?? ""
      return """
        Warning: whether lifecycle rules of \(place) have removed versions since is not known\(words)

        """
    }
  }
}

extension MomentDoubts {
  /// The first keys, a line each, and how many more there are.
  var lines: String {
    let shown = first.map { "  \($0.text.escapingControls())\n" }.joined()
    let rest = count - Int64(first.count)
    return shown + (rest > 0 ? "  and \(groupedDecimal(rest)) more\n" : "")
  }
}

/// Says, once, what nobody can know of the state at a moment.
struct MomentReport {
  private let context: Context
  private let time: Timestamp?

  /// Nil is now.
  init(_ context: Context, at time: Timestamp?) {
    self.context = context
    self.time = time
  }

  /// `count` is how many keys there were, `place` where.
  func tell(_ doubts: MomentDoubts, expired: [ExpiryNote], count: Int64, of place: String) {
    guard !context.options.output.isQuiet else { return }
    var text = ""
    if count == 0 {
      text +=
        "Warning: nothing that was asked for existed in \(place.escapingControls())"
        + (time.map { " at \($0.iso8601)" } ?? "") + "\n"
    }
    if let time, doubts.count > 0 {
      text +=
        "Warning: \(counted(doubts.count, "key")) got a version without an id after \(time.iso8601); "
        + "what that replaced is gone, and may have been what was there:\n" + doubts.lines
    }
    for note in expired { text += note.text }
    Terminal.writeError(text)
  }
}

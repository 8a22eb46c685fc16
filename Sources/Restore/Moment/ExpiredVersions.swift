package import Vocabulary

/// What a bucket's lifecycle rules may have removed of the state at a moment: they expire versions a number
/// of days after those were replaced, and no listing shows that there was anything.
package struct ExpiredVersions: Equatable, Sendable {
  /// The rule's name; nil where it has none.
  package var rule: String?
  /// Versions are gone that were replaced this many days before the listing, or earlier.
  package var days: Int64
  /// How many of the newest noncurrent versions of each key stay all the same.
  package var versionsKept: Int64?

  package init(rule: String? = nil, days: Int64, versionsKept: Int64? = nil) {
    self.rule = rule
    self.days = days
    self.versionsKept = versionsKept
  }

  /// The rule that reaches back the least, of those that may have removed what keys below `prefix` held at
  /// `moment`; nil for none.
  ///
  /// What was there then was replaced later, if at all: so a rule of N days matters when the moment is more
  /// than N days before the listing. S3 counts from the day that follows, at midnight UTC, and may take its
  /// time (User Guide, "Lifecycle configuration elements"): nothing is removed earlier.
  package init?(
    by rules: [Lifecycle.Rule], below prefix: Key, at moment: Timestamp, listedAt: Timestamp
  ) {
    let age = listedAt.millisecondsSinceEpoch.minus(moment.millisecondsSinceEpoch)
    let found = rules.compactMap { rule -> ExpiredVersions? in
      guard rule.isEnabled, let days = rule.noncurrentExpirationDays, days >= 0,
        Self.meets(rule.filter?.prefix, prefix),
        age > days.multipliedReportingOverflow(by: Self.dayMs).partialValue,
        days < Int64.max / Self.dayMs
      else { return nil }
      return ExpiredVersions(
        rule: rule.id, days: days, versionsKept: rule.noncurrentVersionsKept)
    }
    guard let first = found.min(by: { $0.days < $1.days }) else { return nil }
    self = first
  }

  private static let dayMs: Int64 = 86_400_000

  /// Whether a rule for keys that begin so may be about keys below a prefix.
  private static func meets(_ rule: String?, _ prefix: Key) -> Bool {
    let rule = Array((rule ?? "").utf8)
    return prefix.bytes.starts(with: rule) || rule.starts(with: prefix.bytes)
  }
}

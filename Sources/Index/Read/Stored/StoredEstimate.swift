package import Vocabulary

/// One figure of CloudWatch, as the index keeps it; or that there is none of a bucket.
package struct StoredEstimate: Equatable, Sendable {
  package var bucket: String
  /// Where the bucket is, as in `BucketSummary`.
  package var endpoint: String
  /// Nil where nobody says it.
  package var region: String?
  /// The account's number, else its owner; nil where neither is known.
  package var account: String?
  /// As CloudWatch writes it: `StandardStorage`; nil for a bucket without a figure.
  package var storageType: String?
  package var storageClass: String?
  /// What it is billed for: a word of `FigureComponent`.
  package var component: String?
  /// Bytes, or objects; nil where it is not known.
  package var value: Int64?
  /// The day that the figure is of, at midnight.
  package var day: Timestamp?
  package var state: EstimateState
  package var error: String?
  package var asked: Timestamp

  package init(
    bucket: String, endpoint: String, region: String?, account: String?, state: EstimateState,
    asked: Timestamp
  ) {
    self.bucket = bucket
    self.endpoint = endpoint
    self.region = region
    self.account = account
    self.state = state
    self.asked = asked
  }
}

/// How far a bucket's figures can be believed.
package enum EstimateState: String, CaseIterable, Sendable {
  /// The day has all that the day before it had.
  case complete
  /// Something of the day is still to come, or was not answered.
  case incomplete
  /// CloudWatch says nothing of the bucket, which is not nothing.
  case noFigure = "no figure"
  /// The account has no such bucket any more: CloudWatch names it for two weeks on.
  case gone
  /// The figure is of before, if there is one: now it was refused.
  case denied
  /// Likewise, for any other reason: nobody says where the bucket is, or a value is no size, or of no day asked for.
  case failed
}

/// What one thing cost in one month, as the index keeps it; or that nothing is known of a month.
package struct StoredActualCost: Equatable, Sendable {
  package var endpoint: String
  package var account: String?
  /// The key of the tag that it is by; nil for costs by usage type.
  package var tag: String?
  /// The first day, `2026-10-01`, and the day after the last.
  package var month: String
  package var monthEnd: String
  /// Nil, as all that follows but the last two, for a month of which nothing is known.
  package var service: String?
  /// The usage type with the prefix of its region, or the tag's value; empty for what has no tag.
  package var name: String?
  /// As Cost Explorer wrote it; below zero for credits and refunds.
  package var amount: String?
  package var currency: String?
  package var quantity: String?
  package var unit: String?
  package var isEstimated: Bool
  package var asked: Timestamp

  package init(
    endpoint: String, account: String?, tag: String?, month: String, monthEnd: String,
    isEstimated: Bool, asked: Timestamp
  ) {
    self.endpoint = endpoint
    self.account = account
    self.tag = tag
    self.month = month
    self.monthEnd = monthEnd
    self.isEstimated = isEstimated
    self.asked = asked
  }
}

/// How a figure of CloudWatch and what the index has stand to each other.
package enum Verdict: String, CaseIterable, Sendable {
  case agrees
  /// CloudWatch has more, and versions were never listed.
  case versionsUnknown = "versions unknown"
  /// CloudWatch's day had ended before the index was synced, and what changed since may be the difference.
  case older
  /// CloudWatch says nothing of it, which is not nothing.
  case noFigure = "no figure"
  case differs
}

/// One figure beside what the index has in its place.
package struct Comparison: Sendable {
  package var figure: Int64?
  package var index: Int64?
  /// What may always be between the two; beyond that a thousandth of the figure may.
  package var slack: Int64
  /// Whether there may be versions that the index does not have.
  package var lacksVersions = false
  /// What is known to have changed since the day of the figure; nil while that day had not ended when the index
  /// was synced.
  package var changes: Changes?

  /// Bounds of what changed: as much as came, and as much as went.
  package struct Changes: Equatable, Sendable {
    package var added: Int64
    package var removed: Int64

    package init(added: Int64, removed: Int64) {
      self.added = added
      self.removed = removed
    }

    /// Whether so much of a difference, the index less the figure, may have come or gone.
    package func explain(_ difference: Int64) -> Bool {
      -removed <= difference && difference <= added
    }
  }

  package init(figure: Int64?, index: Int64?, slack: Int64) {
    self.figure = figure
    self.index = index
    self.slack = slack
  }

  /// What CloudWatch's figures may be apart from a listing: 1 MiB.
  package static let slackOfBytes: Int64 = 1 << 20

  /// The index less the figure; nil where one is not known.
  package var difference: Int64? { figure.flatMap { figure in index.map { $0 - figure } } }

  /// Nil where the index says nothing.
  package var verdict: Verdict? {
    guard index != nil else { return nil }
    guard let figure, let difference else { return .noFigure }
    // No overflow: figures end at 2^53.
    if abs(difference) <= max(slack, figure / 1_000) { return .agrees }
    if difference < 0, lacksVersions { return .versionsUnknown }
    return changes?.explain(difference) == true ? .older : .differs
  }
}

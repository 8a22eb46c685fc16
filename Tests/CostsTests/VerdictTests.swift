import Testing

@testable import Costs

@Suite struct VerdictTests {
  private static let mebibyte: Int64 = 1 << 20

  /// A case: CloudWatch's figure, the index's, and what is known beside.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var figure: Int64?
    var index: Int64?
    var slack = Comparison.slackOfBytes
    var lacksVersions = false
    var changes: Comparison.Changes?
    var verdict: Verdict?
  }

  @Test(arguments: [
    Case(testDescription: "the same", figure: 5, index: 5, verdict: .agrees),
    Case(testDescription: "a mebibyte less", figure: mebibyte, index: 0, verdict: .agrees),
    Case(
      testDescription: "a byte more than that", figure: mebibyte + 1, index: 0, verdict: .differs),
    Case(
      testDescription: "a thousandth", figure: 10_000 * mebibyte, index: 10_010 * mebibyte,
      verdict: .agrees),
    Case(
      testDescription: "more than a thousandth", figure: 10_000 * mebibyte,
      index: 10_011 * mebibyte, verdict: .differs),
    Case(testDescription: "a count", figure: 5, index: 6, slack: 0, verdict: .differs),
    Case(testDescription: "a large count", figure: 5_000, index: 5_005, slack: 0, verdict: .agrees),
    Case(testDescription: "no figure", figure: nil, index: 0, verdict: .noFigure),
    Case(testDescription: "no index", figure: 5, index: nil, verdict: nil),
    Case(
      testDescription: "versions were never listed", figure: 9 * mebibyte, index: 0,
      lacksVersions: true, verdict: .versionsUnknown),
    Case(
      testDescription: "versions do not explain that there is more", figure: 0,
      index: 9 * mebibyte, lacksVersions: true, verdict: .differs),
    Case(
      testDescription: "as much was added", figure: 0, index: 9 * mebibyte,
      changes: .init(added: 9 * mebibyte, removed: 0), verdict: .older),
    Case(
      testDescription: "less was added", figure: 0, index: 9 * mebibyte,
      changes: .init(added: 9 * mebibyte - 1, removed: .max), verdict: .differs),
    Case(
      testDescription: "as much was removed", figure: 9 * mebibyte, index: 0,
      changes: .init(added: 0, removed: 9 * mebibyte), verdict: .older),
    Case(
      testDescription: "nothing was removed", figure: 9 * mebibyte, index: 0,
      changes: .init(added: .max, removed: 0), verdict: .differs),
  ])
  func judges(one: Case) {
    var comparison = Comparison(figure: one.figure, index: one.index, slack: one.slack)
    (comparison.lacksVersions, comparison.changes) = (one.lacksVersions, one.changes)
    #expect(comparison.verdict == one.verdict)
  }
}

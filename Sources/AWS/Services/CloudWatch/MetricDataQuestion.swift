/// One question to GetMetricData, until every metric is answered or given up.
///
/// Pages go in, the next request comes out. Pure.
///
///     ask  m0 m1 m2            ◄ m0 Complete, m1 PartialData, token A
///     ask  m0 m1 m2, token A   ◄ m1 Complete, m2 InternalError
///     ask  m2                  ◄ m2 Complete
///
/// Source: Amazon CloudWatch API Reference, "GetMetricData" and "MetricDataResult".
struct MetricDataQuestion {
  /// The metrics that are asked for now, by their numbers, and how to go on.
  struct Request: Equatable {
    var metrics: [Int]
    var token: String?
  }

  private(set) var answers: [MetricAnswer]
  /// What the service said beside its answers, each once.
  private(set) var messages: [String] = []
  private var asked: [Int]
  private var tokens = PageTokens(of: "GetMetricData")
  private var rounds = 1
  private var isDone: Bool

  /// How often a metric is asked for that was not answered whole.
  private static let roundsMax = 3

  init(of count: Int) {
    answers = Array(repeating: MetricAnswer(), count: count)
    asked = Array(0..<count)
    isDone = count == 0
  }

  /// The next request; nil when nothing is left to be asked.
  var next: Request? { isDone ? nil : Request(metrics: asked, token: tokens.next) }

  static func id(of number: Int) -> String { "m\(number)" }

  mutating func accept(_ page: MetricDataPage) throws(EndlessPages) {
    let numbers = Dictionary(
      asked.map { (Self.id(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    for result in page.results {
      guard let number = numbers[result.id] else { continue }
      take(result, of: number)
    }
    note(page.messages)
    if try tokens.accept(page.token) { return }
    asked = asked.filter { answers[$0].outcome == .incomplete }
    rounds += 1
    guard !asked.isEmpty, rounds <= Self.roundsMax else {
      isDone = true
      return
    }
    // All of their points come again.
    for number in asked { answers[number].points = [] }
    tokens = PageTokens(of: "GetMetricData")
  }

  private mutating func take(_ result: MetricDataPage.Result, of number: Int) {
    let known = Set(answers[number].points.map(\.at))
    answers[number].points += result.points.filter { !known.contains($0.at) }
    answers[number].outcome =
      switch result.status {
      case "Complete": .complete
      case "Forbidden": .forbidden
      default: .incomplete
      }
    note(result.messages)
  }

  private mutating func note(_ new: [String]) {
    for message in new where !messages.contains(message) { messages.append(message) }
  }
}

internal import Answers

/// Every route of the interface, from the list of all questions; SQL of a user's own is none.
package struct Routes: Sendable {
  package let answers: [AnswerRoute]
  private let byPath: [String: AnswerRoute]

  package init() {
    answers =
      allAnswers.filter { $0 != SQL.self }.map { Self.route(of: $0) }
      + [AnswerRoute(Syncs.self), AnswerRoute(Status.self)]
    byPath = Dictionary(answers.map { ($0.path, $0) }) { first, _ in first }
  }

  private static func route<A: Answer>(of answer: A.Type) -> AnswerRoute { AnswerRoute(answer) }

  func route(at path: String) -> AnswerRoute? { byPath[path] }

  /// The paths that are no answers.
  static let index = "/api/v1/"
  static let openAPI = "/api/v1/openapi.json"
  static let health = "/healthz"
  static let metrics = "/metrics"
}

internal import Answers
internal import Arguments
internal import Report
internal import Vocabulary

/// A question that was understood: an answer with its arguments, and which of its rows are wanted.
struct Question: Sendable {
  var answer: any Answer
  var format: AnswerFormat
  var window: RowWindow
  /// What ages are counted from; nil for the time at which it is asked.
  var askedAt: Timestamp?
  /// What tells it from other questions, whatever the page and the form of its rows.
  var identity: [UInt8]
  /// As it was sent, for the link to the next page.
  var query: QueryText
}

/// What a route asks of the parameters of a request.
package struct AnswerRoute: Sendable {
  /// As the command is called: `what-if`.
  package var name: String
  package var abstract: String
  package var discussion: String
  package var parameters: [Parameter]
  let read: @Sendable (QueryText, AnswerFormat?) throws(Problem) -> Question

  package var path: String { "/api/v1/\(name)" }

  /// The route of an answer: its parameters are the rows of its command.
  init<A: Answer>(_ answer: A.Type) {
    let words = answer.words
    let table = ParameterTable<A>(words)
    name = words.name
    abstract = words.abstract
    discussion = words.discussion
    parameters = table.parameters
    read = { query, format throws(Problem) in
      try table.question(of: query, route: words.name, format: format)
    }
  }
}

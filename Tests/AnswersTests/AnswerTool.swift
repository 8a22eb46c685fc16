import Answers
import Arguments

/// A program that knows one question: `s3audit query du`, and nothing of how it is run.
private func program<A: Answer>(_ answer: A.Type) -> CommandLineTool<A> {
  CommandLineTool(
    version: "1",
    root: Command(
      name: "s3audit", abstract: "A program.",
      subcommands: [Command(name: "query", abstract: "Ask.", subcommands: [A.words])]),
    defaults: A())
}

/// The help of an answer's own arguments, 80 columns wide.
func help<A: Answer>(of answer: A.Type) -> String {
  program(answer).help(for: ["query", A.words.name], columns: 80)
}

/// The answer that these arguments come to.
func typed<A: Answer>(_ answer: A.Type, _ arguments: String...) throws -> A {
  try typed(answer, arguments)
}

func typed<A: Answer>(_ answer: A.Type, _ arguments: [String]) throws -> A {
  guard case .run(_, let typed) = try program(answer).parse(["query", A.words.name] + arguments)
  else { throw UsageError("The arguments ask for help.") }
  return typed
}

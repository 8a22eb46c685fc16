import Answers
import Arguments
import HTTPServing
import Testing

@testable import Server

@Suite struct ParameterTests {
  @Test func thereIsARouteForEveryQuestionButSQL() {
    let names = Routes().answers.map(\.name)
    let questions = allAnswers.map { name(of: $0) }
    #expect(Set(names) == Set(questions).subtracting(["sql"]).union(["syncs", "status"]))
  }

  @Test(arguments: Routes().answers)
  func namesAreOfOneForm(route: AnswerRoute) {
    let names = route.parameters.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F } })
    #expect(!names.contains("token"))
  }

  /// What help says of the command line holds for parameters.
  @Test(arguments: Routes().answers)
  func repeatsWhatMayBeRepeated(route: AnswerRoute) {
    for parameter in route.parameters {
      #expect(parameter.isRepeatable == parameter.help.contains("may be repeated"))
    }
  }

  @Test(arguments: [
    ("buckets", "buckt=x", "buckt", "Did you mean 'bucket'?"),
    ("buckets", "limit=0", "limit", "1 to 10000"), ("buckets", "limit=10001", "limit", "10000"),
    ("buckets", "limit=+1", "limit", "whole number"), ("buckets", "limit=", "limit", "number"),
    ("buckets", "limit=1&limit=2", "limit", "twice"), ("top", "number=10001", "number", "10000"),
    ("find", "min_size=x", "min_size", "'min_size=<size>': use bytes or a unit"),
    ("find", "older_than=1", "older_than", "use a number and a unit"),
    ("find", "since=yesterday", "since", "use a date in UTC"),
    ("find", "regex=(", "regex", "it is not a regular expression"),
    ("find", "regex=(a)%5C1", "regex", "references such as"),
    ("find", "regex=a%7B6000%7D", "regex", "too large with its repetitions"),
    ("find", "bucket=a/b", "bucket", "neither a bucket nor a bucket pattern"),
    ("find", "prefix=%FF", "prefix", "'prefix_encoded'"), ("find", "prefix=%00", "prefix", "zero"),
    ("find", "prefix=%f", "prefix", "escape"), ("find", "versions=some", "versions", "one of"),
    ("find", "prefix=a&prefix=b", "prefix", "twice"), ("find", "fmt=xml", "fmt", "one of json"),
    ("find", "prefix=a&prefix_encoded=%2541", "prefix_encoded", "leave one of them out"),
    ("find", "prefix_encoded=%25zz", "prefix_encoded", "form of URLs"),
    ("find", "cursor=AAAA", "cursor", "none of this question"),
    ("top", "largest=yes", "largest", "use true or false"),
    ("top", "largest=true&oldest=true", "oldest", "'largest' and 'oldest' exclude each other"),
    ("du", "depth=65", "depth", "0 to 64"), ("totals", "by=colour", "by", "one of the following"),
    ("status", "bucket=x", "bucket", "no parameter"), ("syncs", "limit=x", "limit", "number"),
  ])
  func refuses(route: String, query: String, parameter: String, words: String) throws {
    let problem = try #require(problem { _ = try question(route, query) })
    #expect(problem.kind == .badRequest)
    #expect(problem.parameter == parameter)
    #expect(problem.detail.contains(words), "\(problem.detail)")
  }

  @Test func showsNothingThatATerminalObeys() throws {
    let problem = try #require(problem { _ = try question("find", "min_size=%1B%5B2J") })
    #expect(problem.value == #"\e[2J"#)
    #expect(!String(decoding: problem.answer.body, as: UTF8.self).contains("\\u001b"))
  }

  @Test(arguments: [
    ("leave out '--sort'", "leave out 'sort'"), ("add '--by prefix', or", "add 'by=prefix', or"),
    ("The option '--depth' is", "The option 'depth' is"), ("a -- b", "a -- b"), ("--", "--"),
    ("and one of --bucket.", "and one of bucket."), ("use --older-than 3d", "use older_than 3d"),
  ])
  func speaksOfParameters(text: String, shown: String) {
    #expect(optionsAsParameters(text) == shown)
  }

  @Test func cursorsKnowTheirQuestionWhateverItsOrderAndForm() throws {
    let one = try question("find", "bucket=a&min_size=1&limit=5&fmt=csv").identity
    #expect(try question("find", "min_size=1&bucket=%61&token=x").identity == one)
    #expect(try question("find", "min_size=2&bucket=a").identity != one)
    #expect(try question("top", "min_size=1&bucket=a").identity != one)
  }
}

private func name<A: Answer>(of answer: A.Type) -> String { answer.words.name }

extension AnswerRoute: CustomTestStringConvertible {
  package var testDescription: String { name }
}

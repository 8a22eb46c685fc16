/// The tokens of one question's pages: no service leads around in a circle.
struct PageTokens {
  private let question: String
  private let pagesMax: Int
  private var seen: Set<String> = []
  /// What to ask the next page with; nil for the first one.
  private(set) var next: String?

  /// `question` names what is asked for: `ListMetrics`.
  init(of question: String, pagesMax: Int = 10_000) {
    self.question = question
    self.pagesMax = pagesMax
  }

  /// Takes in the token that a page ends with: true where there is another page.
  mutating func accept(_ token: String?) throws(EndlessPages) -> Bool {
    next = token.flatMap { $0.isEmpty ? nil : $0 }
    guard let next else { return false }
    guard seen.insert(next).inserted, seen.count < pagesMax else {
      throw EndlessPages(question: question)
    }
    return true
  }
}

/// Pages that come to no end: a token came twice, or there were more than anybody has.
package struct EndlessPages: Error, Hashable, CustomStringConvertible {
  package var question: String

  package var description: String {
    "\(question) was not answered as its service does: the pages come to no end"
  }
}

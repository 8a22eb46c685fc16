/// What `README.md` beside this file says of the views, as values: the manual of the schema is the only place that
/// has their titles, what their columns hold, and questions in SQL.
package struct SchemaManual: Sendable {
  package struct View: Equatable, Sendable {
    package var name: String
    /// `One row an object`.
    package var title: String
    package var columns: [Column]
  }

  package struct Column: Equatable, Sendable {
    package var name: String
    /// `text` or `integer`.
    package var type: String
    package var text: String

    package var isInteger: Bool { type == "integer" }
  }

  package struct Question: Equatable, Sendable {
    /// A sentence, such as `How did the buckets grow?`.
    package var title: String
    package var sql: String
  }

  package private(set) var views: [View] = []
  package private(set) var questions: [Question] = []

  /// The manual of this program's schema.
  package static let current = SchemaManual(
    String(decoding: PackageResources.README_md, as: UTF8.self))

  /// Reads Markdown of the manual's form.
  ///
  /// There is a heading of the third level and a table for each view, then the questions, a paragraph and a
  /// fenced statement each.
  init(_ markdown: String) {
    var chapter = ""
    var paragraph = ""
    var statement: [Substring]?
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if let lines = statement {
        statement = line == "```" ? nil : lines + [line]
        if line == "```" {
          questions.append(Question(title: paragraph, sql: lines.joined(separator: "\n")))
        }
      } else if line.hasPrefix("## ") {
        chapter = String(line.dropFirst(3))
      } else if chapter == "Views" {
        readOfView(line)
      } else if line == "```sql", chapter.hasSuffix("questions in SQL") {
        statement = []
      } else if !line.isEmpty {
        paragraph = String(line)
      }
    }
  }

  private mutating func readOfView(_ line: Substring) {
    if line.hasPrefix("### `") {
      let parts = line.dropFirst(5).split(separator: "`: ", maxSplits: 1)
      guard parts.count == 2 else { return }
      let title = Self.plain(parts[1])
      views.append(
        View(
          name: String(parts[0]), title: title.prefix(1).uppercased() + title.dropFirst(),
          columns: []))
    } else if line.hasPrefix("| `"), var view = views.popLast() {
      // Tables of states and of documents have two columns.
      let cells = line.split(separator: "|").map(Self.plain)
      if cells.count == 3 {
        view.columns.append(Column(name: cells[0], type: cells[1], text: cells[2]))
      }
      views.append(view)
    }
  }

  /// A cell without its blanks and without the marks of code.
  private static func plain(_ text: Substring) -> String {
    let blank: (Character) -> Bool = { $0 == " " }
    let trimmed = text.drop(while: blank)
    let end = trimmed.lastIndex { !blank($0) }.map { trimmed.index(after: $0) }
    return String(trimmed[..<(end ?? trimmed.startIndex)].filter { $0 != "`" })
  }
}

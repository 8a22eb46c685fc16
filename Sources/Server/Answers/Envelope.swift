internal import HTTPServing
internal import Index
internal import Vocabulary

extension AnswerPage {
  /// The page on the wire: an envelope in JSON, or the bare bytes of the command with what belongs to them in
  /// headers.
  consuming func answer(to question: Question, path: String) -> ServedAnswer {
    var headers: [(name: String, value: String)] = [
      ("Content-Type", question.format.contentType), ("Cache-Control", "no-store"),
      ("S3audit-State", freshness.state.rawValue),
    ]
    if let moment = freshness.syncedAt { headers.append(("S3audit-Synced-At", moment.iso8601)) }
    if let next {
      let query = question.query.replacing(["cursor", "token"], with: "cursor", next)
      headers.append(("Link", "<\(path)?\(query)>; rel=\"next\""))
    }
    if question.format == .json { wrap() }
    return ServedAnswer(status: 200, headers: headers, body: rows, closes: false)
  }

  /// Makes an envelope of the rows where they are: a page has megabytes, and is not copied.
  private mutating func wrap() {
    var body: [UInt8] = []
    swap(&body, &rows)
    if body.last == 0x0A { body.removeLast() }
    body.insert(contentsOf: "{\"rows\":".utf8, at: 0)
    body += ",\n\"state\":".utf8
    body.append(freshness.state.rawValue)
    body += ",\n\"synced_at\":".utf8
    body.append(freshness.syncedAt?.iso8601)
    body += ",\n\"incomplete\":[".utf8
    for (place, part) in incomplete.enumerated() {
      if place > 0 { body.append(UInt8(ascii: ",")) }
      let fields: [(String, String?)] = [
        ("bucket", part.bucket), ("account", part.account), ("endpoint", part.endpoint),
        ("state", part.freshness.state.rawValue),
        ("synced_at", part.freshness.syncedAt?.iso8601), ("error", part.error),
      ]
      body += "\n{".utf8
      for (place, field) in fields.enumerated() {
        if place > 0 { body.append(UInt8(ascii: ",")) }
        body.append(field.0)
        body.append(UInt8(ascii: ":"))
        body.append(field.1)
      }
      body.append(UInt8(ascii: "}"))
    }
    body += incomplete.isEmpty ? "]".utf8 : "\n]".utf8
    body += ",\n\"next\":".utf8
    body.append(next)
    body += ",\n\"notes\":[".utf8
    for (place, note) in notes.enumerated() {
      if place > 0 { body.append(UInt8(ascii: ",")) }
      body.append(note)
    }
    body += "]\n}\n".utf8
    rows = body
  }
}

extension [UInt8] {
  /// A text as JSON, or null.
  fileprivate mutating func append(_ text: String?) {
    guard let text else {
      self += "null".utf8
      return
    }
    text.withBytes { appendJSONString($0) }
  }
}

internal import Answers
internal import Arguments
internal import Index
internal import Report
internal import Signing
internal import Vocabulary

/// The parameters of one answer, and how arguments are made of them.
///
/// They are the rows of its command under the same names, with `_` for `-`, and judged by them: what is wrong on
/// the command line is wrong here, in the same words.
struct ParameterTable<A: Answer>: Sendable {
  let parameters: [Parameter]
  private let rows: [String: Option<A>]
  private let limit: Option<A>?
  /// Whether the answer chooses rows by their number, so that more of them are others.
  private let ranksKeys = A.self == Versions.self

  init(_ words: Command<A>) {
    limit = words.options.first { $0.long == "limit" }
    let options = words.options.filter { $0.long != "limit" }
    rows = Dictionary(options.map { (Parameter.name(of: $0.long), $0) }) { first, _ in first }
    var parameters = options.map { Parameter($0) }
    let takesPrefixes = words.positionals.contains { $0.name == Filter.scopePositional.name }
    if takesPrefixes {
      if rows["prefix"] == nil { parameters.append(.prefix) }
      parameters.append(.prefixEncoded)
    }
    if A.self == Find.self { parameters.append(.keyEncoded) }
    if let place = parameters.firstIndex(where: { $0.name == "number" }) {
      parameters[place].kind = .integer
      parameters[place].range = 1...Paging.rowsMax
    }
    self.parameters = parameters + [.format, .limit, .cursor]
  }

  func question(
    of query: QueryText, route: String, format: AnswerFormat?
  ) throws(Problem) -> Question {
    let names = parameters.map(\.name)
    for pair in query.pairs where pair.name != "token" && !names.contains(pair.name) {
      let near = nearest(to: pair.name, in: names)
      throw .badRequest(
        "There is no parameter '\(pair.name)' here."
          + (near.map { " Did you mean '\($0)'?" } ?? ""), parameter: pair.name, value: pair.value)
    }
    for parameter in parameters where !parameter.isRepeatable {
      _ = try query.single(parameter.name)
    }
    let identity = Self.identity(route, query)
    let cursor = try Self.cursor(query, identity)
    let rowsMax = try Self.number(.limit, query)
    var answer = A()
    for pair in query.pairs { try set(pair, in: &answer) }
    try narrow(&answer, query)
    try Self.judge(answer.filter.keyEffort, query)
    var window = RowWindow(
      rowsMax: rowsMax ?? Paging.rowsDefault, bytesMax: Paging.bytesMax, naming: Paging.naming)
    var rowsBefore: Int64? = 0
    switch cursor?.start {
    case .window(let start)?:
      window.start = start
      // Others may have come between the rows before, and all of them have to pass.
      if case .after(let rows, _) = start { rowsBefore = rows } else { rowsBefore = nil }
    case .behind(let place)?:
      guard var placed = answer as? any PlacedAnswer else { throw Self.foreignCursor(query) }
      placed.after = place
      if let own = placed as? A { answer = own }
    case nil: break
    }
    if let limit, let rowsBefore, rowsMax != nil || !ranksKeys {
      // One more tells whether there are more.
      let count = rowsBefore.plus(window.rowsMax).plus(1)
      try Self.judge(Parameter.limit, nil) { () throws(UsageError) in
        try limit.set(&answer, to: "\(count)", called: Parameter.limit.label)
      }
    }
    let form: AnswerFormat = if let format { format } else { try Self.format(query) }
    return Question(
      answer: answer, format: form, window: window,
      askedAt: cursor?.askedAt, identity: identity, query: query)
  }

  private func set(_ pair: QueryText.Pair, in answer: inout A) throws(Problem) {
    guard let row = rows[pair.name],
      let parameter = parameters.first(where: { $0.name == pair.name })
    else { return }
    let text = try QueryText.text(pair.value, of: pair.name)
    if parameter.kind == .flag {
      guard text == "true" || text == "false" else {
        throw .badRequest(
          "The value '\(Problem.shown(pair.value))' is invalid for '\(pair.name)': use true or false.",
          parameter: pair.name, value: pair.value)
      }
      guard text == "true" else { return }
    }
    if let range = parameter.range { _ = try Self.number(pair, in: range) }
    try Self.judge(parameter, pair.value) { () throws(UsageError) in
      try row.set(&answer, to: parameter.kind == .flag ? "" : text, called: parameter.label)
    }
  }

  /// What no row of the command says: prefixes of questions about history, and bytes that are no text.
  private func narrow(_ answer: inout A, _ query: QueryText) throws(Problem) {
    if rows["prefix"] == nil, let text = try query.singleText("prefix") {
      answer.filter.narrow(toPrefix: Key(text))
    }
    if let bytes = try Self.encoded("prefix_encoded", query) {
      guard try query.single("prefix") == nil else {
        throw .badRequest(
          "'prefix' and 'prefix_encoded' are the same: leave one of them out.",
          parameter: "prefix_encoded", value: bytes)
      }
      answer.filter.narrow(toPrefix: Key(bytes))
    }
    if let bytes = try Self.encoded("key_encoded", query) {
      answer.filter.narrow(toKey: Key(bytes))
    }
  }

  /// Refuses a pattern that may take for ever.
  private static func judge(
    _ effort: ObjectFilter.KeyPattern.Effort, _ query: QueryText
  ) throws(Problem) {
    let reason: String
    switch effort {
    case .linear: return
    case .large:
      reason =
        "as it is too large with its repetitions written out. Help: repeat less: .* for .{0,9999}, or ask by 'prefix'."
    case .irregular:
      reason =
        "as what one part of it finds decides what another may find. Help: leave out references such as \\1, and looks "
        + "ahead or behind."
    }
    throw .badRequest(
      "This regular expression may take longer than anybody waits, \(reason)",
      parameter: "regex", value: query.pairs.last { $0.name == "regex" }?.value)
  }

  private static func encoded(_ name: String, _ query: QueryText) throws(Problem) -> [UInt8]? {
    guard let value = try query.single(name) else { return nil }
    guard let bytes = PercentForm.decoded(value), !bytes.isEmpty else {
      throw .badRequest(
        "The value of '\(name)' is not in the form of URLs, like %FF.", parameter: name,
        value: value)
    }
    return bytes
  }
}

// MARK: - Pages

extension ParameterTable {
  private static func format(_ query: QueryText) throws(Problem) -> AnswerFormat {
    guard let text = try query.singleText("fmt") else { return .json }
    guard let format = AnswerFormat(rawValue: text) else {
      let choices = AnswerFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badRequest(
        "The value '\(Problem.shown(Array(text.utf8)))' is invalid for 'fmt': use one of \(choices).",
        parameter: "fmt", value: Array(text.utf8))
    }
    return format
  }

  private static func number(
    _ parameter: Parameter, _ query: QueryText
  ) throws(Problem) -> Int64? {
    guard let pair = query.pairs.first(where: { $0.name == parameter.name }),
      let range = parameter.range
    else { return nil }
    return try number(pair, in: range)
  }

  private static func number(
    _ pair: QueryText.Pair, in range: ClosedRange<Int64>
  ) throws(Problem) -> Int64 {
    let text = try QueryText.text(pair.value, of: pair.name)
    let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isPlain, let number = Int64(text), range.contains(number) else {
      throw .badRequest(
        "The value '\(Problem.shown(pair.value))' is invalid for '\(pair.name)': use a whole number, "
          + "\(range.lowerBound) to \(range.upperBound).", parameter: pair.name, value: pair.value)
    }
    return number
  }

  private static func cursor(
    _ query: QueryText, _ identity: [UInt8]
  ) throws(Problem) -> Cursor? {
    guard let text = try query.singleText("cursor") else { return nil }
    guard let cursor = Cursor(text, question: identity) else { throw foreignCursor(query) }
    return cursor
  }

  private static func foreignCursor(_ query: QueryText) -> Problem {
    .badRequest(
      "The cursor is none of this question: begin without one, or send the parameters of the page before again.",
      parameter: "cursor", value: query.pairs.first { $0.name == "cursor" }?.value)
  }

  /// The route and all that chooses rows, whatever the order in which it was sent.
  private static func identity(_ route: String, _ query: QueryText) -> [UInt8] {
    let passing: Set = ["cursor", "limit", "fmt", "token"]
    var lines = query.pairs.filter { !passing.contains($0.name) }.map { pair in
      var line = Array(pair.name.utf8) + [UInt8(ascii: "=")]
      line.appendPercentEncoded(pair.value)
      return line
    }
    lines.sort { $0.lexicographicallyPrecedes($1) }
    return SHA256.digest(Array(route.utf8) + lines.flatMap { [UInt8(ascii: "&")] + $0 })
  }

  private static func judge(
    _ parameter: Parameter, _ value: [UInt8]?, _ body: () throws(UsageError) -> Void
  ) throws(Problem) {
    do throws(UsageError) { try body() } catch {
      var problem = Problem(usage: error)
      problem.parameter = parameter.name
      problem.value = value.map { Problem.shown($0) }
      throw problem
    }
  }
}

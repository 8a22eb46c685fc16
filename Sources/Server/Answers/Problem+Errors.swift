internal import Answers
internal import Arguments
internal import Index
internal import Report
internal import SQLite
internal import Vocabulary

// What went wrong below, in the words of whoever asks by URL.

extension Problem {
  /// A question that contradicts itself: the sentence of the command, with options as they are called in a URL.
  init(usage error: UsageError) {
    var detail = error.message
    if !error.choices.isEmpty { detail += " " + error.choices.joined(separator: ", ") + "." }
    if let hint = error.hint { detail += " Help: \(hint)." }
    self.init(.badRequest, optionsAsParameters(detail))
    parameter =
      error.option.map { $0.replacing("-", with: "_") } ?? optionNamed(
        in: error.message, behind: "'--")
      ?? error.hint.flatMap { optionNamed(in: $0, behind: "leave out '--") }
  }

  /// Why a question that was understood has no answer.
  init(failure error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as UsageError: self.init(usage: error)
    case let error as IndexError: self.init(index: error)
    case let error as TooManyGroups:
      self.init(
        .badRequest,
        "\(error). Help: ask for fewer levels, below a longer prefix, or for one bucket.")
    case let error as SQLiteError: self.init(sqlite: error)
    case is RowWindow.Changed:
      self.init(
        .gone,
        "The index has changed, and the rows of the pages before are others now, or in another order. Help: begin again "
          + "without a cursor; with a greater 'limit', up to \(Paging.rowsMax), there are fewer pages."
      )
    case is NoActualCosts: self.init(.badRequest, "\(error)")
    default: self.init(.failed, "\(error)")
    }
  }

  private init(index error: IndexError) {
    switch error {
    case .missing:
      self.init(
        .noIndex, "\(error): it is made by the first sync, and found when it comes.",
        retryAfterSeconds: 5)
    case .noBucket(_, let known, _, _): self.init(slip: error, "bucket", known)
    case .noRegion(_, let known, _): self.init(slip: error, "in_region", known)
    case .noAccount(_, let known): self.init(slip: error, "account", known)
    case .noStorageClass(_, let known): self.init(slip: error, "class", known)
    default: self.init(.unusableIndex, "\(error)", retryAfterSeconds: 5)
    }
  }

  private init(slip error: IndexError, _ parameter: String, _ known: [String]) {
    let some = known.prefix(5).joined(separator: ", ") + (known.count > 5 ? " …" : "")
    self.init(
      .badRequest,
      "\(error)." + (known.isEmpty ? "" : " Help: there are \(some)."))
    self.parameter = parameter
  }

  private init(sqlite error: SQLiteError) {
    switch error.primaryCode {
    case .interrupted:
      self.init(
        .timeout,
        "The question took longer than this server lets one. Help: ask for one bucket or prefix, or have the server "
          + "started with more time for each question.")
    case .busy:
      self.init(.busy, "The index is locked by another program.", retryAfterSeconds: 1)
    default: self.init(.unusableIndex, "\(error)", retryAfterSeconds: 5)
    }
  }
}

/// The first option that a sentence names behind some words, as a parameter is called: what the sentence is about.
private func optionNamed(in text: String, behind words: String) -> String? {
  guard let start = text.firstRange(of: words) else { return nil }
  let name = text[start.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0 == "-") }
  return name.isEmpty ? nil : String(name).replacing("-", with: "_")
}

/// `leave out '--sort'` as `leave out 'sort'`, and `'--by prefix'` as `'by=prefix'`.
func optionsAsParameters(_ text: String) -> String {
  var result = ""
  var rest = text[...]
  while let start = rest.firstRange(of: "--") {
    result += rest[..<start.lowerBound]
    rest = rest[start.upperBound...]
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    guard let first = name.first, first.isLetter else {
      result += "--"
      continue
    }
    result += name.replacing("-", with: "_")
    rest = rest[name.endIndex...]
    // A value that stands in the same quotes.
    if result.dropLast(name.count).last == "'", rest.first == " " {
      result += "="
      rest = rest.dropFirst()
    }
  }
  return result + rest
}

import AWS

/// What an element of an answer says of whether and where a listing goes on.
///
/// Servers write the names of these elements in other cases, and have names of their own for what comes
/// next. No answer that says that it is not all may be taken for all, so an element that begins with
/// `next` says so too, whatever follows.
enum PagingElement: Equatable {
  case isTruncated
  /// `ContinuationToken`: what the request said, repeated; from some servers what comes next.
  case token
  /// `NextContinuationToken`, or `NextToken`.
  case nextToken
  /// `NextMarker`.
  case nextMarker
  case nextKeyMarker
  case nextVersionIDMarker
  case nextUploadIDMarker
  case nextPartNumberMarker
  /// Any other.
  case otherNext

  /// Nil for an element that says nothing of it.
  init?(_ name: String) {
    let name = name.lowercased()
    if let known = Self.known[name] {
      self = known
    } else if name.hasPrefix("next") {
      self = .otherNext
    } else {
      return nil
    }
  }

  private static let known: [String: PagingElement] = [
    "istruncated": .isTruncated, "continuationtoken": .token, "nextcontinuationtoken": .nextToken,
    "nexttoken": .nextToken, "nextmarker": .nextMarker, "nextkeymarker": .nextKeyMarker,
    "nextversionidmarker": .nextVersionIDMarker, "nextuploadidmarker": .nextUploadIDMarker,
    "nextpartnumbermarker": .nextPartNumberMarker,
  ]
}

extension XMLScanner {
  /// What the innermost open element says of more to come; nil when it is another element.
  var pagingElement: PagingElement? { PagingElement(name) }

  /// Whether the element just started, which is read to its end, says anything.
  mutating func nextSaysAnything() throws(XMLError) -> Bool {
    guard let text = try textOrSkip() else { return true }
    return !trimmingBlanks(string(text)).isEmpty
  }

  /// The text of the element just started, which is read to its end; nil where it has children.
  ///
  /// For what serves no purpose, or none that an answer should be refused for.
  mutating func nextStringIfAny() throws(XMLError) -> String? {
    try textOrSkip().map { string($0) }
  }

  /// Refuses an element whose name differs in nothing but case from one of these, which would be passed
  /// over, and with it what the answer is about.
  func refuseOtherCases(of names: String...) throws(XMLError) {
    let written = self.name
    let lower = written.lowercased()
    for name in names where written != name && lower == name.lowercased() {
      throw XMLError(offset: offset, expected: "\(name), not \(written),")
    }
  }
}

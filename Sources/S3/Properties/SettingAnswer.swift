import AWS
import Vocabulary

/// A bucket setting, or a page of one, that can be read from S3's answer to the request for it.
protocol SettingAnswer: Sendable {
  /// The name of the operation in the API Reference; other servers name the root after it.
  static var operation: String { get }
  /// The root of AWS's answer.
  static var root: String { get }
  /// The parameter of the request.
  static var subresource: String { get }

  /// Reads the children of the root.
  init(reading scanner: inout XMLScanner) throws(XMLError)
}

extension SettingAnswer {
  /// Reads the body of an answer; nil when it answers another question.
  ///
  /// Servers that do not know a subresource ignore it and list the bucket (rclone, moto), or say
  /// nothing.
  static func read(_ body: [UInt8]) throws(AnswerError) -> Self? {
    guard !body.isEmpty else { return nil }
    if let found = rootName(of: body), !isRoot(found), found != "Error", found != "ErrorResponse",
      found.lowercased() != "html"
    {
      return nil
    }
    return try readAnswer(body, isRoot: { isRoot($0.name) }) { (scanner) throws(XMLError) in
      try Self(reading: &scanner)
    }
  }

  private static func isRoot(_ name: String) -> Bool {
    name == root || name.hasPrefix(operation)
  }
}

extension XMLScanner {
  /// The number in the element just started, which is read to its end.
  mutating func nextInteger() throws(XMLError) -> Int64 {
    let text = try text()
    guard let number = withBytes(of: text, { paddedDecimal($0) }) else {
      throw XMLError(
        offset: text.range.lowerBound,
        expected: "a whole number, not '\(string(text).prefix(100))',")
    }
    return number
  }

  /// Like `nextInteger()`, nil for 0: some servers send it for what is not set.
  mutating func nextPositive() throws(XMLError) -> Int64? {
    let number = try nextInteger()
    return number > 0 ? number : nil
  }

  /// Whether the element just started, which is read to its end, says so.
  mutating func nextBool() throws(XMLError) -> Bool {
    ["true", "1"].contains(trimmingBlanks(try nextString()).lowercased())
  }

  /// What the element just started, which is read to its end, says of more to come; nil when it is
  /// empty.
  ///
  /// No other word may be taken for the end.
  mutating func nextTruth() throws(XMLError) -> Bool? {
    let text = try text()
    if let answer = withBytes(of: text, truth) { return answer }
    guard trimmingBlanks(string(text)).isEmpty else {
      throw XMLError(
        offset: text.range.lowerBound,
        expected: "true or false as IsTruncated, not '\(string(text).prefix(100))',")
    }
    return nil
  }

  /// The token in the element just started, which is read to its end; nil for nothing but blanks.
  mutating func nextToken() throws(XMLError) -> String? {
    let token = try nextString()
    return trimmingBlanks(token).isEmpty ? nil : token
  }

  /// Whether the element just started, which is read to its end, says `Enabled`.
  mutating func nextIsEnabled() throws(XMLError) -> Bool {
    trimmingBlanks(try nextString()).lowercased() == "enabled"
  }

  /// The word in the element just started, without blanks around it; nil when there is none.
  mutating func nextWord() throws(XMLError) -> String? {
    let word = trimmingBlanks(try nextString())
    return word.isEmpty ? nil : word
  }

  /// The text of the element just started; nil when it is empty.
  mutating func nextNonEmpty() throws(XMLError) -> String? {
    let text = try nextString()
    return text.isEmpty ? nil : text
  }
}

extension RuleFilter {
  /// Reads `Filter`, or the `And` in it: a prefix, tags and sizes (API Reference,
  /// "LifecycleRuleFilter").
  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init()
    try read(&scanner)
  }

  private mutating func read(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "And": try read(&scanner)
      case "Prefix": prefix = try scanner.nextNonEmpty()
      case "Tag":
        let (key, value) = try scanner.nextTag()
        tags = (tags ?? [:]).merging([key: value]) { _, last in last }
      case "ObjectSizeGreaterThan": sizeOver = try scanner.nextInteger()
      case "ObjectSizeLessThan": sizeUnder = try scanner.nextInteger()
      case let name:
        others = (others ?? []) + [name]
        try scanner.skip()
      }
    }
  }

  /// Nil for a filter that lets everything through.
  var orNil: RuleFilter? { isEverything ? nil : self }
}

extension XMLScanner {
  /// The `Key` and `Value` of the element just started.
  mutating func nextTag() throws(XMLError) -> (key: String, value: String) {
    var tag = (key: "", value: "")
    while try nextChild() {
      switch name {
      case "Key": tag.key = try nextString()
      case "Value": tag.value = try nextString()
      default: try skip()
      }
    }
    return tag
  }
}

/// A profile file split into sections and properties, with nothing judged by its name yet.
struct RawProfileFile {
  struct Section {
    /// The text between the brackets.
    var header: Substring
    /// By lower-case name.
    var properties: [String: String] = [:]
  }

  private(set) var sections: [Section] = []

  /// What an indented line would continue.
  private enum Position {
    case outside
    case section
    case property(String)
    /// A property whose first line is empty: indented lines are properties of their own.
    case nested(String)
  }

  private let path: String
  private var position = Position.outside
  private var line = 0
  /// How many blanks the property has in front that a deeper line would continue.
  private var indentation = 0

  init(parsing text: String, path: String) throws(ConfigurationError) {
    self.path = path
    // Characters would keep CR LF together; scalars do not.
    for content in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      line += 1
      try read(Substring(content))
    }
  }

  private mutating func read(_ content: Substring) throws(ConfigurationError) {
    switch content.unicodeScalars.first {
    case "#", ";": return
    case _ where trimmingBlanks(content).isEmpty: return
    case "[": try readHeader(content)
    case " ", "\t": try readIndented(content)
    default: try readProperty(content)
    }
  }

  /// A comment, more of the property above, or the beginning of something of its own.
  ///
  /// As for the CLI, a section whose lines are all indented is one like any other: only what is
  /// deeper than a property continues it. The SDKs' suite knows no such sections and no such comments.
  private mutating func readIndented(_ content: Substring) throws(ConfigurationError) {
    let trimmed = trimmingBlanks(content)
    let depth = content.unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count
    let continues =
      switch position {
      case .outside: !trimmed.hasPrefix("[")
      case .section: !trimmed.hasPrefix("[") && !trimmed.contains("=")
      case .property, .nested: depth > indentation
      }
    switch trimmed.unicodeScalars.first {
    case "#", ";": return
    case _ where continues: try readContinuation(trimmed)
    case "[": try readHeader(trimmed)
    default: try readProperty(trimmed, indentation: depth)
    }
  }

  private mutating func readHeader(_ content: Substring) throws(ConfigurationError) {
    guard let header = Self.header(of: content) else {
      throw error("Profile definition must end with ']'")
    }
    sections.append(Section(header: header))
    position = .section
  }

  /// The text between the brackets; nil when they are not closed.
  private static func header(of content: Substring) -> Substring? {
    func isCommentSign(_ character: Character) -> Bool { character == "#" || character == ";" }
    // After a header a comment needs no space before it.
    let uncommented = trimmingBlanks(content.prefix { !isCommentSign($0) })
    if uncommented.last == "]" { return trimmingBlanks(uncommented.dropFirst().dropLast()) }
    // The name itself may have such a sign in it.
    let end = content.indices.first { index in
      guard content[index] == "]" else { return false }
      return trimmingBlanks(content[index...].dropFirst()).first.map(isCommentSign) ?? true
    }
    return end.map { trimmingBlanks(content[..<$0].dropFirst()) }
  }

  private mutating func readProperty(
    _ content: Substring, indentation: Int = 0
  ) throws(ConfigurationError) {
    guard let last = sections.indices.last else {
      throw error("Expected a profile definition before the first property")
    }
    guard let (name, value) = splitProperty(content) else {
      throw error("Expected an '=' sign defining a property")
    }
    guard !name.isEmpty else { throw error("Property did not have a name") }
    let key = name.lowercased()
    sections[last].properties[key] = String(value)
    position = value.isEmpty ? .nested(key) : .property(key)
    self.indentation = indentation
  }

  private mutating func readContinuation(_ content: Substring) throws(ConfigurationError) {
    guard let last = sections.indices.last else {
      throw error("Expected a profile definition, found continuation")
    }
    switch position {
    case .outside, .section:
      throw error("Expected a property definition, found continuation")
    case .property(let key):
      sections[last].properties[key, default: ""] += "\n" + content
    case .nested(let key):
      guard let (name, _) = splitProperty(content) else {
        throw error("Expected an '=' sign defining a sub-property")
      }
      guard !name.isEmpty else { throw error("Sub-property did not have a name") }
      sections[last].properties[key, default: ""] += "\n" + content
    }
  }

  /// The line itself is not quoted: it may hold a secret.
  private func error(_ problem: String) -> ConfigurationError {
    ConfigurationError(.profileFile(path: path, line: line), "\(path):\(line): \(problem)")
  }
}

/// Name and value around the first `=`, trimmed; nil without one.
///
/// A comment begins at `#` or `;` after a blank.
func splitProperty(_ line: Substring) -> (name: Substring, value: Substring)? {
  var uncommented = line
  var previous: Character?
  for index in line.indices {
    let character = line[index]
    if character == "#" || character == ";", previous == " " || previous == "\t" {
      uncommented = line[..<index]
      break
    }
    previous = character
  }
  guard let equals = uncommented.firstIndex(of: "=") else { return nil }
  return (
    trimmingBlanks(uncommented[..<equals]),
    trimmingBlanks(uncommented[uncommented.index(after: equals)...])
  )
}

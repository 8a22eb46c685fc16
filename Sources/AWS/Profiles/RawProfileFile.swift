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
    case " ", "\t": try readContinuation(trimmingBlanks(content))
    default: try readProperty(content)
    }
  }

  private mutating func readHeader(_ content: Substring) throws(ConfigurationError) {
    // After a header a comment needs no space before it.
    let uncommented = trimmingBlanks(content.prefix { $0 != "#" && $0 != ";" })
    guard uncommented.last == "]" else {
      throw error("Profile definition must end with ']'")
    }
    sections.append(Section(header: trimmingBlanks(uncommented.dropFirst().dropLast())))
    position = .section
  }

  private mutating func readProperty(_ content: Substring) throws(ConfigurationError) {
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
      // No common rule covers a comment here, and people write them.
      if content.hasPrefix("#") || content.hasPrefix(";") { return }
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

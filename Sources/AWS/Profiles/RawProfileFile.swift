/// A profile file split into sections and properties, with nothing judged by its name yet.
///
/// It is read as the AWS CLI reads it, by Python's `configparser`: `=` or `:` ends a name, whatever
/// stands behind the `]` of a header counts for nothing, and a line that is deeper than a property
/// continues it, also when it looks like a header or a property:
///
///     [profile work] ; comment
///     region: eu-west-1
///     s3 =
///       addressing_style = path
///
/// Where SDKs of AWS read what the CLI refuses, such as a section that is there twice, so do we.
/// Nothing is an error here: what cannot be read is the fault of its section.
struct RawProfileFile {
  struct Section {
    /// The text between the brackets, as it is written.
    let header: String
    /// By lower-case name.
    fileprivate(set) var properties: [String: String] = [:]
    /// The first line that cannot be read.
    fileprivate(set) var fault: ProfileRemark?
  }

  /// One for each header, in the order in which they first appear.
  private(set) var sections: [Section] = []
  private(set) var remarks: [ProfileRemark] = []
  /// The first line of all that stand in no section.
  private(set) var stray: ProfileRemark?

  /// What a deeper line would continue.
  private enum Position {
    case outside
    case section
    case property(String)
    /// A property whose first line is empty: deeper lines are properties of their own.
    case nested(String)
    /// A line that cannot be read.
    case fault
  }

  private let path: String
  private var position = Position.outside
  private var line = 0
  /// How many blanks stand before what a deeper line would continue.
  private var indentation = 0
  /// The section that lines belong to.
  private var current: Int?
  private var indexes: [String: Int] = [:]
  /// The properties of the section since its header, to tell those that are there twice.
  private var seen: Set<String> = []

  init(parsing bytes: [UInt8], path: String) {
    self.path = path
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    for slice in lines(of: bytes.dropFirst(hasMark ? 3 : 0)) {
      line += 1
      if hasMark, line == 1 { remark(.refusedByCLI, "A byte order mark stands in front") }
      if let text = String(validating: slice, as: UTF8.self) {
        read(text[...])
      } else {
        readForeign(String(decoding: slice, as: UTF8.self)[...])
      }
    }
  }

  /// A line in another encoding, with what stands for its foreign bytes.
  private mutating func readForeign(_ content: Substring) {
    let problem = "This line is not UTF-8 text"
    guard !isIdle(trimmingBlanks(content)) else { return remark(.refusedByCLI, problem) }
    read(content)
    fault(problem)
  }

  private mutating func read(_ content: Substring) {
    let trimmed = trimmingBlanks(content)
    guard !isIdle(trimmed) else { return }
    let depth = content.unicodeScalars.prefix(while: isBlank).count
    if depth > indentation, readContinuation(trimmed) { return }
    indentation = depth
    if trimmed.unicodeScalars.first == "[" {
      readHeader(trimmed)
    } else {
      readProperty(trimmed, isIndented: depth > 0)
    }
  }

  /// Whether there is nothing on the line but a comment.
  private func isIdle(_ trimmed: Substring) -> Bool {
    let first = trimmed.unicodeScalars.first
    return first == nil || first == "#" || first == ";"
  }

  // MARK: - Headers

  private mutating func readHeader(_ content: Substring) {
    let problem = "Profile definition must end with ']'"
    guard let (header, isFollowed) = Self.header(of: content) else {
      // Who asks for the section that was meant is told of this line.
      let name = content.unicodeScalars.dropFirst().prefix { $0 != "#" && $0 != ";" }
      open(String(trimmingBlanks(Substring(name))))
      return fault(problem)
    }
    open(String(header))
    if trimmingBlanks(header).isEmpty { fault("Profile definition must have a name") }
    if isFollowed { remark(.refusedBySDKs, problem) }
  }

  private mutating func open(_ header: String) {
    position = .section
    seen = []
    if let index = indexes[header] {
      current = index
      remark(.refusedByCLI, "This section is there a second time")
    } else {
      current = sections.count
      indexes[header] = current
      sections.append(Section(header: header))
    }
  }

  /// The text between the brackets, and whether more than a comment follows; nil when they are not
  /// closed.
  ///
  /// The last bracket counts, as for the CLI, unless it is one of a comment.
  private static func header(of content: Substring) -> (text: Substring, isFollowed: Bool)? {
    let scalars = content.unicodeScalars
    var last: Substring.Index?
    for index in scalars.indices where scalars[index] == "]" {
      let next = scalars[scalars.index(after: index)...].first { !isBlank($0) }
      if next == nil || next == "#" || next == ";" {
        return (content[scalars.index(after: scalars.startIndex)..<index], false)
      }
      last = index
    }
    return last.map { (content[scalars.index(after: scalars.startIndex)..<$0], true) }
  }

  // MARK: - Properties

  private mutating func readProperty(_ content: Substring, isIndented: Bool) {
    guard let current else {
      return fault(
        isIndented
          ? "Expected a profile definition, found continuation"
          : "Expected a profile definition before the first property")
    }
    guard let property = PropertyLine(content, delimiters: ["=", ":"]) else {
      var isFirst = false
      if case .section = position { isFirst = true }
      position = .fault
      return fault(
        isIndented && isFirst
          ? "Expected a property definition, found continuation"
          : "Expected an '=' sign defining a property")
    }
    guard !property.name.isEmpty else {
      position = .fault
      return fault("Property did not have a name")
    }
    if property.delimiter == ":" {
      remark(.refusedBySDKs, "Expected an '=' sign defining a property, found ':'")
    }
    let key = property.name.lowercased()
    if !seen.insert(key).inserted {
      remark(.refusedByCLI, "This property is there a second time in its section")
    }
    sections[current].properties[key] = String(property.value)
    position = property.value.isEmpty ? .nested(key) : .property(key)
  }

  /// Takes a line that is deeper than the one above; false where that one cannot be continued.
  private mutating func readContinuation(_ content: Substring) -> Bool {
    guard let current else { return false }
    switch position {
    case .outside, .section: return false
    case .fault: return true
    case .property(let key):
      sections[current].properties[key, default: ""] += "\n" + content
    case .nested(let key):
      guard let property = PropertyLine(content, delimiters: ["="]) else {
        fault("Expected an '=' sign defining a sub-property")
        return true
      }
      if property.name.isEmpty { remark(.refusedBySDKs, "Sub-property did not have a name") }
      sections[current].properties[key, default: ""] += "\n" + content
    }
    return true
  }

  // MARK: - Remarks

  private mutating func fault(_ problem: String) {
    let found = ProfileRemark(path: path, line: line, kind: .unreadable, problem: problem)
    if let current {
      sections[current].fault = sections[current].fault ?? found
    } else {
      // The first says what is wrong: a header is missing above all of them.
      guard stray == nil else { return }
      stray = found
    }
    remarks.append(found)
  }

  private mutating func remark(_ kind: ProfileRemark.Kind, _ problem: String) {
    remarks.append(ProfileRemark(path: path, line: line, kind: kind, problem: problem))
  }
}

/// The lines between line feeds, carriage returns or both, as Python reads a text file.
private func lines(of bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
  var lines: [ArraySlice<UInt8>] = []
  var start = bytes.startIndex
  var index = start
  while index < bytes.endIndex {
    let byte = bytes[index]
    if byte == 0x0A || byte == 0x0D {
      lines.append(bytes[start..<index])
      if byte == 0x0D, index + 1 < bytes.endIndex, bytes[index + 1] == 0x0A { index += 1 }
      start = index + 1
    }
    index += 1
  }
  lines.append(bytes[start...])
  return lines
}

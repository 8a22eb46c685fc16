import Signing
internal import System

/// The process's surroundings as one value: its variables, its home directory and its files.
///
/// Everything in this module that depends on the process takes one of these, so that tests need
/// no process. Redacted, because variables hold secrets.
package struct Environment: Sendable, Redacted {
  /// Reads a whole file; nil when there is none.
  package typealias FileReader = @Sendable (_ path: String) throws(ConfigurationError) -> [UInt8]?

  /// As they are; programs that are run inherit them.
  let variables: [String: String]
  private let fallbackHome: String?
  package let readFile: FileReader

  /// `home` serves when `HOME` is not among the variables, and is asked for only then.
  package init(
    variables: [String: String], home: @autoclosure () -> String? = nil,
    readFile: @escaping FileReader = { (_) throws(ConfigurationError) in nil }
  ) {
    self.variables = variables
    self.readFile = readFile
    // The system's list of users may be far away, behind a daemon or the network.
    fallbackHome = trimmingBlanks(variables["HOME"] ?? "").isEmpty ? home() : nil
  }

  /// The value of a variable without white space around it; nil when unset or blank.
  ///
  /// Blank is unset because that is how scripts and containers clear a variable.
  package subscript(name: String) -> String? {
    guard let value = variables[name] else { return nil }
    let trimmed = trimmingBlanks(value)
    return trimmed.isEmpty ? nil : String(trimmed)
  }

  /// Whether a variable is set and has nothing but white space in it.
  func isBlank(_ name: String) -> Bool {
    variables[name].map { trimmingBlanks($0).isEmpty } ?? false
  }

  /// The home directory, without a slash at its end.
  package var home: String? {
    guard let home = self["HOME"] ?? fallbackHome else { return nil }
    return home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
  }

  /// `path` with a leading `~` replaced by the home directory, if that is known.
  package func expandingTilde(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home else { return path }
    return home + path.dropFirst()
  }

  /// `path` with `$NAME` and `${NAME}` replaced by variables; those that are not set stay.
  func expandingVariables(_ path: String) -> String {
    var expanded = ""
    var rest = path[...]
    while let dollar = rest.firstIndex(of: "$") {
      expanded += rest[..<dollar]
      let after = rest[dollar...].dropFirst()
      let isBraced = after.first == "{"
      let name =
        isBraced
        ? after.dropFirst().prefix { $0 != "}" }
        : after.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
      let end = isBraced ? after[name.endIndex...].dropFirst() : after[name.endIndex...]
      let isClosed = !isBraced || name.endIndex < after.endIndex
      expanded += isClosed ? variables[String(name)] ?? String(rest[dollar..<end.startIndex]) : "$"
      rest = isClosed ? end : after
    }
    return expanded + rest
  }

  /// The environment of this process.
  package static func process() -> Environment {
    Environment(
      variables: ThisProcess.environment, home: ThisProcess.userHome, readFile: readWholeFile)
  }
}

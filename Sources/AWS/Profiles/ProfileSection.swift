import Signing

/// One section of a profile file: a profile, an SSO session or a set of services.
///
/// Redacted, because profiles hold secret keys.
package struct ProfileSection: Hashable, Sendable, Redacted {
  package let name: String
  /// Lower-case names; a value of several lines keeps its line feeds.
  package private(set) var properties: [String: String]
  /// The first line of it that cannot be read.
  private var fault: ProfileRemark?

  package init(name: String, properties: [String: String] = [:], fault: ProfileRemark? = nil) {
    self.name = name
    self.properties = properties
    self.fault = fault
  }

  /// The value of a property; nil when absent or empty.
  package subscript(property: String) -> String? {
    guard let value = properties[property], !value.isEmpty else { return nil }
    return value
  }

  /// The properties nested under `property`, as in `s3 =` followed by indented lines.
  ///
  /// Names are as they are written: the AWS CLI knows them in no other case of letters. Empty when
  /// there are none or when the property has a value of its own.
  package func nested(_ property: String) -> [String: String] {
    guard let value = properties[property], value.hasPrefix("\n") else { return [:] }
    var nested: [String: String] = [:]
    for line in value.split(separator: "\n") {
      // Lines without `=` are a fault of the section.
      guard let line = PropertyLine(line, delimiters: ["="]), !line.value.isEmpty else { continue }
      nested[String(line.name)] = String(line.value)
    }
    return nested
  }

  /// Throws `Kind.profileFile` for a section with a line that nobody can read: what it would have
  /// said is not known.
  package func requireReadable() throws(ConfigurationError) {
    if let fault { throw fault.error }
  }

  /// Takes over the properties of `other`, which win.
  mutating func merge(_ other: ProfileSection) {
    properties.merge(other.properties) { _, new in new }
    fault = fault ?? other.fault
  }
}

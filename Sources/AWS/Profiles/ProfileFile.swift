import Signing

/// One section of a profile file: a profile, an SSO session or a set of services.
///
/// Redacted, because profiles hold secret keys.
package struct ProfileSection: Hashable, Sendable, Redacted {
  package let name: String
  /// Lower-case names; a value of several lines keeps its line feeds.
  package private(set) var properties: [String: String]

  package init(name: String, properties: [String: String] = [:]) {
    self.name = name
    self.properties = properties
  }

  /// The value of a property; nil when absent or empty.
  package subscript(property: String) -> String? {
    guard let value = properties[property], !value.isEmpty else { return nil }
    return value
  }

  /// The properties nested under `property`, as in `s3 =` followed by indented lines.
  ///
  /// Empty when there are none or when the property has a value of its own.
  package func nested(_ property: String) -> [String: String] {
    guard let value = properties[property], value.hasPrefix("\n") else { return [:] }
    var nested: [String: String] = [:]
    for line in value.split(separator: "\n") {
      // The parser has refused lines without `=`.
      guard let (name, value) = splitProperty(line), !value.isEmpty else { continue }
      nested[name.lowercased()] = String(value)
    }
    return nested
  }

  /// Takes over the properties of `other`, which win.
  mutating func merge(_ other: ProfileSection) {
    properties.merge(other.properties) { _, new in new }
  }
}

/// The sections of one file, `~/.aws/config` or `~/.aws/credentials`, by name.
package struct ProfileFile: Sendable {
  /// Which of the two files; their section headers are read differently.
  package enum Kind: Sendable {
    case config
    case credentials
  }

  package let path: String
  /// Why there is nothing to read, such as "does not exist"; nil for a file that was read.
  package let absence: String?
  /// Whether the user may not read what is there.
  package let isRefused: Bool
  package private(set) var profiles: [String: ProfileSection] = [:]
  package private(set) var ssoSessions: [String: ProfileSection] = [:]
  package private(set) var services: [String: ProfileSection] = [:]
  /// Profiles of the credentials file that are no profiles for the SDKs.
  private var profilesWithBlanks: [String: ProfileSection] = [:]

  /// A file that does not exist or, with the `refusal`, cannot be read.
  package init(absentAt path: String, refusal: String? = nil) {
    self.path = path
    absence = refusal.map { "cannot be read: \($0)" } ?? "does not exist"
    isRefused = refusal != nil
  }

  /// Parses a file; the errors are `Kind.profileFile`, with the line.
  ///
  /// Rules of the AWS SDKs and Tools Reference Guide, "Format of the config and credentials
  /// files", as the SDKs' common test suite has them: sections and properties whose names are not
  /// valid are ignored, duplicates are merged and the last value wins.
  package init(
    parsing bytes: [UInt8], at path: String, as kind: Kind
  ) throws(ConfigurationError) {
    self.path = path
    absence = nil
    isRefused = false
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(.profileFile(path: path, line: nil), "\(path) is not UTF-8 text")
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    let parsed = try RawProfileFile(parsing: text, path: path).sections
    let headers = parsed.map { SectionHeader($0.header, in: kind) }
    // `[profile default]` silences `[default]`, wherever it stands.
    let hasPrefixedDefault = headers.contains(.profile("default", isPrefixed: true))
    for (header, section) in zip(headers, parsed) {
      switch header {
      case .profile("default", isPrefixed: false) where hasPrefixedDefault: continue
      case .profile(let name, _): merge(section, named: name, into: \.profiles)
      case .profileWithBlanks(let name): merge(section, named: name, into: \.profilesWithBlanks)
      case .ssoSession(let name): merge(section, named: name, into: \.ssoSessions)
      case .services(let name): merge(section, named: name, into: \.services)
      case .ignored: continue
      }
    }
  }

  /// The profile of that name, also one with blanks in its name.
  ///
  /// `aws configure --profile 'two words'` writes such a name into the credentials file as it is.
  package func profile(_ name: String) -> ProfileSection? {
    profiles[name] ?? profilesWithBlanks[name]
  }

  private mutating func merge(
    _ raw: RawProfileFile.Section, named name: String,
    into sections: WritableKeyPath<ProfileFile, [String: ProfileSection]>
  ) {
    let properties = raw.properties.filter { isValidName($0.key) }
    self[keyPath: sections][name, default: ProfileSection(name: name)]
      .merge(ProfileSection(name: name, properties: properties))
  }
}

/// What the text between brackets stands for.
private enum SectionHeader: Equatable {
  case profile(String, isPrefixed: Bool)
  case profileWithBlanks(String)
  case ssoSession(String)
  case services(String)
  case ignored

  init(_ text: Substring, in kind: ProfileFile.Kind) {
    guard kind == .config else {
      let hasBlanks = text.contains { $0 == " " || $0 == "\t" }
      self =
        hasBlanks ? .profileWithBlanks(String(text)) : .profile(String(text), isPrefixed: false)
      return
    }
    guard text != "default" else {
      self = .profile("default", isPrefixed: false)
      return
    }
    // Like botocore, which splits the words as a shell does: the CLI writes a name that has spaces in
    // quotes. What cannot be split is ignored, as is a name without them.
    let words = (try? CommandWords(splitting: String(text)))?.words ?? []
    guard words.count == 2, !words[1].isEmpty else {
      self = .ignored
      return
    }
    switch words[0] {
    case "profile": self = .profile(words[1], isPrefixed: true)
    case "sso-session": self = .ssoSession(words[1])
    case "services": self = .services(words[1])
    default: self = .ignored
    }
  }
}

/// The characters of names of properties.
private func isValidName(_ text: some StringProtocol) -> Bool {
  !text.isEmpty
    && text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "A"..."Z", "a"..."z", "0"..."9", "_", "-", "/", ".", "%", "@", ":", "+": true
      default: false
      }
    }
}

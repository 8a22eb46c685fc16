/// The sections of one file, `~/.aws/config` or `~/.aws/credentials`, by name.
package struct ProfileFile: Sendable {
  /// Which of the two files; their section headers are read differently.
  package enum Kind: Sendable {
    case config
    case credentials
  }

  /// Where it is; the name of the variable for a file that a blank variable leaves out.
  package let path: String
  /// Why there is nothing to read, such as "does not exist"; nil for a file that was read.
  package let absence: String?
  /// Whether the user may not read what is there.
  package let isRefused: Bool
  /// Lines that cannot be read, and those that other programs read otherwise, in the order of the
  /// file.
  package let remarks: [ProfileRemark]
  /// The first of the lines that stand in no section.
  let stray: ProfileRemark?
  package private(set) var profiles: [String: ProfileSection] = [:]
  package private(set) var ssoSessions: [String: ProfileSection] = [:]
  package private(set) var services: [String: ProfileSection] = [:]
  /// Profiles of the credentials file that are no profiles for the SDKs.
  private var profilesWithBlanks: [String: ProfileSection] = [:]

  /// A file that does not exist or, with the `refusal`, cannot be read.
  package init(absentAt path: String, refusal: String? = nil) {
    self.init(path, absence: refusal.map { "cannot be read: \($0)" } ?? Self.missing, refusal)
  }

  /// The file that a variable names with nothing but blanks: none at all, as for the AWS CLI.
  init(namedByBlank variable: String) {
    self.init(variable, absence: "is blank, so that no file is read")
  }

  private init(_ path: String, absence: String, _ refusal: String? = nil) {
    self.path = path
    self.absence = absence
    isRefused = refusal != nil
    remarks = []
    stray = nil
  }

  /// Why there is nothing to read, in a word or two, as far as that is worth saying in passing.
  var briefAbsence: String? {
    guard let absence else { return nil }
    return isRefused ? absence : absence == Self.missing ? "absent" : "blank"
  }

  private static let missing = "does not exist"

  /// Parses a file.
  ///
  /// Lines are read as by the AWS CLI; see ``RawProfileFile``. What sections and properties are called
  /// is judged as in the AWS SDKs and Tools Reference Guide, "Format of the config and credentials
  /// files", and in the SDKs' common test suite: those whose names are not valid are ignored, duplicates
  /// are merged and the last value wins. A line that cannot be read is the matter of who uses its
  /// section (``ProfileSection/requireReadable()``).
  package init(parsing bytes: [UInt8], at path: String, as kind: Kind) {
    let raw = RawProfileFile(parsing: bytes, path: path)
    self.path = path
    absence = nil
    isRefused = false
    remarks = raw.remarks
    stray = raw.stray
    let parsed = raw.sections.filter { $0.header != Self.inherited }
    let inherited = raw.sections.first { $0.header == Self.inherited }
    let headers = parsed.map { SectionHeader($0.header, in: kind) }
    // `[profile default]` silences `[default]`, wherever it stands.
    let hasPrefixedDefault = headers.contains(.profile("default", isPrefixed: true))
    for (header, section) in zip(headers, parsed) {
      switch header {
      case .profile("default", isPrefixed: false) where hasPrefixedDefault: continue
      // `[ name ]` is one of that name only where there is no other, as the CLI knows it by its blanks.
      case .profile(let name, isPrefixed: false)
      where name != section.header && parsed.contains { $0.header == name }:
        continue
      case .profile(let name, _): profiles[name] = Self.section(section, inherited, name)
      case .profileWithBlanks(let name):
        profilesWithBlanks[name] = Self.section(section, inherited, name)
      case .ssoSession(let name): ssoSessions[name] = Self.section(section, inherited, name)
      case .services(let name): services[name] = Self.section(section, inherited, name)
      case .ignored: continue
      }
    }
  }

  /// The section whose properties all others have too, unless they have their own, as in every file
  /// that `configparser` reads.
  private static let inherited = "DEFAULT"

  private static func section(
    _ raw: RawProfileFile.Section, _ inherited: RawProfileFile.Section?, _ name: String
  ) -> ProfileSection {
    let properties = (inherited?.properties ?? [:]).merging(raw.properties) { _, own in own }
    return ProfileSection(
      name: name, properties: properties.filter { isValidName($0.key) },
      fault: raw.fault ?? inherited?.fault)
  }

  /// The profile of that name, also one with blanks in its name.
  ///
  /// `aws configure --profile 'two words'` writes such a name into the credentials file as it is.
  package func profile(_ name: String) -> ProfileSection? {
    profiles[name] ?? profilesWithBlanks[name]
  }
}

/// What the text between brackets stands for.
private enum SectionHeader: Equatable {
  case profile(String, isPrefixed: Bool)
  case profileWithBlanks(String)
  case ssoSession(String)
  case services(String)
  case ignored

  init(_ header: String, in kind: ProfileFile.Kind) {
    let text = trimmingBlanks(header)
    if text.isEmpty {
      self = .ignored
    } else if kind == .credentials {
      let hasBlanks = text.contains { $0 == " " || $0 == "\t" }
      self =
        hasBlanks ? .profileWithBlanks(String(text)) : .profile(String(text), isPrefixed: false)
    } else {
      self = text == "default" ? .profile("default", isPrefixed: false) : Self.named(text)
    }
  }

  /// A section of two words, of which the first need only begin as expected and the second is its name.
  ///
  /// Like botocore (`build_profile_map`), which splits the words as a shell does: the CLI writes a name
  /// that has spaces in quotes. What cannot be split is ignored, as is a name without them.
  private static func named(_ text: Substring) -> SectionHeader {
    let words = (try? CommandWords(splitting: String(text)))?.words ?? []
    guard words.count == 2, !words[1].isEmpty else { return .ignored }
    if text.hasPrefix("profile") { return .profile(words[1], isPrefixed: true) }
    if text.hasPrefix("sso-session") { return .ssoSession(words[1]) }
    return text.hasPrefix("services") ? .services(words[1]) : .ignored
  }
}

/// The characters of names of properties.
private func isValidName(_ text: some StringProtocol) -> Bool {
  !text.isEmpty
    && text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "A"..."Z", "a"..."z", "0"..."9", "_", "-", "/", ".", "%", "@", "+": true
      default: false
      }
    }
}

/// The user's two profile files, read together.
package struct ProfileFiles: Sendable {
  package let config: ProfileFile
  package let credentials: ProfileFile

  package init(config: ProfileFile, credentials: ProfileFile) {
    self.config = config
    self.credentials = credentials
  }

  /// Reads both files; one that does not exist or that the user may not read is empty, as for the
  /// AWS CLI: keys may come from elsewhere.
  package static func load(
    from environment: Environment
  ) throws(ConfigurationError) -> ProfileFiles {
    let paths = ProfileFilePaths(environment)
    return ProfileFiles(
      config: try paths.config.map { (path) throws(ConfigurationError) in
        try load(path, as: .config, from: environment)
      } ?? ProfileFile(namedByBlank: ProfileFilePaths.configVariable),
      credentials: try paths.credentials.map { (path) throws(ConfigurationError) in
        try load(path, as: .credentials, from: environment)
      } ?? ProfileFile(namedByBlank: ProfileFilePaths.credentialsVariable))
  }

  private static func load(
    _ path: String, as kind: ProfileFile.Kind, from environment: Environment
  ) throws(ConfigurationError) -> ProfileFile {
    let bytes: [UInt8]?
    do {
      bytes = try environment.readFile(path)
    } catch {
      guard case .fileRefused(_, let reason) = error.kind else { throw error }
      return ProfileFile(absentAt: path, refusal: reason)
    }
    guard let bytes else { return ProfileFile(absentAt: path) }
    return ProfileFile(parsing: bytes, at: path, as: kind)
  }

  /// The names in either file, sorted.
  package var profileNames: [String] {
    Set(config.profiles.keys).union(credentials.profiles.keys).sorted()
  }

  /// A profile with what both files say about it; the credentials file wins.
  ///
  /// Who works with it asks first whether all of it could be read (`requireReadable`).
  package func profile(_ name: String) -> ProfileSection? {
    guard var merged = config.profile(name) else { return credentials.profile(name) }
    if let other = credentials.profile(name) { merged.merge(other) }
    return merged
  }

  /// The profile to work with: the option, then `AWS_PROFILE`, then `default`.
  ///
  /// A profile that was asked for must exist (`Kind.profileNotFound`); `default` need not. Throws
  /// `Kind.profileFile` for a line of the profile that cannot be read. Lines that stand in no section were
  /// most likely meant for `default`: their endpoint must not be missed, nor anybody else be stopped.
  package func select(
    option: String?, environment: Environment
  ) throws(ConfigurationError) -> SelectedProfile {
    let (name, origin) = Self.selectedName(option: option, environment: environment)
    if name == "default", let stray = config.stray ?? credentials.stray { throw stray.error }
    guard let section = profile(name) else {
      guard origin == .fallback else { throw notFound(name, origin) }
      return SelectedProfile(
        name: name, origin: origin, section: ProfileSection(name: name), files: self)
    }
    try section.requireReadable()
    return SelectedProfile(name: name, origin: origin, section: section, files: self)
  }

  /// The name of the profile to work with, before any file is read.
  package static func selectedName(
    option: String?, environment: Environment
  ) -> (name: String, origin: ProfileOrigin) {
    if let option { return (option, .option) }
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
      if let name = environment[variable] { return (name, .variable(variable)) }
    }
    return ("default", .fallback)
  }

  private func notFound(
    _ name: String, _ origin: ProfileOrigin
  ) -> ConfigurationError {
    let files = [config, credentials].map { file in
      file.path + (file.briefAbsence.map { " (\($0))" } ?? "")
    }
    let missing = MissingProfile(name: name, origin: origin, files: files)
    return ConfigurationError(
      .profileNotFound(missing), missing.sentence(origin: "\(origin)"), hint: suggestion(for: name))
  }

  private func suggestion(for name: String) -> String {
    if let file = [config, credentials].first(where: \.isRefused) {
      return "make \(file.path) a file that you may read"
    }
    let unreadable = (config.remarks + credentials.remarks).first { $0.kind == .unreadable }
    if let unreadable { return "it may be where a line cannot be read: \(unreadable)" }
    let names = profileNames
    if names.isEmpty { return "create it with 'aws configure --profile'" }
    let near = names.map { (name: $0, distance: editDistance($0, name)) }.filter { $0.distance < 4 }
    if let nearest = near.min(by: { $0.distance < $1.distance }) {
      return "did you mean '\(nearest.name)'?"
    }
    let shown = names.prefix(10).joined(separator: ", ")
    return "the profiles are: \(shown)" + (names.count > 10 ? ", and \(names.count - 10) more" : "")
  }
}

/// Insertions, deletions and replacements between two words (Levenshtein).
private func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (i, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in right.indices {
      let replaced = diagonal + (character == right[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}

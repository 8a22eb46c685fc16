import AWS
import Testing

@Suite struct ProfileFilesTests {
  @Test(arguments: [
    ("[profile a]\nx = 1\ny", 3, "Expected an '=' sign defining a property"),
    ("[profile a]\r\nx\r\n", 2, "Expected an '=' sign defining a property"),
    ("\n\n[profile a", 3, "Profile definition must end with ']'"),
    ("# c\n\n a = b", 3, "Expected a profile definition, found continuation"),
    ("[profile a]\n b", 2, "Expected a property definition, found continuation"),
    ("[profile a]\n b = c\n d", 3, "Expected an '=' sign defining a property"),
    ("[profile \"a;b\"", 1, "Profile definition must end with ']'"),
    ("[profile a]\ns3 =\n = x", 3, "Sub-property did not have a name"),
    ("[", 1, "Profile definition must end with ']'"),
  ])
  func namesFileAndLine(text: String, line: Int, problem: String) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try ProfileFiles.load(from: environment(config: text))
      })
    #expect(error.kind == .profileFile(path: "/home/u/.aws/config", line: line))
    #expect(error.description == "/home/u/.aws/config:\(line): \(problem)")
  }

  @Test func refusesWhatIsNotText() {
    let environment = Environment(variables: ["HOME": "/h"]) { _ throws(ConfigurationError) in
      [0x5B, 0xFF, 0x5D]
    }
    #expect(throws: ConfigurationError.self) { try ProfileFiles.load(from: environment) }
  }

  // As for the AWS CLI: what is needed may come from elsewhere.
  @Test func takesAFileThatMayNotBeReadForNone() throws {
    let files = try ProfileFiles.load(from: lockedEnvironment())
    for file in [files.config, files.credentials] {
      #expect(file.isRefused)
      #expect(file.absence == "cannot be read: Permission denied")
      #expect(file.profiles.isEmpty)
    }
    #expect(try ProfileFiles.load(from: environment()).config.absence == "does not exist")
    #expect(try ProfileFiles.load(from: environment(config: "")).config.absence == nil)
  }

  @Test func refusesAFileThatCannotBeReadForOtherReasons() {
    let environment = Environment(variables: ["HOME": "/h"]) { path throws(ConfigurationError) in
      throw ConfigurationError(.profileFile(path: path, line: nil), "Input/output error")
    }
    #expect(throws: ConfigurationError.self) { try ProfileFiles.load(from: environment) }
  }

  @Test func readsWindowsLineEndsAndByteOrderMarks() throws {
    let text =
      "\u{FEFF}[profile a]\r\nregion = eu-west-1 \r\n\r\ns3 =\r\n  addressing_style = path\r\n"
    let profile = try #require(
      ProfileFiles.load(from: environment(config: text)).profile("a"))
    #expect(profile["region"] == "eu-west-1")
    #expect(profile.nested("s3") == ["addressing_style": "path"])
  }

  @Test func readsTabsQuotedNamesAndCommentsInNestedBlocks() throws {
    let text = """
      [profile\t"my profile"]
      s3 =
        # comment
        addressing_style = virtual # why
      [sso-session s]
      sso_region = eu-west-1
      [services local]
      s3 =
        endpoint_url = http://localhost:9000
      """
    let files = try ProfileFiles.load(from: environment(config: text))
    #expect(files.profile("my profile")?.nested("s3") == ["addressing_style": "virtual"])
    #expect(files.config.ssoSessions["s"]?["sso_region"] == "eu-west-1")
    #expect(
      files.config.services["local"]?.nested("s3") == ["endpoint_url": "http://localhost:9000"])
    #expect(files.profileNames == ["my profile"])
  }

  // The CLI takes each of these; its parser goes by how deep a line is, and drops whole-line comments
  // at any depth.
  @Test func readsIndentedSectionsAndComments() throws {
    let text = """
      [profile a]
        # comment
        region = eu-west-1
          ; comment
        s3 =
          addressing_style = path
        output = json
        [profile b]
          region = eu-west-2
      [profile c]
      region = eu-west-3
        # comment
      """
    let files = try ProfileFiles.load(from: environment(config: text))
    #expect(files.profileNames == ["a", "b", "c"])
    #expect(files.profile("a")?["region"] == "eu-west-1")
    #expect(files.profile("a")?.nested("s3") == ["addressing_style": "path"])
    #expect(files.profile("a")?["output"] == "json")
    #expect(files.profile("b")?["region"] == "eu-west-2")
    #expect(files.profile("c")?["region"] == "eu-west-3")
  }

  // As `aws configure --profile` writes them: in quotes in the one file, bare in the other.
  @Test(arguments: [
    (#"[profile "two words"]"#, "[two words]", "two words"),
    ("[profile 'two words'] # c", "[two words] ; c", "two words"),
    (#"[profile "a;b"]"#, "[a;b]", "a;b"), ("[profile 'a#b']; c]", "[a#b] #", "a#b"),
    (#"[profile "it's"]"#, "[it's]", "it's"), ("[profile ~]", "[~]", "~"),
    (#"[profile 'say "hi"']"#, #"[say "hi"]"#, #"say "hi""#), ("[profile ünï]", "[ünï]", "ünï"),
  ])
  func takesTheNamesThatTheCLITakes(config: String, credentials: String, name: String) throws {
    let files = try ProfileFiles.load(
      from: environment(
        config: config + "\nregion = a", credentials: credentials + "\naws_access_key_id = b"))
    #expect(files.profile(name)?.properties == ["region": "a", "aws_access_key_id": "b"])
  }

  @Test(arguments: ["in valid", "\"open", "''", "'a' b", "back\\"])
  func ignoresNamesThatNoShellWouldTakeForOne(name: String) throws {
    let files = try ProfileFiles.load(from: environment(config: "[profile \(name)]\nregion = a"))
    #expect(files.profileNames.isEmpty)
  }

  @Test func keepsEachFilesOwnKeysAndLetsCredentialsWin() throws {
    let files = try ProfileFiles.load(
      from: environment(
        config: "[default]\nregion = a\naws_access_key_id = config",
        credentials: "[default]\naws_access_key_id = shared"))
    #expect(files.config.profiles["default"]?["aws_access_key_id"] == "config")
    #expect(files.credentials.profiles["default"]?["aws_access_key_id"] == "shared")
    #expect(
      files.profile("default")?.properties == ["region": "a", "aws_access_key_id": "shared"])
  }

  @Test(arguments: [
    (["AWS_CONFIG_FILE": "~/c", "HOME": "/h/"], "/h/c", "/h/.aws/credentials"),
    (["AWS_SHARED_CREDENTIALS_FILE": "/x"], "/home/u/.aws/config", "/x"),
    (["AWS_CONFIG_FILE": " "], "/home/u/.aws/config", "/home/u/.aws/credentials"),
    (["AWS_CONFIG_FILE": "$A/${B}$C", "A": "/a", "B": "b"], "/a/b$C", "/home/u/.aws/credentials"),
    (["AWS_CONFIG_FILE": "/${B/$A$", "A": "a"], "/${B/a$", "/home/u/.aws/credentials"),
    (["AWS_SHARED_CREDENTIALS_FILE": "$T/c", "T": "~"], "/home/u/.aws/config", "/home/u/c"),
  ])
  func expandsTheHomeDirectoryAndVariables(
    variables: [String: String], config: String, credentials: String
  ) {
    let paths = ProfileFilePaths(environment(variables))
    #expect(paths.config == config)
    #expect(paths.credentials == credentials)
  }

  @Test func looksInNoHomeWithoutOne() {
    #expect(ProfileFilePaths(Environment(variables: [:])).config == "~/.aws/config")
  }
}

@Suite struct ProfileSelectionTests {
  private static let config = "[default]\n[profile work]\n[profile home]"

  @Test(
    arguments: [
      (nil, [:], "default", ProfileOrigin.fallback),
      (nil, ["AWS_PROFILE": "work"], "work", .variable("AWS_PROFILE")),
      (nil, ["AWS_DEFAULT_PROFILE": "work"], "work", .variable("AWS_DEFAULT_PROFILE")),
      (
        nil, ["AWS_DEFAULT_PROFILE": "work", "AWS_PROFILE": "home"], "home",
        .variable("AWS_PROFILE")
      ),
      ("home", ["AWS_PROFILE": "work"], "home", .option),
      (nil, ["AWS_PROFILE": ""], "default", .fallback),
    ] as [(String?, [String: String], String, ProfileOrigin)])
  func prefersTheOption(
    option: String?, variables: [String: String], name: String, origin: ProfileOrigin
  ) throws {
    let selected = try selectProfile(option, in: environment(variables, config: Self.config))
    #expect(selected.name == name)
    #expect(selected.origin == origin)
  }

  @Test func needsNoDefaultProfile() throws {
    #expect(try selectProfile(in: environment()).section.properties.isEmpty)
  }

  @Test(arguments: [
    ("wrok", "did you mean 'work'?"),
    ("production", "the profiles are: default, home, work"),
  ])
  func suggestsOtherProfiles(name: String, hint: String) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try selectProfile(name, in: environment(config: Self.config))
      })
    #expect(error.missingProfile?.name == name)
    #expect(
      error.message == """
        the profile '\(name)' of the user's choice is neither in /home/u/.aws/config nor in \
        /home/u/.aws/credentials (absent)
        """)
    #expect(error.hint == hint)
  }

  @Test func saysThatTheFilesOfAnUnknownProfileCannotBeRead() throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try selectProfile("work", in: lockedEnvironment())
      })
    #expect(error.missingProfile?.origin == .option)
    #expect(
      error.message == """
        the profile 'work' of the user's choice is neither in /home/u/.aws/config (cannot be read: \
        Permission denied) nor in /home/u/.aws/credentials (cannot be read: Permission denied)
        """)
    #expect(error.hint == "make /home/u/.aws/config a file that you may read")
  }

  @Test func refusesAnUnknownProfileOfTheEnvironment() throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try selectProfile(in: environment(["AWS_PROFILE": "gone"]))
      })
    #expect(error.message.contains("of AWS_PROFILE"))
    #expect(error.hint == "create it with 'aws configure --profile'")
  }
}

extension ConfigurationError {
  /// The profile that is in neither file; nil for any other error.
  fileprivate var missingProfile: MissingProfile? {
    if case .profileNotFound(let missing) = kind { missing } else { nil }
  }
}

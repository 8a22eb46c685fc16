import AWS
import Testing

@Suite struct ProfileFilesTests {
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
    ("[profile a#b] c", "[a#b]c", "a#b"), ("[profile a]b]", "[a]b] c", "a]b"),
    ("[profiles a]", "[ a ]", "a"), ("[profile-of a]", "[a]", "a"),
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

  @Test(
    arguments: [
      (["AWS_CONFIG_FILE": "~/c", "HOME": "/h/"], "/h/c", "/h/.aws/credentials"),
      (["AWS_SHARED_CREDENTIALS_FILE": "/x"], "/home/u/.aws/config", "/x"),
      (["AWS_CONFIG_FILE": ""], nil, "/home/u/.aws/credentials"),
      (["AWS_CONFIG_FILE": " \u{A0}"], nil, "/home/u/.aws/credentials"),
      (["AWS_SHARED_CREDENTIALS_FILE": ""], "/home/u/.aws/config", nil),
      (
        ["AWS_CONFIG_FILE": "$A/${B}$C", "A": "/a", "B": "b"], "/a/b$C", "/home/u/.aws/credentials"
      ),
      (["AWS_CONFIG_FILE": "/${B/$A$", "A": "a"], "/${B/a$", "/home/u/.aws/credentials"),
      (["AWS_SHARED_CREDENTIALS_FILE": "$T/c", "T": "~"], "/home/u/.aws/config", "/home/u/c"),
    ] as [([String: String], String?, String?)])
  func expandsTheHomeDirectoryAndVariables(
    variables: [String: String], config: String?, credentials: String?
  ) {
    let paths = ProfileFilePaths(environment(variables))
    #expect(paths.config == config)
    #expect(paths.credentials == credentials)
  }

  // The files below the home are there, and are not who was meant.
  @Test func readsNoFileForABlankVariable() throws {
    let environment = environment(
      ["AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": " "],
      config: "[default]\nregion = a", credentials: "[default]\naws_access_key_id = b")
    let files = try ProfileFiles.load(from: environment)
    #expect(files.profile("default") == nil)
    #expect(files.config.absence == "is blank, so that no file is read")
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try selectProfile("x", in: environment) })
    #expect(
      error.message == """
        the profile 'x' of the user's choice is neither in AWS_CONFIG_FILE (blank) nor in \
        AWS_SHARED_CREDENTIALS_FILE (blank)
        """)
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

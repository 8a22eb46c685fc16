import AWS
import Testing

/// A file read as the config file.
private func file(_ text: String) -> ProfileFile {
  ProfileFile(parsing: Array(text.utf8), at: "/c", as: .config)
}

/// Lines, as the AWS CLI reads them; what is expected here is what botocore answers.
@Suite struct ProfileReadingTests {
  @Test(
    arguments: [
      // Either sign ends a name, whichever comes first.
      ("x: 1", ["x": "1"]), ("x : 1", ["x": "1"]), ("x:1=2", ["x": "1=2"]),
      ("x = 1:2", ["x": "1:2"]), ("x: abc=", ["x": "abc="]), ("x:", ["x": ""]),
      ("x:=1", ["x": "=1"]),
      // Python's white space is trimmed.
      ("x =\u{A0}1\u{A0}", ["x": "1"]), ("x\u{3000}=\u{2003}1", ["x": "1"]),
      ("\u{A0}x = 1", ["x": "1"]), ("x = 1\u{1F}\u{B}", ["x": "1"]),
      ("x = \u{FEFF}1", ["x": "\u{FEFF}1"]),
      // Names are lower-case, the last of several counts.
      ("X_y = 1\nx_Y: 2", ["x_y": "2"]),
      // Quotes belong to the value.
      ("x = \"1\"", ["x": "\"1\""]),
      // Deeper lines go on, whatever they look like; comments and blank lines do not end that.
      ("x = 1\n  y = 2", ["x": "1\ny = 2"]), ("x = 1\n  [profile b]", ["x": "1\n[profile b]"]),
      ("x = 1\n# c\n\n\u{A0}2", ["x": "1\n2"]), (" x = 1\n y = 2", ["x": "1", "y": "2"]),
      ("  x = 1\n y = 2\n  z", ["x": "1", "y": "2\nz"]),
      ("x =\n y : 1 = 2", ["x": "\ny : 1 = 2"]),
      // A program may mean what would be a comment elsewhere.
      ("credential_process = p # 1", ["credential_process": "p # 1"]), ("x = p # 1", ["x": "p"]),
      ("x:p;1", ["x": "p;1"]), ("a # b = 1\nx = 2", ["x": "2"]),
    ] as [(String, [String: String])])
  func readsProperties(text: String, expected: [String: String]) throws {
    for end in ["\n", "\r\n", "\r"] {
      let lines = "[profile a]\n\(text)".replacing("\n", with: end)
      let section = try #require(file(lines).profile("a"))
      #expect(section.properties == expected)
      try section.requireReadable()
    }
  }

  @Test(arguments: [
    "[profile a] remark", "[profile a]remark", "[profile a] = 1", "  [profile a] ; c",
    "[profile a]]x#",
    "\u{FEFF}[profile a] x",
  ])
  func takesAnyTextBehindAHeader(header: String) throws {
    let name = header.contains("]]") ? "a]" : "a"
    let section = try #require(file("\(header)\nregion = b").profile(name))
    try section.requireReadable()
    #expect(section["region"] == "b")
  }

  @Test func givesEverySectionWhatDEFAULTHas() {
    let text = """
      [profile a]
      region = own
      [DEFAULT]
      region = common
      output = json
      [sso-session s]
      """
    let file = file(text)
    #expect(file.profile("a")?.properties == ["region": "own", "output": "json"])
    #expect(file.ssoSessions["s"]?["region"] == "common")
    #expect(file.profile("DEFAULT") == nil && file.profile("default") == nil)
  }

  // For botocore two headers that are not the same text are two sections, and the last has the name.
  @Test func replacesASectionThatIsWrittenInAnotherWay() {
    let file = file("[profile a]\nx = 1\ny = 1\n[profile 'a']\nx = 2\n[profile 'a']\nz = 3")
    #expect(file.profile("a")?.properties == ["x": "2", "z": "3"])
  }

  @Test func takesNestedNamesAsTheyAreWritten() throws {
    let section = try #require(file("[profile a]\ns3 =\n  A = 1\n  b:c = 2\n  D =").profile("a"))
    #expect(section.nested("s3") == ["A": "1", "b:c": "2"])
  }
}

/// Lines that nobody can read, and who has to care.
@Suite struct ProfileFaultTests {
  @Test(
    arguments: [
      ("[profile a]\nx = 1\ny", 3, "Expected an '=' sign defining a property"),
      ("[profile a]\r\nx\r\n", 2, "Expected an '=' sign defining a property"),
      ("\n\n[profile a", 3, "Profile definition must end with ']'"),
      ("[profile a # c]x\n[profile a # d", 2, "Profile definition must end with ']'"),
      ("[profile a]\n b", 2, "Expected a property definition, found continuation"),
      ("[profile a]\n b = c\n d", 3, "Expected an '=' sign defining a property"),
      ("[profile a]\n: x", 2, "Property did not have a name"),
      ("[profile a]\ns3 =\n x: y", 3, "Expected an '=' sign defining a sub-property"),
      ("[DEFAULT]\nx\n[profile a]", 2, "Expected an '=' sign defining a property"),
    ])
  func refusesWhoUsesTheSection(text: String, line: Int, problem: String) throws {
    let environment = environment(config: text + "\n[profile b]\nregion = r\n")
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try selectProfile("a", in: environment) })
    #expect(error.kind == .profileFile(path: "/home/u/.aws/config", line: line))
    #expect(error.description == "/home/u/.aws/config:\(line): \(problem)")
    #expect(error.hint != nil)
    // Whoever does not use it is not stopped.
    guard !text.contains("DEFAULT") else { return }
    #expect(try selectProfile("b", in: environment).section["region"] == "r")
    #expect(try selectProfile(in: environment).section.properties.isEmpty)
  }

  @Test(arguments: [
    ("region = a", 1, "Expected a profile definition before the first property"),
    ("# c\n\n a = b", 3, "Expected a profile definition, found continuation"),
    ("words\nx = 1\n[profile b", 1, "Expected a profile definition before the first property"),
  ])
  func takesLinesOfNoSectionForTheDefaults(text: String, line: Int, problem: String) throws {
    let environment = environment(config: text + "\n[profile b]\n", credentials: "[b]")
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try selectProfile(in: environment) })
    #expect(error.description == "/home/u/.aws/config:\(line): \(problem)")
    #expect(try ProfileFiles.load(from: environment).config.remarks.count { $0.line < 3 } <= 2)
    if !text.contains("[profile b") { _ = try selectProfile("b", in: environment) }
  }

  // Which of several lines in another encoding may be the one that counts nobody can tell.
  @Test func refusesTextInAnotherEncodingOnlyWhereItIsUsed() throws {
    let text: [UInt8] =
      Array("# ".utf8) + [0xE9] + Array("\n[profile a]\nregion = r\n[profile b]\nx = ".utf8) + [
        0xE9
      ]
    let environment = Environment(variables: ["HOME": "/h"]) { path throws(ConfigurationError) in
      path == "/h/.aws/config" ? text : nil
    }
    #expect(try selectProfile("a", in: environment).section["region"] == "r")
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try selectProfile("b", in: environment) })
    #expect(error.kind == .profileFile(path: "/h/.aws/config", line: 5))
    let remarks = try ProfileFiles.load(from: environment).config.remarks
    #expect(remarks.map(\.line) == [1, 5])
    #expect(remarks.map(\.kind) == [.refusedByCLI, .unreadable])
  }

  @Test(arguments: [
    ("[profile a]\nsource_profile = b\nrole_arn = r\n[profile b]\nx", 5),
    ("[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nx", 6),
  ])
  func refusesWhoNeedsTheKeysOfTheSection(text: String, line: Int) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(profile: "a", in: environment(config: text))
      })
    #expect(error.kind == .profileFile(path: "/home/u/.aws/config", line: line))
  }

  @Test func refusesWhoNeedsItsEndpoints() throws {
    let environment = environment(config: "[default]\nservices = s\n[services s]\ns3 =\n  x")
    let profile = try selectProfile(in: environment)
    func address(_ url: String?) throws -> ServiceAddress {
      try EndpointSettings(
        environment: environment, profile: profile.section, files: profile.files, endpointURL: url
      ).address(of: .s3, in: .usEast1)
    }
    #expect(throws: ConfigurationError.self) { try address(nil) }
    #expect(try address("http://h").endpoint.description == "http://h")
  }

  @Test func saysWhereAMissingProfileMayBe() throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try selectProfile("work", in: environment(config: "[profile work # prod]\n[profile 'wor"))
      })
    #expect(error.hint?.contains("/home/u/.aws/config:2: Profile definition must end") == true)
  }

  @Test(
    arguments: [
      ("[profile a]\nx: 1", 2, .refusedBySDKs), ("[profile a] b", 1, .refusedBySDKs),
      ("[profile a]\ns3 =\n = x", 3, .refusedBySDKs),
      ("[profile a]\n[profile a]", 2, .refusedByCLI),
      ("[profile a]\nx = 1\nX = 2", 3, .refusedByCLI), ("\u{FEFF}[profile a]", 1, .refusedByCLI),
      ("[profile a]\n[", 2, .unreadable), ("[profile a]\n[]", 2, .unreadable),
    ] as [(String, Int, ProfileRemark.Kind)])
  func remarksOnWhatOthersReadOtherwise(text: String, line: Int, kind: ProfileRemark.Kind) throws {
    let file = file(text)
    #expect(file.remarks.map(\.line) == [line])
    #expect(file.remarks.map(\.kind) == [kind])
    try file.profile("a")?.requireReadable()
  }

  @Test func remarksOnNothingThatEverybodyReads() {
    let text = """
      # comment
      [default] ; comment
      region = eu-west-1 # comment
      s3 =
        # comment
        addressing_style = path

      [profile "two words"]
      credential_process = a
        b
      """
    #expect(file(text).remarks.isEmpty)
  }
}

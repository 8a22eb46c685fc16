import AWS
import Signing
import Testing

@Suite struct CredentialChainTests {
  private static let variables = ["AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "s"]
  private static let shared =
    "[default]\naws_access_key_id = shared\naws_secret_access_key = s\n"
    + "[work]\naws_access_key_id = work\naws_secret_access_key = s\naws_session_token = t"
  private static let config =
    "[default]\naws_access_key_id = config\naws_secret_access_key = s\n[profile work]\n"

  @Test(
    arguments: [
      (nil, variables, shared, "env", "environment variables"),
      (nil, [:], shared, "shared", "shared credentials file"),
      (nil, [:], nil, "config", "config file"),
      ("work", variables, shared, "work", "shared credentials file"),
      ("default", variables, shared, "shared", "shared credentials file"),
      (
        nil, variables.merging(["AWS_PROFILE": "work"]) { $1 }, shared, "env",
        "environment variables"
      ),
      (nil, ["AWS_PROFILE": "work"], shared, "work", "shared credentials file"),
    ] as [(String?, [String: String], String?, String, String)])
  func asksInTheOrderOfTheCLI(
    option: String?, variables: [String: String], shared: String?, id: String, provider: String
  ) async throws {
    let environment = environment(variables, config: Self.config, credentials: shared)
    let found = try #require(try await findCredentials(profile: option, in: environment))
    #expect(found.accessKeyID == id)
    #expect(found.providerName == provider)
    #expect(found.sessionToken?.revealed == (id == "work" ? "t" : nil))
    #expect(found.signing.secretAccessKey.revealed == "s")
  }

  @Test(
    arguments: [
      (["AWS_ACCESS_KEY_ID": "a"], nil, "AWS_SECRET_ACCESS_KEY"),
      ([:], "[default]\naws_access_key_id = a", "aws_secret_access_key"),
    ] as [([String: String], String?, String)])
  func refusesHalfAPair(
    variables: [String: String], shared: String?, lacking: String
  ) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment(variables, credentials: shared))
      })
    #expect(error.kind == .credentialsIncomplete)
    #expect(error.message.hasSuffix("but not \(lacking)"))
  }

  // As for the CLI, which asks for the ID first.
  @Test(
    arguments: [
      (["AWS_SECRET_ACCESS_KEY": "left over"], shared, "shared"),
      ([:], "[default]\naws_secret_access_key = left-over", "config"),
    ] as [([String: String], String?, String)])
  func passesOverASecretWithoutAnID(
    variables: [String: String], shared: String?, id: String
  ) async throws {
    let environment = environment(variables, config: Self.config, credentials: shared)
    #expect(try await findCredentials(in: environment)?.accessKeyID == id)
  }

  @Test func namesASecretWithoutAnIDWhenThereIsNothingElse() async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment(["AWS_SECRET_ACCESS_KEY": "s"]))
      })
    #expect(error.kind == .credentialsMissing)
    #expect(error.message.contains("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"))
  }

  // botocore `EnvProvider.TOKENS`, `SharedCredentialProvider.TOKENS`: the older first.
  @Test(arguments: [
    (["AWS_SECURITY_TOKEN": "old"], "old"),
    (["AWS_SECURITY_TOKEN": "old", "AWS_SESSION_TOKEN": "new"], "old"),
    (["AWS_SECURITY_TOKEN": "", "AWS_SESSION_TOKEN": "new"], "new"),
  ])
  func readsTheOlderNameOfTheToken(tokens: [String: String], expected: String) async throws {
    let variables = Self.variables.merging(tokens) { $1 }
    let fromVariables = try await findCredentials(in: environment(variables))
    #expect(fromVariables?.sessionToken?.revealed == expected)
    let lines = tokens.map { "\n\($0.key.lowercased()) = \($0.value)" }.joined()
    let fromFile = try await findCredentials(
      in: environment(
        credentials: "[default]\naws_access_key_id = a\naws_secret_access_key = s" + lines))
    #expect(fromFile?.sessionToken?.revealed == expected)
  }

  // An indented name continues the value above it, and the whole would become a header.
  @Test(arguments: [
    "aws_secret_access_key = s\naws_access_key_id = a\n  region = b",
    "aws_access_key_id = a\naws_secret_access_key = canary b",
    "aws_access_key_id = a\naws_secret_access_key = s\naws_session_token = canary\u{7}",
  ])
  func refusesKeysThatAreNone(properties: String) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment(credentials: "[default]\n" + properties))
      })
    #expect(error.kind == .credentialsMalformed)
    #expect(!error.message.contains("canary"))
  }

  @Test func saysWhereItLookedInOrder() async throws {
    let environment = environment(config: "[profile work]\nregion = us-east-1")
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(profile: "work", in: environment)
      })
    #expect(error.kind == .credentialsMissing)
    #expect(
      error.message == """
        no AWS credentials found; looked in this order:
          assume role: profile 'work' has no role_arn
          web identity: profile 'work' has no web_identity_token_file
          SSO: profile 'work' has no sso_session or sso_start_url
          shared credentials file: /home/u/.aws/credentials does not exist
          login: profile 'work' has no login_session
          process: profile 'work' has no credential_process
          config file: profile 'work' of /home/u/.aws/config has no aws_access_key_id
          container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and \
        AWS_CONTAINER_CREDENTIALS_FULL_URI are not set
          instance metadata: nothing answers at http://169.254.169.254: no such place
        """)
    #expect(error.hint == nil, "each face has options of its own to name")
  }

  @Test func goesOnWithoutFilesThatMayNotBeRead() async throws {
    let found = try await findCredentials(in: lockedEnvironment(Self.variables))
    #expect(found?.accessKeyID == "env")
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: lockedEnvironment())
      })
    #expect(error.kind == .credentialsMissing)
    for line in [
      "shared credentials file: /home/u/.aws/credentials cannot be read: Permission denied",
      "config file: /home/u/.aws/config cannot be read: Permission denied",
    ] {
      #expect(error.message.contains("\n  \(line)\n"))
    }
  }

  // A session of SSO for bearer tokens is no place of keys.
  @Test func asksOtherPlacesBesideASessionOfSSO() async throws {
    let config = "[default]\nsso_session = dev\n[sso-session dev]\nsso_region = us-east-1"
    let keys =
      #"{"AccessKeyId":"CONTAINER","SecretAccessKey":"s","Token":"t","Expiration":"2009-02-14T05:00:00Z"}"#
    let variables = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"]
    let found = try await findCredentials(
      in: environment(variables, config: config), sender: ScriptedSender(keys))
    #expect(found?.accessKeyID == "CONTAINER")
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment(config: config))
      })
    #expect(
      error.message.contains("for keys of a role run: aws configure sso --profile default"),
      "\(error)")
  }

  // What is left over of other keys says nothing about those of another place.
  @Test(arguments: ["yesterday", "1970-01-01T00:00:00Z"])
  func leavesATimeAloneThatIsOfNoKeys(expiration: String) async throws {
    let environment = environment(
      ["AWS_CREDENTIAL_EXPIRATION": expiration], credentials: Self.shared)
    let found = try await findCredentials(in: environment)
    #expect(found?.accessKeyID == "shared")
    #expect(found?.expiration == nil)
  }

  @Test func saysThatTheEnvironmentHasNoKeys() async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment())
      }
    )
    #expect(
      error.message.contains(
        "\n  environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set\n"))
  }

  // Configured and out of order: an error, not the next place.
  @Test(arguments: [
    "sso_start_url = https://x.test\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r",
    "credential_process = /nowhere/at/all", "login_session = x", "role_arn = arn",
    "web_identity_token_file = /nowhere\nrole_arn = arn",
  ])
  func asksNoOtherPlaceWhenOneDoesNotWork(properties: String) async throws {
    let environment = environment(
      ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], config: "[profile x]\n\(properties)")
    let sender = ScriptedSender([])
    await #expect(throws: ConfigurationError.self) {
      try await findCredentials(profile: "x", in: environment, sender: sender)
    }
    #expect(sender.requests.isEmpty)
  }

  // The CLI would assume the role with those keys; using the keys would be another identity.
  @Test func neverTakesKeysInPlaceOfARole() async {
    let environment = environment(
      config: "[default]\nrole_arn = arn\nsource_profile = default", credentials: Self.shared)
    await #expect(throws: STSError.self) { try await findCredentials(in: environment) }
  }

  // The shared credentials file comes before a process, as in the CLI.
  @Test func prefersSharedKeysToAProcess() async throws {
    let environment = environment(
      config: "[default]\ncredential_process = x", credentials: Self.shared)
    #expect(try await findCredentials(in: environment)?.accessKeyID == "shared")
  }
}

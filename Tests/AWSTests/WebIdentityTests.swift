import AWS
import HTTP
import Signing
import Synchronization
import Testing

@Suite struct WebIdentityTests {
  private static let variables = [
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:env",
    "AWS_ROLE_SESSION_NAME": "session",
  ]
  private static let answer = roleAnswer("TOKEN", action: "AssumeRoleWithWebIdentity")
  private static let config = "[profile x]\nweb_identity_token_file = /other\nrole_arn = arn:x"

  private func environment(
    _ variables: [String: String], config: String = "", tokens: [String: String]
  ) -> Environment {
    Environment(variables: variables, home: "/home/u") { path throws(ConfigurationError) in
      (path == "/home/u/.aws/config" ? config : tokens[path]).map { Array($0.utf8) }
    }
  }

  // Each variable wins over its property, unless --profile leaves the variables out.
  @Test(
    arguments: [
      (variables, nil, "arn:env", "session", "one"), ([:], "x", "arn:x", nil, "two"),
      (variables, "x", "arn:x", nil, "two"),
      (variables.merging(["AWS_PROFILE": "x"]) { $1 }, nil, "arn:env", "session", "one"),
      (["AWS_ROLE_ARN": "arn:env", "AWS_PROFILE": "x"], nil, "arn:env", nil, "two"),
    ] as [([String: String], String?, String, String?, String)])
  func takesVariablesBeforeTheProfile(
    variables: [String: String], option: String?, arn: String, session: String?, token: String
  ) async throws {
    let sender = ScriptedSender(Self.answer)
    let environment = environment(
      variables, config: Self.config, tokens: ["/token": "one\n", "/other": "two"])
    let found = try await findCredentials(profile: option, in: environment, sender: sender)
    #expect(found?.accessKeyID == "TOKEN")
    #expect(found?.accountID == "123456789012")
    let form = sender.requests[0].form
    #expect(form["RoleArn"] == arn)
    #expect(form["WebIdentityToken"] == token)
    #expect(form["RoleSessionName"] == session ?? "s3audit-\(ScriptedSender.start)")
    #expect(sender.requests[0].headerValue("Authorization") == nil)
  }

  @Test func readsTheFileAgainAtEachRenewal() async throws {
    let count = Mutex(0)
    let environment = Environment(variables: Self.variables) { path throws(ConfigurationError) in
      guard path == "/token" else { return nil }
      return Array(
        "token \(count.withLock { count in count += 1; return count })".utf8)
    }
    let sender = ScriptedSender(Self.answer, Self.answer)
    let profile = try selectProfile(in: environment)
    let cache = CredentialCache(
      CredentialChain(profile, sender.context(in: environment, profile.files)))
    for seconds in [0, 2_699, 2_700] as [Int64] {
      _ = try await cache.credentials(
        at: SigningTime(secondsSinceEpoch: ScriptedSender.start + seconds))
    }
    #expect(sender.requests.map { $0.form["WebIdentityToken"] } == ["token 1", "token 2"])
  }

  @Test(
    arguments: [
      (["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"], "the environment has a web identity token file"),
      (variables.merging(["AWS_WEB_IDENTITY_TOKEN_FILE": "/gone"]) { $1 }, "does not exist"),
      (variables.merging(["AWS_WEB_IDENTITY_TOKEN_FILE": "/empty"]) { $1 }, "is empty"),
    ] as [([String: String], String)])
  func refusesHalfOfIt(variables: [String: String], words: String) async throws {
    let sender = ScriptedSender([])
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(
          in: environment(variables, tokens: ["/token": "canary", "/empty": " \n"]), sender: sender)
      })
    #expect(error.kind == .credentialsSource)
    #expect(error.message.contains(words))
    #expect(error.hint != nil)
    #expect(sender.requests.isEmpty)
  }

  @Test func saysWhenTheTokenHasExpired() async throws {
    let sender = ScriptedSender([ScriptedSender.status(400, refusal("ExpiredTokenException"))])
    let error = try #require(
      await #expect(throws: STSError.self) {
        try await findCredentials(
          in: environment(Self.variables, tokens: ["/token": "canary"]), sender: sender)
      })
    #expect(
      error.description == """
        cannot assume the role 'arn:env' of the environment with a web identity: No \
        (ExpiredTokenException, request id r-1)
        """)
    #expect(error.hint?.contains("token file") == true)
    for text in texts(of: error) { #expect(!text.contains("canary")) }
  }
}

import AWS
import HTTP
import Signing
import Testing

@Suite struct AssumeRoleTests {
  private static let config = """
    [profile work]
    role_arn = arn:aws:iam::123456789012:role/Reader
    source_profile = base
    role_session_name = nightly
    external_id = a b&c
    duration_seconds = 7200
    region = eu-west-1
    [profile base]
    aws_access_key_id = BASE
    aws_secret_access_key = s
    aws_session_token = base-token
    region = ap-south-1
    """

  /// The role of the profile above, and what was asked for it.
  private func assume() async throws -> (Credentials, HTTPRequest) {
    let sender = ScriptedSender(roleAnswer("ROLE"))
    let found = try #require(
      try await findCredentials(
        profile: "work", in: environment(config: Self.config), sender: sender))
    return (found, try #require(sender.requests.first))
  }

  @Test func takesTheKeysOfTheRole() async throws {
    let (found, _) = try await assume()
    #expect(found.accessKeyID == "ROLE")
    #expect(found.secretAccessKey.revealed == "secret-ROLE")
    #expect(found.sessionToken?.revealed == "token-ROLE")
    #expect(found.accountID == "123456789012")
    #expect(found.expiration?.secondsSinceEpoch == ScriptedSender.start + 3_600)
    #expect(found.providerName == "assume role")
  }

  @Test func asksForTheRoleAsTheProfileDescribesIt() async throws {
    let (_, request) = try await assume()
    #expect(request.method == "POST")
    #expect(request.url == "https://sts.eu-west-1.amazonaws.com/")
    #expect(
      request.form == [
        "Action": "AssumeRole", "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::123456789012:role/Reader", "RoleSessionName": "nightly",
        "ExternalId": "a b&c", "DurationSeconds": "7200",
      ])
  }

  @Test func signsTheQuestionWithTheKeysOfTheSourceProfile() async throws {
    let (_, request) = try await assume()
    #expect(request.headerValue("X-Amz-Security-Token") == "base-token")
    let authorization = try #require(request.headerValue("Authorization"))
    #expect(
      authorization.contains("Credential=BASE/20090213/eu-west-1/sts/aws4_request"))
    #expect(authorization.contains("content-type;host;x-amz-date;x-amz-security-token"))
  }

  /// The second of two roles, and what was asked for both.
  private func assumeTwo() async throws -> (Credentials?, [HTTPRequest]) {
    let sender = ScriptedSender(roleAnswer("FIRST"), roleAnswer("SECOND"))
    let config = """
      [profile a]
      role_arn = arn:a
      source_profile = b
      [profile b]
      role_arn = arn:b
      credential_source = Environment
      """
    let found = try await findCredentials(
      profile: "a",
      in: environment(
        ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s"], config: config),
      sender: sender)
    return (found, sender.requests)
  }

  @Test func assumesOneRoleWithTheCredentialsOfAnother() async throws {
    let (found, requests) = try await assumeTwo()
    #expect(found?.accessKeyID == "SECOND")
    #expect(requests.map { $0.form["RoleArn"] } == ["arn:b", "arn:a"])
    #expect(requests[0].headerValue("Authorization")?.contains("Credential=ENV/") == true)
    #expect(requests[0].headerValue("X-Amz-Security-Token") == nil)
    #expect(requests[1].headerValue("Authorization")?.contains("Credential=FIRST/") == true)
    #expect(requests[1].headerValue("X-Amz-Security-Token") == "token-FIRST")
  }

  @Test func namesASessionByItsTimeWhereTheProfileDoesNot() async throws {
    let (_, requests) = try await assumeTwo()
    #expect(requests[0].form["RoleSessionName"] == "s3audit-\(ScriptedSender.start)")
  }

  @Test func takesTheCredentialsOfAContainer() async throws {
    let sender = ScriptedSender(
      #"{"AccessKeyId":"TASK","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z"}"#,
      roleAnswer("ROLE"))
    let found = try await findCredentials(
      in: environment(
        ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"],
        config: "[default]\nrole_arn = arn:r\ncredential_source = ecscontainer"),
      sender: sender)
    #expect(found?.accessKeyID == "ROLE")
    #expect(sender.requests[1].headerValue("Authorization")?.contains("Credential=TASK/") == true)
  }

  // The token's role belongs to the source profile, its endpoint and region to the profile in use.
  @Test func readsTheSourceProfileAloneWithTheRegionOfTheProfileInUse() async throws {
    let variables = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere", "AWS_ROLE_ARN": "arn:wrong"]
    let config = """
      [profile a]
      role_arn = arn:a
      source_profile = b
      region = eu-west-1
      [profile b]
      role_arn = arn:b
      web_identity_token_file = /home/u/.aws/credentials
      region = ap-south-1
      """
    let sender = ScriptedSender(
      roleAnswer("TOKEN", action: "AssumeRoleWithWebIdentity"), roleAnswer("ROLE"))
    let found = try await findCredentials(
      profile: "a", in: environment(variables, config: config, credentials: "[token]"),
      sender: sender)
    #expect(found?.accessKeyID == "ROLE")
    #expect(
      sender.requests.map(\.url)
        == Array(repeating: "https://sts.eu-west-1.amazonaws.com/", count: 2))
    #expect(sender.requests[0].form["RoleArn"] == "arn:b")
    #expect(sender.requests[0].form["WebIdentityToken"] == "[token]")
    #expect(sender.requests[0].headerValue("Authorization") == nil)
  }

  @Test(
    arguments: [
      ("role_arn = arn:r", "neither source_profile nor credential_source"),
      (
        "role_arn = arn:r\nsource_profile = x\ncredential_source = Environment",
        "both source_profile and credential_source"
      ),
      ("role_arn = arn:r\nsource_profile = gone", "source_profile 'gone' of profile 'x'"),
      ("role_arn = arn:r\nsource_profile = x", "form a loop: x → x"),
      ("role_arn = arn:r\nsource_profile = y", "form a loop: x → y → x"),
      ("role_arn = arn:r\ncredential_source = Moon", "credential_source 'Moon' of profile 'x'"),
      ("role_arn = arn:r\nsource_profile = z\nduration_seconds = 1h", "duration_seconds"),
    ] as [(String, String)])
  func refusesProfilesThatLeadNowhere(properties: String, words: String) async throws {
    let config =
      "[profile x]\n\(properties)\n[profile y]\nrole_arn = arn:y\nsource_profile = x\n"
      + "[profile z]\naws_access_key_id = Z\naws_secret_access_key = s"
    let sender = ScriptedSender([])
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(
          profile: "x", in: environment(config: config), sender: sender)
      })
    #expect(error.kind == .credentialsSource)
    #expect(error.message.contains(words))
    #expect(error.hint != nil)
    #expect(sender.requests.isEmpty)
  }

  @Test func refusesMFAWithAWayOut() async throws {
    let config = """
      [profile top]
      role_arn = arn:t
      source_profile = x
      [profile x]
      role_arn = arn:x
      source_profile = base
      mfa_serial = arn:aws:iam::1:mfa/u
      [profile base]
      aws_access_key_id = Z
      aws_secret_access_key = s
      """
    let sender = ScriptedSender([])
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(
          profile: "top", in: environment(config: config), sender: sender)
      })
    #expect(error.kind == .codeNeeded(profile: "top", origin: .option))
    #expect(error.message.contains("the role of profile 'x' needs a code of an MFA device"))
    #expect(sender.requests.isEmpty)
  }

  @Test func saysWhatTheSourceProfileLacks() async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(
          profile: "a",
          in: environment(
            config: "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nregion = x"))
      })
    #expect(error.kind == .credentialsMissing)
    #expect(error.message.contains("no credentials in profile 'b', the source_profile of a role"))
    #expect(error.message.contains("profile 'b' of /home/u/.aws/config has no aws_access_key_id"))
  }

  @Test func tellsWhyARoleWasRefused() async throws {
    let sender = ScriptedSender([
      ScriptedSender.status(
        403, refusal("AccessDenied", "User: u is not authorized to perform: sts:AssumeRole&#7;."))
    ])
    let error = try #require(
      await #expect(throws: STSError.self) {
        try await findCredentials(
          profile: "work", in: environment(config: Self.config), sender: sender)
      })
    #expect(
      error.description == """
        cannot assume the role 'arn:aws:iam::123456789012:role/Reader' of profile 'work': User: u \
        is not authorized to perform: sts:AssumeRole\\u{7} (AccessDenied, request id r-1)
        """)
    #expect(error.hint?.contains("trust policy") == true)
    #expect(sender.requests.count == 1)
  }
}

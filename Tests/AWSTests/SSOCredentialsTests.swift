import AWS
import HTTP
import Signing
import Testing

@Suite struct SSOCredentialsTests {
  private static let config = """
    [profile work]
    sso_session = dev
    sso_account_id = 012345678901
    sso_role_name = Some/Role
    [sso-session dev]
    sso_region = eu-west-1
    sso_start_url = https://d-abc123.awsapps.com/start
    """
  private static let legacyConfig = """
    [profile work]
    sso_start_url = https://d-abc123.awsapps.com/start
    sso_region = eu-west-1
    sso_account_id = 012345678901
    sso_role_name = Some/Role
    """
  // SHA-1 of "dev" and of the start URL.
  private static let cache = ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json"
  private static let legacyCache = ".aws/sso/cache/40a89917e3175433e361b710a9d43528d7f1890a.json"

  private static let keys = """
    {"roleCredentials": {"accessKeyId": "ASIA1", "secretAccessKey": "canary-secret", \
    "sessionToken": "canary-session", "expiration": 1800003600123}}
    """

  private static func token(
    expiresIn seconds: Int64 = 3_600, registrationFor registration: Int64 = 86_400,
    without missing: String? = nil
  ) -> String {
    let members = [
      "accessToken": "canary-access", "expiresAt": time(seconds).iso8601,
      "refreshToken": "canary-refresh", "clientId": "client", "clientSecret": "canary-client",
      "registrationExpiresAt": time(registration).iso8601, "region": "eu-west-1",
      "startUrl": "https://d-abc123.awsapps.com/start", "scopes": "sso:account:access",
    ]
    let texts = members.filter { $0.key != missing }.map { "\"\($0.key)\": \"\($0.value)\"" }
    return "{\(texts.joined(separator: ", "))}"
  }

  private static func find(_ fixture: ProviderFixture) async throws -> Credentials? {
    try await SSOCredentials(try fixture.profile(), try fixture.context).credentials()
  }

  /// The error, after a look for secrets in it.
  private static func failure(_ fixture: ProviderFixture) async throws -> ConfigurationError {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await find(fixture) })
    for text in texts(of: error) + [error.hint ?? ""] { #expect(!text.contains("canary")) }
    #expect(error.message.contains("'work'"))
    return error
  }

  /// The two ways in which a profile names its login.
  enum Login: CaseIterable {
    case session, legacy
  }

  /// Finds credentials with the token of a login that lasts.
  private static func trade(
    _ login: Login
  ) async throws -> (found: Credentials, request: HTTPRequest) {
    let fixture = try ProviderFixture(
      config: login == .session ? config : legacyConfig, answers: [reply(keys)])
    try fixture.write(token(), to: login == .session ? cache : legacyCache)
    let found = try #require(try await find(fixture))
    return (found, try #require(fixture.requests.first))
  }

  @Test(arguments: Login.allCases)
  func takesTheKeysOfTheRole(login: Login) async throws {
    let found = try await Self.trade(login).found
    #expect(found.accessKeyID == "ASIA1")
    #expect(found.secretAccessKey.revealed == "canary-secret")
    #expect(found.sessionToken?.revealed == "canary-session")
    #expect(found.expiration == time(3_600))
    #expect(found.accountID == "012345678901")
  }

  @Test(arguments: Login.allCases)
  func tradesTheTokenForTheKeys(login: Login) async throws {
    let request = try await Self.trade(login).request
    #expect(request.method == "GET")
    #expect(
      request.url == "https://sso.eu-west-1.test/federation/credentials"
        + "?role_name=Some%2FRole&account_id=012345678901")
    #expect(request.header("x-amz-sso_bearer_token") == "canary-access")
  }

  // MARK: Renewal

  private static let secondsToRenewal: [Int64] = [-10, 0, 899]

  /// Finds credentials where the token of the cache ends in so many seconds.
  private static func renew(expiresIn seconds: Int64) async throws -> ProviderFixture {
    let fixture = try ProviderFixture(
      config: config,
      answers: [
        reply(
          #"{"accessToken": "new-access", "refreshToken": "new-refresh", "expiresIn": 28800}"#),
        reply(keys),
      ])
    try fixture.write(token(expiresIn: seconds), to: cache)
    #expect(try await find(fixture)?.accessKeyID == "ASIA1")
    return fixture
  }

  @Test(arguments: secondsToRenewal)
  func renewsATokenThatEndsSoon(seconds: Int64) async throws {
    let requests = try await Self.renew(expiresIn: seconds).requests
    #expect(requests.map(\.method) == ["POST", "GET"])
    #expect(requests.first?.url == "https://sso_oidc.eu-west-1.test/token")
    #expect(requests.first?.header("Content-Type") == "application/json")
    #expect(
      try requests.first?.bodyTexts() == [
        "clientId": "client", "clientSecret": "canary-client", "grantType": "refresh_token",
        "refreshToken": "canary-refresh",
      ])
    #expect(requests.last?.header("x-amz-sso_bearer_token") == "new-access")
  }

  @Test(arguments: secondsToRenewal)
  func keepsARenewedToken(seconds: Int64) async throws {
    let fixture = try await Self.renew(expiresIn: seconds)
    #expect(
      try fixture.readTexts(Self.cache) == [
        "accessToken": "new-access", "refreshToken": "new-refresh",
        "expiresAt": time(28_800).iso8601, "clientId": "client", "clientSecret": "canary-client",
        "registrationExpiresAt": time(86_400).iso8601, "region": "eu-west-1",
        "startUrl": "https://d-abc123.awsapps.com/start", "scopes": "sso:account:access",
      ])
    #expect(try fixture.permissions(of: Self.cache) == 0o600)
    #expect(try fixture.names(in: ".aws/sso/cache").count == 1)
  }

  @Test func leavesATokenAloneThatLastsLongEnough() async throws {
    let fixture = try ProviderFixture(config: Self.config, answers: [reply(Self.keys)])
    try fixture.write(Self.token(expiresIn: 900), to: Self.cache)
    #expect(try await Self.find(fixture) != nil)
    #expect(fixture.requests.count == 1)
  }

  @Test(arguments: [
    reply(#"{"error": "invalid_grant"}"#, status: 400), reply("{}"), reply("oops", status: 500),
    .failure(HTTPError(.connect, "no route", url: "https://x.test")),
  ])
  func usesTheOldTokenWhileItLastsWhenRenewalFails(
    answer: Result<HTTPResponse, HTTPError>
  ) async throws {
    let isTransient = (try? answer.get().status == 500) ?? true
    let failures = Array(repeating: answer, count: isTransient ? 3 : 1)
    let fixture = try ProviderFixture(config: Self.config, answers: failures + [reply(Self.keys)])
    try fixture.write(Self.token(expiresIn: 60), to: Self.cache)
    #expect(try await Self.find(fixture)?.accessKeyID == "ASIA1")
    #expect(fixture.requests.last?.header("x-amz-sso_bearer_token") == "canary-access")
    #expect(try fixture.readTexts(Self.cache)["accessToken"] == "canary-access")
  }

  // A refresh token is good once, and a session may serve several profiles and programs.
  @Test func takesTheTokenOfWhoeverWasQuicker() async throws {
    let fixture = try ProviderFixture(
      config: Self.config,
      answers: [reply(#"{"error": "invalid_grant"}"#, status: 400), reply(Self.keys)])
    try fixture.write(Self.token(expiresIn: -1), to: Self.cache)
    var context = try fixture.context
    let send = context.send
    context.send = { request async throws(HTTPError) in
      // It is there by the time of the refusal.
      let other = Self.token(expiresIn: 60).replacing("canary-access", with: "other-access")
      if request.method == "POST" { try? fixture.write(other, to: Self.cache) }
      return try await send(request)
    }
    let found = try await SSOCredentials(try fixture.profile(), context).credentials()
    #expect(found?.accessKeyID == "ASIA1")
    #expect(fixture.requests.map(\.method) == ["POST", "GET"])
    #expect(fixture.requests.last?.header("x-amz-sso_bearer_token") == "other-access")
  }

  @Test(arguments: ["refreshToken", "clientId", "clientSecret", "registrationExpiresAt"])
  func asksForALoginWhenATokenCannotBeRenewed(missing: String) async throws {
    let fixture = try ProviderFixture(config: Self.config)
    try fixture.write(Self.token(expiresIn: -1, without: missing), to: Self.cache)
    let error = try await Self.failure(fixture)
    #expect(error.kind == .credentialsExpired)
    #expect(error.message.contains(Self.cache))
    #expect(error.hint == "run: aws sso login --profile work")
    #expect(fixture.requests.isEmpty)
  }

  @Test func asksForALoginWhenTheRegistrationHasEnded() async throws {
    let fixture = try ProviderFixture(config: Self.config)
    try fixture.write(Self.token(expiresIn: 0, registrationFor: 0), to: Self.cache)
    #expect(try await Self.failure(fixture).kind == .credentialsExpired)
    #expect(fixture.requests.isEmpty)
  }

  @Test func neverRenewsATokenOfTheOldForm() async throws {
    let fixture = try ProviderFixture(config: Self.legacyConfig)
    try fixture.write(Self.token(expiresIn: 0), to: Self.legacyCache)
    #expect(try await Self.failure(fixture).kind == .credentialsExpired)
    #expect(fixture.requests.isEmpty)
  }

  @Test func saysWhyAnExpiredTokenIsNotRenewed() async throws {
    let fixture = try ProviderFixture(
      config: Self.config,
      answers: [reply(#"{"error": "invalid_grant", "error_description": "canary"}"#, status: 400)])
    try fixture.write(Self.token(expiresIn: -1), to: Self.cache)
    let error = try await Self.failure(fixture)
    #expect(error.kind == .credentialsExpired)
    #expect(error.message.hasSuffix("cannot be renewed (status 400, invalid_grant)"))
  }

  // A home that is mounted read-only, as in many containers; root may write anywhere, so the
  // folder is made to be none.
  @Test func worksWhereTheTokenCannotBeKept() async throws {
    let fixture = try ProviderFixture(
      config: Self.config,
      answers: [reply(#"{"accessToken": "new-access", "expiresIn": 60}"#), reply(Self.keys)])
    let text = Self.token(expiresIn: 0)
    var context = try fixture.context
    context.environment = Environment(variables: [:], home: "/nowhere") {
      path throws(ConfigurationError) in
      path.hasPrefix("/nowhere/.aws/sso/cache/34c6") ? Array(text.utf8) : nil
    }
    let found = try await SSOCredentials(try fixture.profile(), context).credentials()
    #expect(found?.accessKeyID == "ASIA1")
    #expect(fixture.requests.last?.header("x-amz-sso_bearer_token") == "new-access")
  }

  // MARK: What is wrong

  @Test func saysWhereItLookedForTheToken() async throws {
    let error = try await Self.failure(try ProviderFixture(config: Self.config))
    #expect(error.kind == .credentialsMissing)
    #expect(error.message.contains("/\(Self.cache) does not exist"))
    #expect(error.hint == "run: aws sso login --profile work")
  }

  @Test(arguments: [
    "", "canary", "[]", "{}", token(without: "accessToken"), token(without: "expiresAt"),
    #"{"accessToken": "canary", "expiresAt": "canary"}"#, #"{"accessToken": 1}"#,
  ])
  func refusesATokenThatIsNone(text: String) async throws {
    let fixture = try ProviderFixture(config: Self.config)
    try fixture.write(text, to: Self.cache)
    let error = try await Self.failure(fixture)
    #expect(error.kind == .credentialsMalformed)
    #expect(error.message.contains(Self.cache))
  }

  @Test(arguments: [
    (config.replacing("sso_account_id = 012345678901", with: ""), "no sso_account_id"),
    (config.replacing("sso_role_name = Some/Role", with: ""), "no sso_role_name"),
    (config.replacing("sso_region = eu-west-1", with: ""), "no sso_region"),
    (
      config.replacing("sso_start_url = https://d-abc123.awsapps.com/start", with: ""),
      "no sso_start_url"
    ),
    (config.replacing("[sso-session dev]", with: "[sso-session other]"), "no section"),
    (
      config.replacing("[sso-session", with: "sso_region = us-east-1\n[sso-session"),
      "another sso_region"
    ),
    (config.replacing("eu-west-1", with: "eu.canary"), "sso_region"),
    ("[profile work]\nsso_session = canary\nsso_account_id = 1", "no section"),
    (
      "[profile work]\nsso_start_url = canary\nsso_account_id = 1",
      "no sso_role_name and no sso_region"
    ),
    ("[profile work]\nsso_role_name = canary", "no sso_account_id and no sso_region"),
  ])
  func refusesSettingsThatDoNotFit(config: String, problem: String) async throws {
    let fixture = try ProviderFixture(config: config)
    let error = try await Self.failure(fixture)
    #expect(error.message.contains(problem))
    #expect(error.message.contains("/.aws/config"))
    #expect(fixture.requests.isEmpty)
  }

  @Test(arguments: [
    "region = us-east-1", "sso_region = us-east-1",
    // A session for bearer tokens, whose section is nobody's business here.
    "sso_session = dev", "sso_start_url = https://x.test",
    "sso_session = dev\naws_access_key_id = a\naws_secret_access_key = s",
    "sso_session = dev\ncredential_process = x",
  ])
  func leavesOtherProfilesToOthers(properties: String) async throws {
    let fixture = try ProviderFixture(config: "[profile work]\n" + properties)
    #expect(try await Self.find(fixture) == nil)
  }

  @Test func asksForALoginWhenThePortalKnowsTheTokenNoMore() async throws {
    let fixture = try ProviderFixture(
      config: Self.config,
      answers: [
        reply(
          #"{"message": "canary"}"#, status: 401,
          headers: [HTTPHeader(name: "x-amzn-ErrorType", value: "UnauthorizedException:http://x/")])
      ])
    try fixture.write(Self.token(), to: Self.cache)
    let error = try await Self.failure(fixture)
    #expect(error.kind == .credentialsExpired)
    #expect(error.message.hasSuffix("(status 401, UnauthorizedException)"))
    #expect(error.hint == "run: aws sso login --profile work")
  }

  @Test(arguments: [
    (403, #"{"__type": "com.amazonaws#ForbiddenException", "message": "canary"}"#),
    (404, #"{"message": "canary"}"#), (302, "canary"), (200, "{}"), (200, "canary"),
    (200, #"{"roleCredentials": {"accessKeyId": "canary"}}"#),
    (200, #"{"roleCredentials": {"accessKeyId": "a", "secretAccessKey": "canary\r\nx"}}"#),
  ])
  func refusesAnAnswerWithoutKeys(status: Int, body: String) async throws {
    let fixture = try ProviderFixture(config: Self.config, answers: [reply(body, status: status)])
    try fixture.write(Self.token(), to: Self.cache)
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await Self.find(fixture) })
    for text in texts(of: error) + [error.hint ?? ""] { #expect(!text.contains("canary")) }
    #expect(fixture.requests.count == 1)
  }

  @Test func triesThreeTimes() async throws {
    let lost = HTTPError(.connectionLost, "reset", url: "https://x.test")
    let good = try ProviderFixture(
      config: Self.config,
      answers: [.failure(lost), reply("", status: 429), reply(Self.keys)])
    try good.write(Self.token(), to: Self.cache)
    #expect(try await Self.find(good) != nil)

    let bad = try ProviderFixture(
      config: Self.config, answers: Array(repeating: .failure(lost), count: 4))
    try bad.write(Self.token(), to: Self.cache)
    await #expect(throws: HTTPError.self) { try await Self.find(bad) }
    #expect(bad.requests.count == 3)
  }

  @Test func saysWhatAProfileLacks() throws {
    let plain = try ProviderFixture(config: "[profile work]\nregion = us-east-1")
    #expect(
      SSOCredentials(try plain.profile(), try plain.context).absence
        == "profile 'work' has no sso_session or sso_start_url")
    let session = try ProviderFixture(config: "[profile work]\nsso_session = dev")
    #expect(
      SSOCredentials(try session.profile(), try session.context).absence
        == "profile 'work' has no sso_account_id and no sso_role_name; for keys of a role run: "
        + "aws configure sso --profile work")
  }
}

import AWS
import Foundation
import HTTP
import Signing
import TestSupport
import Testing

@Suite struct LoginCredentialsTests {
  private static let config = """
    [profile work]
    region = eu-west-1
    login_session = arn:aws:iam::123456789012:user/Admin
    """
  private static let cacheName = SHA256.hex("arn:aws:iam::123456789012:user/Admin".utf8)
  private static let cache = ".aws/login/cache/\(cacheName).json"
  // The key of RFC 7515, appendix A.3.
  private static let key = """
    -----BEGIN EC PRIVATE KEY-----\\n\
    MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\\n\
    AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\\n\
    focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\\n\
    -----END EC PRIVATE KEY-----\\n
    """
  private static let renewed = """
    {"accessToken": {"accessKeyId": "ASIA2", "secretAccessKey": "s2", "sessionToken": "t2"}, \
    "tokenType": "aws_sigv4", "refreshToken": "r2", "expiresIn": 900}
    """

  private static func token(
    expiresIn seconds: Int64, key: String = key, more: String = "", without missing: String? = nil
  ) -> String {
    func text(_ members: [String: String]) -> String {
      let present = members.filter { $0.key != missing }
      return "{\(present.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", "))"
    }
    let keys = text([
      "accessKeyId": "\"ASIA1\"", "secretAccessKey": "\"canary-secret\"",
      "sessionToken": "\"canary-session\"", "accountId": "\"123456789012\"",
      "expiresAt": "\"\(time(seconds).iso8601)\"",
    ])
    let members = text([
      "accessToken": "\(keys)}", "refreshToken": "\"canary-refresh\"",
      "clientId": "\"arn:aws:signin:::devtools/same-device\"", "dpopKey": "\"\(key)\"",
      "idToken": "\"canary-id\"",
    ])
    return "\(members)\(more)}"
  }

  private static func find(_ fixture: ProviderFixture) async throws -> Credentials? {
    try await LoginCredentials(try fixture.profile(), try fixture.context).credentials()
  }

  /// The error, after a look for secrets in it.
  private static func failure(_ fixture: ProviderFixture) async throws -> ConfigurationError {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await find(fixture) })
    for text in texts(of: error) + [error.hint ?? ""] {
      #expect(!text.contains("canary") && !text.contains("MHcCAQEE"))
    }
    #expect(error.message.contains("'work'"))
    return error
  }

  @Test func usesTheKeysWhileTheyLast() async throws {
    let fixture = try ProviderFixture(config: Self.config)
    try fixture.write(Self.token(expiresIn: 301), to: Self.cache)
    let found = try #require(try await Self.find(fixture))
    #expect(found.accessKeyID == "ASIA1")
    #expect(found.secretAccessKey.revealed == "canary-secret")
    #expect(found.sessionToken?.revealed == "canary-session")
    #expect(found.accountID == "123456789012")
    #expect(found.expiration == time(301))
    #expect(found.providerName == "login")
  }

  // The key is needed for a renewal alone.
  @Test func readsTheProofKeyOnlyToRenew() async throws {
    let fixture = try ProviderFixture(config: Self.config)
    try fixture.write(Self.token(expiresIn: 301, key: "no key"), to: Self.cache)
    #expect(try await Self.find(fixture) != nil)
  }

  @Test func looksWhereTheVariableSays() async throws {
    let folder = try TemporaryFolder()
    let fixture = try ProviderFixture(
      config: Self.config, variables: ["AWS_LOGIN_CACHE_DIRECTORY": folder.path])
    try Self.token(expiresIn: 301).write(
      toFile: folder.file("\(Self.cacheName).json"), atomically: true, encoding: .utf8)
    #expect(try await Self.find(fixture) != nil)
  }

  // MARK: Renewal

  private static let secondsToRenewal: [Int64] = [-86_400, 0, 300]

  /// Finds credentials where those of the cache end in so many seconds.
  private static func renew(
    expiresIn seconds: Int64
  ) async throws -> (fixture: ProviderFixture, found: Credentials) {
    let fixture = try ProviderFixture(config: config, answers: [reply(renewed)])
    try fixture.write(
      token(
        expiresIn: seconds, more: #", "later": {"kept": "yes"}, "n": [1, 2.5, null, true]"#),
      to: cache)
    return (fixture, try #require(try await find(fixture)))
  }

  @Test(arguments: secondsToRenewal)
  func renewsKeysThatEndSoon(seconds: Int64) async throws {
    let found = try await Self.renew(expiresIn: seconds).found
    #expect(found.accessKeyID == "ASIA2")
    #expect(found.secretAccessKey.revealed == "s2")
    #expect(found.sessionToken?.revealed == "t2")
    #expect(found.accountID == "123456789012")
    #expect(found.expiration == time(900))
  }

  @Test(arguments: secondsToRenewal)
  func asksForNewKeysWithTheRefreshToken(seconds: Int64) async throws {
    let fixture = try await Self.renew(expiresIn: seconds).fixture
    let request = try #require(fixture.requests.first)
    #expect(request.method == "POST")
    #expect(request.url == "https://signin.eu-west-1.test/v1/token")
    #expect(
      try request.bodyTexts() == [
        "clientId": "arn:aws:signin:::devtools/same-device", "grantType": "refresh_token",
        "refreshToken": "canary-refresh",
      ])
  }

  @Test(arguments: secondsToRenewal)
  func keepsRenewedKeysAndWhateverElseIsThere(seconds: Int64) async throws {
    let fixture = try await Self.renew(expiresIn: seconds).fixture
    #expect(
      try fixture.readTexts(Self.cache) == [
        "accessToken.accessKeyId": "ASIA2", "accessToken.secretAccessKey": "s2",
        "accessToken.sessionToken": "t2", "accessToken.accountId": "123456789012",
        "accessToken.expiresAt": time(900).iso8601, "refreshToken": "r2",
        "clientId": "arn:aws:signin:::devtools/same-device", "idToken": "canary-id",
        "dpopKey": Self.key.replacing("\\n", with: "\n"), "later.kept": "yes",
      ])
    #expect(try fixture.read(Self.cache).contains(#""n":[1,2.5,null,true]"#))
    #expect(try fixture.permissions(of: Self.cache) == 0o600)
    #expect(try fixture.names(in: ".aws/login/cache").count == 1)
  }

  /// The three parts of the proof that goes with a renewal, and the URL it is sent to.
  private func proof() async throws -> (parts: [String], url: String?) {
    let fixture = try ProviderFixture(config: Self.config, answers: [reply(Self.renewed)])
    try fixture.write(Self.token(expiresIn: 0), to: Self.cache)
    _ = try await Self.find(fixture)
    let proof = try #require(fixture.requests.first?.header("DPoP"))
    let parts = proof.split(separator: ".").map(String.init)
    try #require(parts.count == 3)
    return (parts, fixture.requests.first?.url)
  }

  private static let publicKey = [
    "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  ]

  // RFC 9449, 4.2.
  @Test func proofNamesTheKey() async throws {
    let header = try #require(try object(try await proof().parts[0]))
    #expect(header["typ"] as? String == "dpop+jwt")
    #expect(header["alg"] as? String == "ES256")
    #expect(try #require(header["jwk"] as? [String: String]) == Self.publicKey)
  }

  @Test func proofIsForOneRequest() async throws {
    let (parts, url) = try await proof()
    let claims = try #require(try object(parts[1]))
    #expect(claims["htm"] as? String == "POST")
    #expect(claims["htu"] as? String == url)
    #expect(claims["iat"] as? Int64 == time(0).secondsSinceEpoch)
    #expect((claims["jti"] as? String).flatMap(UUID.init(uuidString:)) != nil)
    #expect(claims.count == 4)
  }

  @Test func proofIsSignedWithTheKey() async throws {
    let parts = try await proof().parts
    let publicKey = ES256PublicKey(
      x: try bytes(Self.publicKey["x"] ?? ""), y: try bytes(Self.publicKey["y"] ?? ""))
    #expect(
      publicKey.verifies(try bytes(parts[2]), of: Array("\(parts[0]).\(parts[1])".utf8)))
  }

  private func bytes(_ base64URL: String) throws -> [UInt8] {
    let padding = String(repeating: "=", count: (4 - base64URL.count % 4) % 4)
    let text = base64URL.replacing("-", with: "+").replacing("_", with: "/") + padding
    return Array(try #require(Data(base64Encoded: text)))
  }

  private func object(_ base64URL: String) throws -> [String: Any]? {
    try JSONSerialization.jsonObject(with: Data(try bytes(base64URL))) as? [String: Any]
  }

  @Test(
    arguments: [
      (config, [:], #", "signInRegion": "us-west-2""#, "us-west-2"),
      (config, ["AWS_REGION": "ap-east-1"], "", "ap-east-1"),
      (config, [:], "", "eu-west-1"),
    ] as [(String, [String: String], String, String)])
  func asksWhereTheUserLoggedIn(
    config: String, variables: [String: String], more: String, region: String
  ) async throws {
    let fixture = try ProviderFixture(
      config: config, variables: variables, answers: [reply(Self.renewed)])
    try fixture.write(Self.token(expiresIn: 0, more: more), to: Self.cache)
    #expect(try await Self.find(fixture) != nil)
    #expect(fixture.requests.first?.url == "https://signin.\(region).test/v1/token")
  }

  @Test func prefersTheRegionOfTheCommandLine() async throws {
    let fixture = try ProviderFixture(
      config: Self.config, variables: ["AWS_REGION": "ap-east-1"], answers: [reply(Self.renewed)])
    try fixture.write(Self.token(expiresIn: 0), to: Self.cache)
    var context = try fixture.context
    context.region = Region("sa-east-1")
    _ = try await LoginCredentials(try fixture.profile(), context).credentials()
    #expect(fixture.requests.first?.url == "https://signin.sa-east-1.test/v1/token")
  }

  @Test(arguments: ["", #", "signInRegion": "canary.example.com/""#])
  func refusesToAskNowhere(more: String) async throws {
    let fixture = try ProviderFixture(
      config: Self.config.replacing("region = eu-west-1", with: ""))
    try fixture.write(Self.token(expiresIn: 0, more: more), to: Self.cache)
    #expect(try await Self.failure(fixture).kind == .region)
  }

  @Test(
    arguments: [
      (400, "TOKEN_EXPIRED", .credentialsExpired, "has expired"),
      (401, "USER_CREDENTIALS_CHANGED", .credentialsExpired, "password has changed"),
      (403, "INSUFFICIENT_PERMISSIONS", .credentialsSource, "lacks a permission"),
      (400, "INVALID_REQUEST", .credentialsSource, "(status 400, INVALID_REQUEST)"),
    ] as [(Int, String, ConfigurationError.Kind, String)])
  func saysWhyASessionCannotBeRenewed(
    status: Int, code: String, kind: ConfigurationError.Kind, problem: String
  ) async throws {
    let fixture = try ProviderFixture(
      config: Self.config,
      answers: [
        reply(
          #"{"error": "\#(code)", "message": "canary"}"#, status: status,
          headers: [HTTPHeader(name: "x-amzn-errortype", value: "AccessDeniedException")])
      ])
    let text = Self.token(expiresIn: 0)
    try fixture.write(text, to: Self.cache)
    let error = try await Self.failure(fixture)
    #expect(error.kind == kind)
    #expect(error.message.contains(problem))
    #expect(error.hint?.contains("run: aws login --profile work") == true)
    #expect(try fixture.read(Self.cache) == text)
    #expect(try fixture.names(in: ".aws/login/cache").count == 1)
  }

  @Test(arguments: [
    "", "canary", "{}", #"{"accessToken": "canary", "refreshToken": "canary", "expiresIn": 900}"#,
    renewed.replacing("\"expiresIn\": 900", with: "\"x\": 1"),
    renewed.replacing("secretAccessKey", with: "x"), renewed.replacing("refreshToken", with: "x"),
  ])
  func keepsTheOldFileWhenTheAnswerIsNone(answer: String) async throws {
    let fixture = try ProviderFixture(config: Self.config, answers: [reply(answer)])
    let text = Self.token(expiresIn: 0)
    try fixture.write(text, to: Self.cache)
    #expect(try await Self.failure(fixture).kind == .credentialsMalformed)
    #expect(try fixture.read(Self.cache) == text)
  }

  // The token is good for one renewal; another program that was quicker has the next one.
  @Test func takesWhatAnotherProgramHasRenewed() async throws {
    let fixture = try ProviderFixture(
      config: Self.config, answers: [reply(#"{"error": "TOKEN_EXPIRED"}"#, status: 400)])
    try fixture.write(Self.token(expiresIn: 0), to: Self.cache)
    var context = try fixture.context
    let send = context.send
    context.send = { request throws(HTTPError) in
      let response = try await send(request)
      // A failure to write shows in what is found.
      try? fixture.write(
        Self.token(expiresIn: 900).replacing("ASIA1", with: "ASIA3"), to: Self.cache)
      return response
    }
    let found = try await LoginCredentials(try fixture.profile(), context).credentials()
    #expect(found?.accessKeyID == "ASIA3")
  }

  @Test func usesNoTokenUpThatItCouldNotReplace() async throws {
    let fixture = try ProviderFixture(config: Self.config)
    let text = Self.token(expiresIn: 0)
    var context = try fixture.context
    context.environment = Environment(variables: [:], home: "/nowhere") {
      path throws(ConfigurationError) in
      path == "/nowhere/\(Self.cache)" ? Array(text.utf8) : nil
    }
    let provider = LoginCredentials(try fixture.profile(), context)
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await provider.credentials() })
    #expect(error.message.hasPrefix("cannot write /nowhere/"))
    #expect(fixture.requests.isEmpty)
  }

  @Test func saysWhereItLookedForTheSession() async throws {
    let error = try await Self.failure(try ProviderFixture(config: Self.config))
    #expect(error.kind == .credentialsMissing)
    #expect(error.message.contains("/\(Self.cache) does not exist"))
    #expect(error.hint == "run: aws login --profile work")
  }

  @Test(arguments: [
    (token(expiresIn: 900, without: "accessToken"), "no valid accessToken"),
    (token(expiresIn: 900, without: "refreshToken"), "no valid refreshToken"),
    (token(expiresIn: 900, without: "clientId"), "no valid clientId"),
    (token(expiresIn: 900, without: "dpopKey"), "no valid dpopKey"),
    (token(expiresIn: 900, without: "expiresAt"), "no valid accessToken"),
    (token(expiresIn: 900, without: "sessionToken"), "no valid accessToken"),
    (token(expiresIn: 0, key: "canary"), "dpopKey"), ("canary", "is not JSON"),
    ("[]", "is not JSON"),
  ])
  func refusesASessionThatIsNone(text: String, problem: String) async throws {
    let fixture = try ProviderFixture(config: Self.config)
    try fixture.write(text, to: Self.cache)
    let error = try await Self.failure(fixture)
    #expect(error.kind == .credentialsMalformed)
    #expect(error.message.contains(problem))
    #expect(error.message.contains(Self.cache))
  }

  @Test func leavesOtherProfilesToOthers() async throws {
    let fixture = try ProviderFixture(config: "[profile work]\nregion = us-east-1")
    #expect(try await Self.find(fixture) == nil)
    #expect(
      LoginCredentials(try fixture.profile(), try fixture.context).absence
        == "profile 'work' has no login_session")
  }
}

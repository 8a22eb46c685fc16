import AWS
import HTTP
import Signing
import TestSupport
import Testing

@Suite struct STSClientTests {
  private static let keys = Credentials(
    accessKeyID: "AKID", secretAccessKey: Secret("s"), providerName: "test")
  private static let identity = """
    <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>AIDA</UserId>
    <Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata>
    <RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>
    """

  private func identity(
    _ sender: ScriptedSender, _ variables: [String: String] = [:], config: String? = nil
  ) async throws -> CallerIdentity {
    let environment = environment(variables, config: config)
    let profile = try selectProfile(in: environment)
    return try await STSClient(profile, sender.context(in: environment, profile.files))
      .callerIdentity(of: Self.keys)
  }

  @Test func tellsWhoseTheCredentialsAre() async throws {
    let sender = ScriptedSender(Self.identity)
    let found = try await identity(sender)
    #expect(
      found
        == CallerIdentity(
          accountID: "123456789012", arn: "arn:aws:iam::123456789012:user/u", userID: "AIDA"))
    #expect(
      sender.requests[0].form == ["Action": "GetCallerIdentity", "Version": "2011-06-15"])
    #expect(sender.requests[0].url == "https://sts.us-east-1.amazonaws.com/")
  }

  @Test(arguments: [
    ScriptedSender.status(503, "busy"), ScriptedSender.status(500, refusal("InternalFailure")),
    ScriptedSender.status(400, refusal("Throttling")), ScriptedSender.failure(.connectionLost),
    ScriptedSender.status(400, refusal("IDPCommunicationError")),
    ScriptedSender.ok("<html></html>"),
    ScriptedSender.ok("<GetCallerIdentityResponse>"),
  ])
  func asksAgainWhenTheServiceStumbles(answer: ScriptedSender.Answer) async throws {
    let sender = ScriptedSender([answer, answer, ScriptedSender.ok(Self.identity)])
    #expect(try await identity(sender).accountID == "123456789012")
    #expect(sender.requests.count == 3)
    #expect(sender.time.sleeps.count == 2)
  }

  @Test func givesUpAfterThreeAttemptsOrAsManyAsTheUserWants() async throws {
    for (variables, count) in [([:], 3), (["AWS_MAX_ATTEMPTS": "1"], 1)]
      as [([String: String], Int)]
    {
      let sender = ScriptedSender([])
      let error = try #require(
        await #expect(throws: STSError.self) { try await identity(sender, variables) })
      #expect(error.statusCode == nil)
      #expect(error.hint?.contains("AWS_ENDPOINT_URL_STS") == true)
      #expect(sender.requests.count == count)
    }
  }

  // MARK: - Clocks

  private static func answer(_ status: Int, _ body: String, date: String) -> ScriptedSender.Answer {
    .success(
      HTTPResponse(
        status: status, headers: HTTPHeaders([HTTPHeader(name: "Date", value: date)]),
        body: Array(body.utf8)))
  }

  @Test(arguments: [("SignatureDoesNotMatch", true), ("AccessDenied", false)])
  func saysThatTheKeysStandInQuotes(code: String, isSaid: Bool) async throws {
    let sender = ScriptedSender([ScriptedSender.status(403, refusal(code))])
    let environment = environment(["AWS_MAX_ATTEMPTS": "1"])
    let profile = try selectProfile(in: environment)
    let client = STSClient(profile, sender.context(in: environment, profile.files))
    let keys = Credentials(
      accessKeyID: "AKID", secretAccessKey: Secret("\"s\""), providerName: "config file")
    let error = await #expect(throws: STSError.self) {
      try await client.callerIdentity(of: keys)
    }
    #expect((error?.hint == keys.quotesHint) == isSaid)
  }

  // This machine's clock says 2009-02-13T23:31:30Z.
  @Test(arguments: ["SignatureDoesNotMatch", "RequestExpired", "InvalidSignatureException"])
  func signsAnewByTheServicesClock(code: String) async throws {
    for (date, time, offset) in [
      ("Fri, 13 Feb 2009 23:11:30 GMT", "20090213T231130Z", -1_200),
      ("Fri, 13 Feb 2009 23:51:30 GMT", "20090213T235130Z", 1_200),
    ] as [(String, String, Int64)] {
      let sender = ScriptedSender([
        Self.answer(403, refusal(code), date: date), ScriptedSender.ok(Self.identity),
        ScriptedSender.ok(Self.identity),
      ])
      let environment = environment(["AWS_MAX_ATTEMPTS": "1"])
      let profile = try selectProfile(in: environment)
      let context = sender.context(in: environment, profile.files)
      for _ in 0..<2 {
        _ = try await STSClient(profile, context).callerIdentity(of: Self.keys)
      }
      let times = sender.requests.map { $0.headerValue("X-Amz-Date") }
      #expect(times == ["20090213T233130Z", time, time], "known from then on")
      #expect(context.clock.offsetSeconds == offset)
    }
  }

  @Test func takesCredentialsThatHaveExpiredOnlyByThisMachinesClock() async throws {
    let sender = ScriptedSender([
      Self.answer(
        200, roleAnswer("ROLE", expiration: "2009-02-13T23:26:30Z"),
        date: "Fri, 13 Feb 2009 23:11:30 GMT")
    ])
    let environment = environment(
      config: "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n"
        + "aws_access_key_id = A\naws_secret_access_key = s")
    let profile = try selectProfile(in: environment)
    let context = sender.context(in: environment, profile.files)
    let cache = CredentialCache(
      AssumeRoleCredentials(profile, context), presentTime: { context.now })
    for _ in 0..<2 {
      #expect(try await cache.credentials(at: context.now).accessKeyID == "ROLE")
    }
    #expect(sender.requests.count == 1)
  }

  @Test func saysWhatToDoAboutACertificateOrAProxy() async throws {
    var certificate = HTTPError(.tls, "no", url: "https://x/")
    certificate.certificateProblem = .unknownAuthority
    var proxy = HTTPError(.proxy, "no", url: "https://x/", isTransient: false)
    proxy.proxyStatus = 407
    for (error, words) in [
      (certificate, "AWS_CA_BUNDLE=FILE, or ca_bundle"), (proxy, "HTTPS_PROXY"),
    ] {
      let refusal = try #require(
        await #expect(throws: STSError.self) {
          try await identity(ScriptedSender([.failure(error)]))
        })
      #expect(refusal.hint?.contains(words) == true)
    }
  }

  @Test(arguments: [
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "UnrecognizedClientException",
  ])
  func hasWordsAndAHintForACodeAlone(code: String) {
    let error = STSError(.getCallerIdentity, statusCode: 403, code: code, retryCause: .other)
    #expect(error.hint != nil)
    #expect(!error.description.contains("status"))
  }

  @Test func asksOnceWhenRefused() async throws {
    let sender = ScriptedSender([ScriptedSender.status(403, refusal("InvalidClientTokenId"))])
    let error = try #require(
      await #expect(throws: STSError.self) { try await identity(sender) })
    #expect(error.code == "InvalidClientTokenId")
    #expect(
      error.description
        == "cannot find out whose the credentials are: No (InvalidClientTokenId, request id r-1)")
    #expect(sender.requests.count == 1)
  }

  @Test func showsNoCodeThatIsNone() async throws {
    for code in ["canary/secret", "a canary", String(repeating: "canary", count: 17)] {
      let answer = refusal(code).replacing("r-1", with: code)
      let error = try #require(
        await #expect(throws: STSError.self) {
          try await identity(ScriptedSender([ScriptedSender.status(403, answer)]))
        })
      #expect(
        error.description == "cannot find out whose the credentials are: No (status 403)")
    }
  }

  @Test func signsForTheRegionOfTheGlobalEndpoint() async throws {
    let sender = ScriptedSender(Self.identity)
    _ = try await identity(
      sender, ["AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_STS": "https://sts.amazonaws.com"])
    #expect(sender.requests[0].headerValue("Authorization")?.contains("/us-east-1/sts/") == true)
  }

  @Test(
    arguments: [
      ("arn:aws-cn:iam::1:role/r", "https://sts.cn-northwest-1.amazonaws.com.cn/"),
      ("arn:aws-us-gov:iam::1:role/r", "https://sts.us-gov-west-1.amazonaws.com/"),
      ("arn:aws:iam::1:role/r", "https://sts.us-east-1.amazonaws.com/"),
    ] as [(String, String)])
  func asksInTheRolesPartitionWithoutARegion(arn: String, url: String) async throws {
    let sender = ScriptedSender(roleAnswer("ROLE"))
    let environment = environment()
    let profile = try selectProfile(in: environment)
    _ = try await STSClient(profile, sender.context(in: environment, profile.files))
      .assumeRole(AssumedRole(arn: arn, place: "test"), with: Self.keys, providerName: "test")
    #expect(sender.requests[0].url == url)
  }

  @Test func refusesAnAnswerWithoutCredentials() async throws {
    let environment = environment()
    let profile = try selectProfile(in: environment)
    for answer in [
      "<AssumeRoleResponse/>", roleAnswer("ROLE", expiration: "tomorrow"),
    ] {
      let sender = ScriptedSender(answer)
      await #expect(throws: STSError.self) {
        try await STSClient(profile, sender.context(in: environment, profile.files))
          .assumeRole(AssumedRole(arn: "arn", place: "test"), with: Self.keys, providerName: "t")
      }
    }
  }
}

import HTTP
import Signing
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// An account in an environment of a test, whose requests a script answers.
private func connect(
  _ sender: ScriptedSender, _ options: AccountOptions = AccountOptions(),
  variables: [String: String] = [:], config: String? = nil, connections: Int = 1,
  requestsPerSecondMax: Double? = nil, patience: Patience = .ofCrawls
) async throws -> Account {
  let keys = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"]
  let environment = environment(
    keys.merging(variables) { _, other in other }, config: config)
  let context = sender.context(in: environment, try ProfileFiles.load(from: environment))
  return try await Account.connect(
    options, environment: environment,
    limits: AccountLimits(
      connections: connections, requestsPerSecondMax: requestsPerSecondMax, patience: patience
    ) { _ in context.send },
    time: context.caller)
}

private let listing = QueryRequest("ListMetrics", version: "2010-08-01")
private let listed = "<ListMetricsResponse/>"
private let busy = ScriptedSender.status(503, "busy")

extension HTTPRequest {
  /// `region/service` in the scope of the signature.
  fileprivate var scope: String? {
    headerValue("Authorization")?.split(separator: "/").dropFirst(2).prefix(2)
      .joined(separator: "/")
  }
}

@Suite struct AccountTests {
  private static let ireland = Region("eu-west-1")

  // MARK: - Where calls go

  @Test func callsAnotherServiceInAnotherRegion() async throws {
    let sender = ScriptedSender(listed)
    let account = try await connect(sender, AccountOptions(region: "us-west-2"))
    _ = try await account.caller(for: .cloudwatch, in: Self.ireland).send(listing)
    let request = try #require(sender.requests.first)
    #expect(request.url == "https://monitoring.eu-west-1.amazonaws.com/")
    #expect(request.scope == "eu-west-1/monitoring")
    #expect(request.form == ["Action": "ListMetrics", "Version": "2010-08-01"])
  }

  @Test func callsItsOwnRegionUnlessAnotherIsNamed() async throws {
    let account = try await connect(ScriptedSender([]), variables: ["AWS_REGION": "us-west-2"])
    let caller = try account.caller(for: .cloudwatch)
    #expect(
      caller.address.endpoint.description == "https://monitoring.us-west-2.amazonaws.com")
    #expect(try caller.caller(in: .usEast1).address.region == .usEast1)
  }

  @Test(
    arguments: [
      (["AWS_USE_FIPS_ENDPOINT": "true"], "https://monitoring-fips.eu-west-1.amazonaws.com"),
      (["AWS_USE_DUALSTACK_ENDPOINT": "true"], "https://monitoring.eu-west-1.api.aws"),
      (["AWS_ENDPOINT_URL_CLOUDWATCH": "http://localhost:1"], "http://localhost:1"),
      (["AWS_ENDPOINT_URL": "http://localhost:1"], "http://localhost:1"),
    ] as [([String: String], String)])
  func keepsToTheUsersSettings(variables: [String: String], endpoint: String) async throws {
    let account = try await connect(ScriptedSender([]), variables: variables)
    let address = try account.caller(for: .cloudwatch, in: Self.ireland).address
    #expect(address.endpoint.description == endpoint)
    #expect(address.region.name == "eu-west-1" && address.signingName == "monitoring")
  }

  @Test func showsCredentialsOfAnotherServerToNoServiceOfAWS() async throws {
    let options = AccountOptions(endpointURL: "http://localhost:9000")
    let foreign = try await connect(ScriptedSender([]), options)
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try foreign.caller(for: .cloudwatch) })
    #expect(error.kind == .foreignCredentials)
    #expect(error.message.contains("AWS_ENDPOINT_URL_CLOUDWATCH names no other CloudWatch"))
    #expect(try foreign.caller(for: .s3).address.endpoint.description == "http://localhost:9000")
    #expect(await foreign.number() == nil)
    let played = try await connect(
      ScriptedSender([]), options, variables: ["AWS_ENDPOINT_URL_CLOUDWATCH": "http://h"])
    #expect(try played.caller(for: .cloudwatch).address.endpoint.description == "http://h")
  }

  @Test func sendsNoSignatureWithoutCredentials() async throws {
    let sender = ScriptedSender(listed)
    let account = try await connect(sender, AccountOptions(isAnonymous: true))
    _ = try await account.caller(for: .cloudwatch).send(listing)
    #expect(sender.requests.first?.headerValue("Authorization") == nil)
    #expect(account.credentialsSource == nil)
    #expect(await account.number() == nil)
  }

  // MARK: - Before anybody is asked

  private static let role = """
    [default]
    role_arn = arn:aws:iam::123456789012:role/r
    source_profile = keys
    [profile keys]
    aws_access_key_id = a
    aws_secret_access_key = s
    """

  @Test(
    arguments: [
      ("us-east-1", "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/a"),
      (nil, "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/a"),
      ("cn-north-1", "arn:aws:s3:us-east-1:123456789012:accesspoint/a"),
      ("us-east-1", "arn:aws:s3:us-east-1:123456789012:accesspoint/a_b"),
      ("us-east-1", "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"),
    ] as [(String?, String)])
  func asksNobodyForTheKeysOfAnAccessPointWithoutAnAddress(
    region: String?, bucket: String
  ) async throws {
    let sender = ScriptedSender([])
    await #expect(throws: ConfigurationError.self) {
      try await connect(
        sender, AccountOptions(profile: "default", region: region, buckets: [bucket, bucket]),
        config: Self.role)
    }
    #expect(sender.requests.isEmpty)
  }

  // Another bucket can be listed, or an instance's region may be the right one.
  @Test(
    arguments: [
      ("us-east-1", ["arn:aws-cn:s3:cn-north-1:1:accesspoint/a", "logs"]), ("us-east-1", []),
      (nil, ["arn:aws-cn:s3:cn-north-1:1:accesspoint/a"]),
    ] as [(String?, [String])])
  func connectsWhereABucketMayHaveAnAddress(region: String?, buckets: [String]) async throws {
    _ = try await connect(ScriptedSender([]), AccountOptions(region: region, buckets: buckets))
  }

  // MARK: - What calls share

  @Test func servicesKeepToOnePace() async throws {
    let sender = ScriptedSender(listed, listed, listed)
    let account = try await connect(sender, requestsPerSecondMax: 1)
    for region in [Region.usEast1, Self.ireland] {
      _ = try await account.caller(for: .cloudwatch, in: region).send(listing)
    }
    _ = try await account.retryingCaller(for: .s3).send(
      ServiceCall(address: account.s3Endpoint.service, bodyBytesMax: 1_000)
    ) { $0.status }
    #expect(sender.time.sleeps == [.seconds(1), .seconds(1)])
  }

  /// One connection pays for 35 retries, at 14 tokens each; the attempts would be for more.
  @Test func regionsOfOneServiceShareItsQuota() async throws {
    let sender = ScriptedSender(Array(repeating: busy, count: 100))
    let account = try await connect(sender, variables: ["AWS_MAX_ATTEMPTS": "30"])
    let caller = try account.caller(for: .cloudwatch)
    for caller in [caller, try caller.caller(in: #require(Self.ireland))] {
      await #expect(throws: QueryError.self) { try await caller.send(listing) }
    }
    #expect(caller.counts.sent == 37 && caller.counts.retries == 35)
    await #expect(throws: QueryError.self) {
      try await account.caller(for: .cloudwatch).send(listing)
    }
    #expect(sender.requests.count == 67, "another caller has a quota of its own")
  }

  @Test func whatOneCallLearnsOfTheTimeTheOthersKnow() async throws {
    let late = HTTPResponse(
      status: 403,
      headers: HTTPHeaders([HTTPHeader(name: "Date", value: "Fri, 13 Feb 2009 23:51:30 GMT")]),
      body: Array(refusal("SignatureDoesNotMatch").utf8))
    let sender = ScriptedSender([
      .success(late), ScriptedSender.ok(listed), ScriptedSender.ok("x"),
    ])
    let account = try await connect(sender)
    _ = try await account.caller(for: .cloudwatch).send(listing)
    _ = try await account.retryingCaller(for: .s3).send(
      ServiceCall(address: account.s3Endpoint.service, bodyBytesMax: 1_000)
    ) { $0.status }
    #expect(
      sender.requests.map { $0.headerValue("X-Amz-Date") } == [
        "20090213T233130Z", "20090213T235130Z", "20090213T235130Z",
      ])
  }

  // MARK: - Credentials

  private static let roleConfig = """
    [default]
    region = eu-west-1
    role_arn = arn:aws:iam::123456789012:role/r
    source_profile = default
    aws_access_key_id = A
    aws_secret_access_key = s
    """

  private func connectWithRole(_ sender: ScriptedSender) async throws -> Account {
    try await connect(
      sender, AccountOptions(profile: "default"), config: Self.roleConfig)
  }

  @Test func renewsWhatAServiceRefusesAsExpired() async throws {
    let sender = ScriptedSender([
      ScriptedSender.ok(roleAnswer("ONE")), ScriptedSender.status(400, refusal("ExpiredToken")),
      ScriptedSender.ok(roleAnswer("TWO")), ScriptedSender.ok(listed),
    ])
    let account = try await connectWithRole(sender)
    _ = try await account.caller(for: .cloudwatch).send(listing)
    let keys = sender.requests.compactMap { $0.headerValue("Authorization") }
      .compactMap { $0.split(separator: "=").dropFirst().first?.prefix { $0 != "/" } }
    #expect(keys == ["A", "ONE", "A", "TWO"])
    #expect(account.credentialsSource == "assume role" && account.profileName == "default")
  }

  @Test func renewsBeforeTheEnd() async throws {
    let sender = ScriptedSender(roleAnswer("ONE"), listed, roleAnswer("TWO"), listed)
    let account = try await connectWithRole(sender)
    let caller = try account.caller(for: .cloudwatch)
    _ = try await caller.send(listing)
    sender.time.advance(milliseconds: 50 * 60 * 1_000)
    _ = try await caller.send(listing)
    #expect(sender.requests.last?.headerValue("Authorization")?.contains("=TWO/") == true)
  }

  @Test func knowsItsNumberFromTheRoleWithoutAsking() async throws {
    let sender = ScriptedSender(roleAnswer("ONE"))
    #expect(try await connectWithRole(sender).number()?.digits == "123456789012")
    #expect(sender.requests.count == 1)
  }

  @Test func takesNothingElseForANumber() {
    for text in ["", "12345678901", "1234567890123", "12345678901x", "１２３４５６７８９０１２"] {
      #expect(AccountNumber(text) == nil)
    }
  }

  @Test func showsNoSecret() async throws {
    let account = try await connect(
      ScriptedSender([]), variables: ["AWS_SECRET_ACCESS_KEY": "canary"])
    let caller = try account.caller(for: .cloudwatch)
    for text in [account, caller].flatMap({ texts(of: $0) }) { #expect(!text.contains("canary")) }
  }

  // MARK: - Settings

  @Test func saysWhatIsWrongBeforeItAsksForCredentials() async throws {
    let sender = ScriptedSender([])
    for variables in [
      ["AWS_REGION": "a.b"], ["AWS_ENDPOINT_URL_S3": "ftp://h"], ["AWS_USE_FIPS_ENDPOINT": "1"],
    ] {
      let withRole = variables.merging(["AWS_PROFILE": "default"]) { one, _ in one }
      await #expect(throws: ConfigurationError.self) {
        try await connect(sender, variables: withRole, config: Self.roleConfig)
      }
    }
    #expect(sender.requests.isEmpty)
  }
}

@Suite struct PatienceTests {
  @Test(
    arguments: [
      (.ofCrawls, nil, 10), (.ofCrawls, 1, 1), (.ofCrawls, 20, 20),
      (.ofExaminations, nil, 2), (.ofExaminations, 1, 1), (.ofExaminations, 20, 2),
      (Patience.ofCrawls.forSingleCalls, nil, 3), (Patience.ofCrawls.forSingleCalls, 20, 3),
      (Patience.ofExaminations.forSingleCalls, nil, 2),
    ] as [(Patience, Int?, Int)])
  func countsAttempts(patience: Patience, configured: Int?, expected: Int) {
    #expect(patience.retries(configured: configured).attemptsMax == expected)
  }

  @Test func singleCallsAreThrottledAsTheSDKsAre() {
    #expect(Patience.ofCrawls.retries.throttlingPatience == .seconds(600))
    #expect(Patience.ofCrawls.forSingleCalls.retries.throttlingPatience == nil)
  }

  @Test(
    arguments: [
      (.ofExaminations, .firstByteTimeout, 1), (.ofExaminations, .connectTimeout, 1),
      (.ofExaminations, .stalled, 1), (Patience.ofExaminations.forSingleCalls, .stalled, 1),
      (.ofExaminations, .connectionLost, 2), (.ofAsides, .firstByteTimeout, 2),
      (.ofCrawls, .firstByteTimeout, 3),
    ] as [(Patience, HTTPError.Kind, Int)])
  func examinationsDoNotAskTheSilentAgain(
    patience: Patience, kind: HTTPError.Kind, attempts: Int
  ) async throws {
    let sender = ScriptedSender(Array(repeating: ScriptedSender.failure(kind), count: 20))
    let account = try await connect(sender, patience: patience)
    await #expect(throws: HTTPError.self) {
      _ = try await account.caller(for: .cloudwatch).send(listing)
    }
    #expect(sender.requests.count == attempts)
  }

  @Test func limitsTheWaitsOfEachRequest() async throws {
    let seen = Mutex<[HTTPTimeouts]>([])
    let send: CredentialContext.Sender = { request throws(HTTPError) in
      seen.withLock { $0.append(request.timeouts) }
      return HTTPResponse(status: 200)
    }
    let request = HTTPRequest(url: "https://h/")
    for patience in [Patience.ofCrawls, .ofExaminations, .ofAsides] {
      _ = try await patience.limiting(send)(request)
    }
    let timeouts = seen.withLock { $0 }
    #expect(timeouts.map(\.firstByte) == [.seconds(60), .seconds(10), .seconds(5)])
    #expect(timeouts.map(\.connect) == [.seconds(10), .seconds(10), .seconds(3)])
  }
}

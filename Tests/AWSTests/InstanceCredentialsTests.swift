import AWS
import HTTP
import Signing
import TestSupport
import Testing

@Suite struct InstanceCredentialsTests {
  private static func answer(until expiration: String = "2009-02-14T05:31:30Z") -> String {
    """
    {"Code":"Success","AccessKeyId":"INSTANCE","SecretAccessKey":"s","Token":"t",
    "Expiration":"\(expiration)"}
    """
  }

  private func look(
    _ sender: ScriptedSender, _ variables: [String: String] = [:], config: String? = nil
  ) async throws -> (Credentials?, absence: String) {
    let environment = environment(variables, config: config)
    let profile = try selectProfile(in: environment)
    let provider = InstanceCredentials(profile, sender.context(in: environment, profile.files))
    return (try await provider.credentials(), provider.absence)
  }

  /// The credentials of an instance, and what was asked for them.
  private func lookOnce() async throws -> (Credentials?, [HTTPRequest]) {
    let sender = ScriptedSender("TOKEN", "a+role_=x,y.z@w-1\n", Self.answer())
    let (found, _) = try await look(sender)
    return (found, sender.requests)
  }

  @Test func takesTheKeysOfTheRole() async throws {
    let (found, _) = try await lookOnce()
    #expect(found?.accessKeyID == "INSTANCE")
    #expect(found?.expiration?.secondsSinceEpoch == ScriptedSender.start + 6 * 3_600)
  }

  @Test func asksWithAToken() async throws {
    let (_, requests) = try await lookOnce()
    #expect(requests.map(\.method) == ["PUT", "GET", "GET"])
    #expect(
      requests.map(\.url) == [
        "http://169.254.169.254/latest/api/token",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/a%2Brole_%3Dx%2Cy.z%40w-1",
      ])
    #expect(requests[0].headerValue("x-aws-ec2-metadata-token-ttl-seconds") == "21600")
    #expect(requests[1].headerValue("x-aws-ec2-metadata-token") == "TOKEN")
    #expect(requests[2].headerValue("x-aws-ec2-metadata-token") == "TOKEN")
  }

  @Test func asksTheInstanceDirectlyAndWaitsASecond() async throws {
    let (_, requests) = try await lookOnce()
    for request in requests {
      #expect(!request.usesProxy)
      #expect(request.timeouts.connect == .seconds(1))
      #expect(request.timeouts.firstByte == .seconds(1))
    }
  }

  @Test func asksOnceWhereThereIsNoInstance() async throws {
    let sender = ScriptedSender([])
    let (found, absence) = try await look(sender)
    #expect(found == nil)
    #expect(absence == "nothing answers at http://169.254.169.254: no such place")
    #expect(sender.requests.count == 1)
    #expect(sender.time.sleeps.isEmpty)
  }

  @Test func asksAsOftenAndWaitsAsLongAsTheUserWants() async throws {
    let sender = ScriptedSender([])
    _ = try await look(
      sender, ["AWS_METADATA_SERVICE_TIMEOUT": "5"],
      config: "[default]\nmetadata_service_num_attempts = 4")
    #expect(sender.requests.count == 4)
    #expect(sender.requests[0].timeouts.connect == .seconds(5))
  }

  @Test func asksAServiceAgainThatIsThereAndStumbles() async throws {
    let busy = ScriptedSender.status(503)
    let sender = ScriptedSender([
      busy, busy, busy, ScriptedSender.ok("TOKEN"), ScriptedSender.failure(.connectionLost),
      ScriptedSender.ok("role"), busy, ScriptedSender.ok(Self.answer()),
    ])
    #expect(try await look(sender).0?.accessKeyID == "INSTANCE")
    #expect(sender.unused == 0)
  }

  @Test func takesANewTokenWhenTheOldOneIsRefused() async throws {
    let refused = ScriptedSender.status(401)
    let good = ScriptedSender([
      ScriptedSender.ok("T1"), refused, ScriptedSender.ok("T2"), ScriptedSender.ok("role"), refused,
      ScriptedSender.ok("T3"), ScriptedSender.ok(Self.answer()),
    ])
    #expect(try await look(good).0?.accessKeyID == "INSTANCE")
    #expect(good.requests.map(\.method) == ["PUT", "GET", "PUT", "GET", "GET", "PUT", "GET"])
    #expect(
      good.requests.compactMap { $0.headerValue("x-aws-ec2-metadata-token") }
        == ["T1", "T2", "T2", "T3"])
  }

  @Test func takesANewTokenOnceOnly() async throws {
    let refused = ScriptedSender.status(401)
    let bad = ScriptedSender([
      ScriptedSender.ok("T1"), refused, ScriptedSender.ok("T2"), refused,
    ])
    let (found, absence) = try await look(bad)
    #expect(found == nil)
    #expect(absence.contains("status 401"))
    #expect(bad.requests.count == 4)
  }

  @Test func isNotAskedWhenDisabled() async throws {
    let sender = ScriptedSender([])
    let (found, absence) = try await look(sender, ["AWS_EC2_METADATA_DISABLED": "True"])
    #expect(found == nil)
    #expect(absence == "AWS_EC2_METADATA_DISABLED is true")
    #expect(sender.requests.isEmpty)
  }

  // Version 1 serves whoever can make the instance send a GET.
  @Test(
    arguments: [
      ([:], nil, false), (["AWS_EC2_METADATA_V1_DISABLED": "true"], nil, false),
      (["AWS_EC2_METADATA_V1_DISABLED": "False"], nil, true),
      ([:], "[default]\nec2_metadata_v1_disabled = false", true),
      (
        ["AWS_EC2_METADATA_V1_DISABLED": "true"], "[default]\nec2_metadata_v1_disabled = false",
        false
      ),
    ] as [([String: String], String?, Bool)])
  func usesVersion1OnlyWhenAsked(
    variables: [String: String], config: String?, isAsked: Bool
  ) async throws {
    for refusal in [ScriptedSender.status(403), ScriptedSender.failure(.firstByteTimeout)] {
      let sender = ScriptedSender([
        refusal, ScriptedSender.ok("role"), ScriptedSender.ok(Self.answer()),
      ])
      let (found, _) = try await look(sender, variables, config: config)
      #expect(found?.accessKeyID == (isAsked ? "INSTANCE" : nil))
      #expect(sender.requests.count == (isAsked ? 3 : 1))
      for request in sender.requests {
        #expect(request.headerValue("x-aws-ec2-metadata-token") == nil)
      }
    }
    let sender = ScriptedSender([ScriptedSender.failure(.connect), ScriptedSender.ok("role")])
    #expect(try await look(sender, variables, config: config).0 == nil)
    #expect(sender.requests.count == 1)
  }

  @Test func saysHowVersion1IsAllowedWhereItMayBeAllThereIs() async throws {
    for status in [403, 404, 405] {
      let (_, absence) = try await look(ScriptedSender([ScriptedSender.status(status)]))
      #expect(absence.contains("AWS_EC2_METADATA_V1_DISABLED=false"))
    }
    // Where the service says nothing, it is rather that its answers do not come so far.
    let (_, absence) = try await look(ScriptedSender([ScriptedSender.failure(.firstByteTimeout)]))
    #expect(
      absence.hasSuffix(
        "; in a container, raise the hop limit of the instance to 2, or "
          + "AWS_EC2_METADATA_V1_DISABLED=false allows version 1"))
    let (_, none) = try await look(ScriptedSender([ScriptedSender.failure(.connect)]))
    #expect(!none.contains("V1"))
  }

  @Test(
    arguments: [
      ([ScriptedSender.status(400)], "gives no token (status 400)"),
      ([ScriptedSender.ok("T"), ScriptedSender.status(404)], "the instance has no role"),
      ([ScriptedSender.ok("T"), ScriptedSender.ok("")], "the instance has no role"),
      (
        [ScriptedSender.ok("T"), ScriptedSender.ok("r"), ScriptedSender.ok("{")],
        "answer is not JSON"
      ),
      (
        [
          ScriptedSender.ok("T"), ScriptedSender.ok("r"),
          ScriptedSender.ok(#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot"}"#),
        ], "role 'r' has no credentials (AssumeRoleUnauthorizedAccess)"
      ),
      (
        [
          ScriptedSender.ok("T"), ScriptedSender.ok("r"),
          ScriptedSender.ok(#"{"Code":"canary canary"}"#),
        ], "only a part of the credentials"
      ),
      (
        [
          ScriptedSender.ok("T"), ScriptedSender.ok("r"),
          ScriptedSender.ok(#"{"Code":"Success","AccessKeyId":"canary"}"#),
        ], "only a part of the credentials"
      ),
    ] as [([ScriptedSender.Answer], String)])
  func saysWhyThereAreNone(answers: [ScriptedSender.Answer], words: String) async throws {
    let (found, absence) = try await look(ScriptedSender(answers))
    #expect(found == nil)
    #expect(absence.contains(words), "\(absence)")
    #expect(!absence.contains("canary"))
  }

  // What answers there may be anything, such as a service that hands out the credentials at once.
  @Test(arguments: [
    #"{"AccessKeyId":"A","SecretAccessKey":"canary"}"#, "canary/secret", "<canary>", " \ncanary",
    "a canary", "canary\u{1B}", String(repeating: "canary", count: 11), "rôle-canary",
  ])
  func takesNothingButANameForTheRole(answer: String) async throws {
    let sender = ScriptedSender("TOKEN", answer, Self.answer())
    let (found, absence) = try await look(sender)
    #expect(found == nil)
    #expect(absence == "the metadata service's answer is not the name of a role")
    #expect(sender.requests.count == 2)
  }

  // The metadata service hands out old credentials while those who make them are down.
  @Test(arguments: ["2009-02-13T20:00:00Z", "2009-02-13T23:31:30Z", "2009-02-13T23:50:00Z"])
  func usesOldCredentialsOn(expiration: String) async throws {
    let sender = ScriptedSender("TOKEN", "role", Self.answer(until: expiration))
    let (found, _) = try await look(sender)
    #expect(found?.expiration?.secondsSinceEpoch == ScriptedSender.start + 900 + 600)
  }

  @Test(arguments: [
    ["AWS_METADATA_SERVICE_TIMEOUT": "soon"], ["AWS_METADATA_SERVICE_NUM_ATTEMPTS": "0"],
    ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "not a url"],
    ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv7"],
  ])
  func refusesSettingsThatAreNone(variables: [String: String]) async throws {
    await #expect(throws: ConfigurationError.self) {
      try await look(ScriptedSender([]), variables)
    }
  }
}

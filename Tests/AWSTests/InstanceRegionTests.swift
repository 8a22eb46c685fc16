import AWS
import HTTP
import Signing
import Testing

@Suite struct InstanceRegionTests {
  private func look(
    _ sender: ScriptedSender, provider: String = "instance metadata", config: String? = nil
  ) async throws -> String? {
    let environment = environment(config: config)
    let profile = try selectProfile(in: environment)
    let credentials = Credentials(
      accessKeyID: "a", secretAccessKey: Secret("s"), providerName: provider)
    return try await InstanceRegion.find(
      of: credentials, profile, sender.context(in: environment, profile.files))?.name
  }

  @Test func asksWithAToken() async throws {
    let sender = ScriptedSender("TOKEN", "eu-west-1\n")
    #expect(try await look(sender) == "eu-west-1")
    #expect(
      sender.requests.map(\.description) == [
        "PUT http://169.254.169.254/latest/api/token",
        "GET http://169.254.169.254/latest/meta-data/placement/region",
      ])
    #expect(sender.requests.last?.headerValue("x-aws-ec2-metadata-token") == "TOKEN")
  }

  @Test(arguments: [
    ("us-gov-west-1b", "us-gov-west-1"), ("eu-west-1", nil), ("nova", nil), ("", nil),
    ("us-west-2-lax-1a.x", nil),
  ])
  func takesTheRegionOfTheZoneWhereOnlyThatIsKnown(zone: String, region: String?) async throws {
    let sender = ScriptedSender([
      ScriptedSender.ok("TOKEN"), ScriptedSender.status(404), ScriptedSender.ok(zone),
    ])
    #expect(try await look(sender) == region)
    #expect(sender.requests.last?.url.hasSuffix("/placement/availability-zone") == true)
  }

  @Test(arguments: [
    [ScriptedSender.status(403)], [ScriptedSender.ok("T"), ScriptedSender.status(403)],
    [ScriptedSender.ok("T"), ScriptedSender.ok("evil.test/")],
    [ScriptedSender.ok("T"), ScriptedSender.ok("")], [ScriptedSender.failure(.connect)],
    [ScriptedSender.ok("T"), ScriptedSender.status(404), ScriptedSender.status(404)],
  ])
  func isNotKnownWhereTheServiceDoesNotSayIt(answers: [ScriptedSender.Answer]) async throws {
    #expect(try await look(ScriptedSender(answers)) == nil)
  }

  // Nobody is contacted who has not given the credentials.
  @Test(arguments: [
    ("environment variables", nil), ("container", nil),
    ("assume role", "[default]\nrole_arn = arn\ncredential_source = EcsContainer"),
    ("environment variables", "[default]\nrole_arn = arn\ncredential_source = Ec2InstanceMetadata"),
  ])
  func isNotAskedForWithCredentialsFromElsewhere(
    provider: String, config: String?
  ) async throws {
    let sender = ScriptedSender("TOKEN", "eu-west-1")
    #expect(try await look(sender, provider: provider, config: config) == nil)
    #expect(sender.requests.isEmpty)
  }

  @Test func isAskedForWithARoleThatTheInstanceAssumes() async throws {
    let sender = ScriptedSender("TOKEN", "eu-west-1")
    let region = try await look(
      sender, provider: "assume role",
      config: "[default]\nrole_arn = arn\ncredential_source = Ec2InstanceMetadata")
    #expect(region == "eu-west-1")
  }
}

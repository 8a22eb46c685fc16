import AWS
import HTTP
import Signing
import TestSupport
import Testing

@Suite struct ContainerCredentialsTests {
  private static let answer = #"""
    {"AccessKeyId":"TASK","SecretAccessKey":"s","Token":"t","Expiration":"2009-02-14T00:31:30Z",
    "AccountId":"123456789012","RoleArn":"arn","Nested":{"a":1}}
    """#
  private static let relative = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x?a=1"]

  private func find(
    _ variables: [String: String], _ sender: ScriptedSender, token: String? = nil
  ) async throws -> Credentials? {
    try await findCredentials(in: environment(variables, credentials: token), sender: sender)
  }

  @Test func takesTheKeysOfTheTask() async throws {
    let sender = ScriptedSender(Self.answer)
    let found = try #require(try await find(Self.relative, sender))
    #expect(found.accessKeyID == "TASK")
    #expect(found.sessionToken?.revealed == "t")
    #expect(found.accountID == "123456789012")
    #expect(found.expiration?.secondsSinceEpoch == ScriptedSender.start + 3_600)
  }

  @Test func asksTheTaskDirectly() async throws {
    let sender = ScriptedSender(Self.answer)
    _ = try #require(try await find(Self.relative, sender))
    let request = try #require(sender.requests.first)
    #expect(request.url == "http://169.254.170.2/v2/x?a=1")
    #expect(!request.usesProxy)
    #expect(request.timeouts.connect == .seconds(2))
    #expect(request.timeouts.firstByte == .seconds(2))
    #expect(request.headerValue("Authorization") == nil)
  }

  // The file's token wins; its line end is no part of it.
  @Test func sendsTheToken() async throws {
    var variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/v1/credentials"]
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Bearer one"
    var sender = ScriptedSender(Self.answer)
    _ = try await find(variables, sender)
    #expect(sender.requests[0].headerValue("Authorization") == "Bearer one")
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/tokens/pod"
    sender = ScriptedSender(Self.answer)
    let environment = Environment(variables: variables) { path throws(ConfigurationError) in
      path == "/tokens/pod" ? Array("two\n".utf8) : nil
    }
    _ = try await findCredentials(in: environment, sender: sender)
    #expect(sender.requests[0].headerValue("Authorization") == "two")
  }

  @Test(arguments: [
    ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nb: c"],
    ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/gone"],
  ])
  func refusesATokenThatIsNone(variables: [String: String]) async throws {
    let sender = ScriptedSender(Self.answer)
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await find(variables.merging(Self.relative) { $1 }, sender)
      })
    #expect(error.kind == .credentialsSource)
    #expect(sender.requests.isEmpty)
  }

  @Test(
    arguments: [
      ("http://127.0.0.1:80/x", true), ("http://127.9.9.9/x", true), ("http://[::1]:8080/x", true),
      ("http://localhost/x", true), ("http://169.254.170.23/x", true),
      ("https://a.example/x", true),
      ("http://169.254.169.254/x", false), ("http://a.example/x", false),
      ("http://127.0.0.1.a.example/x", false), ("http://127.0.0.1@a.example/x", false),
      ("http://169.254.170.2.a.example/", false), ("ftp://localhost/x", false), ("/x", false),
    ] as [(String, Bool)])
  func asksOnlyHostsOfThisMachineWithoutTLS(url: String, isAllowed: Bool) async throws {
    let sender = ScriptedSender(Self.answer)
    let variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]
    if isAllowed {
      #expect(try await find(variables, sender)?.accessKeyID == "TASK")
      #expect(sender.requests[0].url == url)
    } else {
      await #expect(throws: ConfigurationError.self) { try await find(variables, sender) }
      #expect(sender.requests.isEmpty)
    }
  }

  @Test(arguments: ["x", "@a.example/x", "/a b"])
  func refusesARelativeAddressThatIsNone(path: String) async throws {
    let sender = ScriptedSender(Self.answer)
    await #expect(throws: ConfigurationError.self) {
      try await find(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": path], sender)
    }
    #expect(sender.requests.isEmpty)
  }

  @Test func asksThreeTimesASecondApart() async throws {
    let sender = ScriptedSender([
      ScriptedSender.status(500), ScriptedSender.ok("nonsense"), ScriptedSender.ok(Self.answer),
    ])
    #expect(try await find(Self.relative, sender)?.accessKeyID == "TASK")
    #expect(sender.time.sleeps == [.seconds(1), .seconds(1)])
  }

  @Test(
    arguments: [
      (
        ScriptedSender.status(403, #"{"code":"AccessDenied","message":"canary","x":"canary"}"#),
        "it answered with status 403 (AccessDenied)"
      ),
      (ScriptedSender.status(404, "canary"), "it answered with status 404"),
      (ScriptedSender.status(500, #"{"code":"canary/+="}"#), "it answered with status 500"),
      (ScriptedSender.ok(#"{"AccessKeyId":"canary"}"#), "lacks a part of the credentials"),
      (ScriptedSender.ok("[\"canary\"]"), "not JSON"),
      (ScriptedSender.failure(.connect), "it cannot be reached"),
    ] as [(ScriptedSender.Answer, String)])
  func saysWhyThereAreNone(answer: ScriptedSender.Answer, words: String) async throws {
    let sender = ScriptedSender([answer, answer, answer])
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await find(Self.relative, sender) })
    #expect(error.message.contains(words), "\(error)")
    #expect(!error.message.contains("canary"))
    // The path of a task's credentials is as good as a password.
    #expect(!error.message.contains("http://"))
    #expect(error.hint?.contains("AWS_CONTAINER_") == true)
    #expect(sender.unused == 0)
  }
}

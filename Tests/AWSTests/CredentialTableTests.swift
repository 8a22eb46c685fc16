import AWS
import Foundation
import HTTP
import Signing
import TestSupport
import Testing

/// The tables of smithy-lang/smithy-rs: chains of roles, addresses of containers and instances.
@Suite(.enabled(if: Vectors.arePresent, Comment(rawValue: Vectors.notice)))
struct CredentialTableTests {
  @Test func followsTheProfilesOfRoles() async throws {
    for test in try array("credentials/assume-role-tests.json") {
      try await RoleCase(test).run()
    }
  }

  @Test func findsTheAddressOfContainers() throws {
    for test in try tests("credentials/ecs-tests.json") {
      let docs = test["docs"] as? String ?? ""
      let variables = try #require(test["env"] as? [String: String])
      let result = try #require(test["result"] as? [String: String])
      let url = Result { try ContainerCredentials.url(in: Environment(variables: variables)) }
      if let expected = result["Ok"] {
        #expect(try url.get() == expected, "\(docs)")
      } else {
        // No variable is no error of ours: the next place is asked.
        #expect((try? url.get()) == nil, "\(docs)")
      }
    }
  }

  @Test(arguments: Vectors.names(in: "credentials/imds-config"))
  func findsTheAddressOfInstances(file: String) throws {
    for test in try tests("credentials/imds-config/\(file)") {
      let docs = test["docs"] as? String ?? ""
      var variables = try #require(test["env"] as? [String: String])
      let files = test["fs"] as? [String: String] ?? [:]
      // What a program of theirs can say in code, the variable says here: both win over the profile.
      if let endpoint = test["endpoint_override"] as? String {
        variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = endpoint
      }
      if let mode = test["mode_override"] as? String {
        variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = mode
      }
      let environment = Environment(variables: variables) { path throws(ConfigurationError) in
        files[path].map { Array($0.utf8) }
      }
      let profile = try selectProfile(in: environment)
      let url = Result {
        try InstanceMetadata(environment: environment, profile: profile.section).tokenURL
      }
      let result = try #require(test["result"] as? [String: String])
      if let expected = result["Ok"] {
        #expect(try url.get() == expected, "\(docs)")
      } else {
        #expect(throws: ConfigurationError.self, "\(docs)") { try url.get() }
      }
    }
  }

  private func array(_ path: String) throws -> [[String: Any]] {
    try #require(
      JSONSerialization.jsonObject(with: Vectors.data(path)) as? [[String: Any]])
  }

  private func tests(_ path: String) throws -> [[String: Any]] {
    let root = try JSONSerialization.jsonObject(with: Vectors.data(path)) as? [String: Any]
    return try #require(root?["tests"] as? [[String: Any]])
  }
}

/// One case of `assume-role-tests.json`: it is not only planned but run, against an STS that
/// names its credentials by the request's number.
private struct RoleCase {
  private let docs: String
  private let environment: Environment
  private let selected: String
  private let expected: [[String: [String: String]]]?

  /// Without an output, a name of a source is a string, not a dictionary.
  private let source: String?

  init(_ test: [String: Any]) throws {
    docs = test["docs"] as? String ?? ""
    let input = try #require(test["input"] as? [String: Any])
    selected = try #require(input["selected_profile"] as? String)
    let profiles = (input["profiles"] ?? input["profile"]) as? [String: [String: String]] ?? [:]
    let sessions = input["sso_sessions"] as? [String: [String: String]] ?? [:]
    var text = Self.sections("profile", profiles) + Self.sections("sso-session", sessions)
    if profiles.isEmpty { text += "[default]\n" }
    let config = text
    environment = Environment(
      variables: ["AWS_PROFILE": profiles.isEmpty ? "default" : selected], home: "/home/u"
    ) { path throws(ConfigurationError) in
      switch path {
      case "/home/u/.aws/config": Array(config.utf8)
      case "/var/token.jwt": Array("sometoken".utf8)
      default: nil
      }
    }
    let output = try #require(test["output"] as? [String: Any])
    let chain = output["ProfileChain"] as? [[String: Any]]
    source = chain?.first?["NamedSource"] as? String
    expected = chain?.compactMap { $0 as? [String: [String: String]] }
  }

  private static func sections(_ kind: String, _ sections: [String: [String: String]]) -> String {
    sections.map { name, properties in
      "[\(kind) \(name)]\n" + properties.map { "\($0) = \($1)\n" }.joined()
    }.joined()
  }

  func run() async throws {
    let answers = [
      roleAnswer("ROLE1"), roleAnswer("ROLE2"), roleAnswer("ROLE3"),
    ]
    let isToken = expected?.first?["WebIdentityToken"] != nil
    let first = roleAnswer("TOKEN", action: "AssumeRoleWithWebIdentity")
    let sender = ScriptedSender(((isToken ? [first] : []) + answers).map(ScriptedSender.ok))
    guard let expected else {
      await #expect(throws: ConfigurationError.self, "\(docs)") {
        try await findCredentials(in: environment, sender: sender)
      }
      return
    }
    if let source {
      let profile = try selectProfile(in: environment)
      let plan = try #require(try RoleChain(profile))
      #expect(plan.base == RoleChain.Source(rawValue: source).map(RoleChain.Base.source), "\(docs)")
      #expect(plan.roles.map(\.arn) == expected.compactMap { $0["AssumeRole"]?["role_arn"] })
      return
    }
    // Those of SSO have cases of their own, with a token.
    if expected.first?["Sso"] != nil { return }
    let found = try #require(
      try await findCredentials(in: environment, sender: sender), "\(docs)")
    try expect(sender.requests, expected, found)
  }

  private func expect(
    _ requests: [HTTPRequest], _ expected: [[String: [String: String]]], _ found: Credentials
  ) throws {
    var requests = requests[...]
    var id = ""
    for step in expected {
      if let keys = step["AccessKey"] {
        id = try #require(keys["access_key_id"])
        continue
      }
      let next = requests.popFirst()
      let request = try #require(next)
      let role = try #require(step["AssumeRole"] ?? step["WebIdentityToken"])
      #expect(request.form["RoleArn"] == role["role_arn"], "\(docs)")
      if let name = role["role_session_name"] {
        #expect(request.form["RoleSessionName"] == name, "\(docs)")
      }
      #expect(request.form["ExternalId"] == role["external_id"], "\(docs)")
      if step["AssumeRole"] != nil {
        #expect(
          request.headerValue("Authorization")?.contains("Credential=\(id)/") == true, "\(docs)")
      } else {
        #expect(request.headerValue("Authorization") == nil, "\(docs)")
        #expect(request.form["WebIdentityToken"] == "sometoken", "\(docs)")
      }
      // The answers come in turn.
      id = step["AssumeRole"] == nil ? "TOKEN" : id.hasPrefix("ROLE") ? "ROLE2" : "ROLE1"
    }
    #expect(requests.isEmpty, "\(docs)")
    #expect(found.accessKeyID == id, "\(docs)")
  }
}

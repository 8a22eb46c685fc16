import AWS
import Foundation
import TestSupport
import Testing

/// The tables of smithy-lang/smithy-rs: chains of roles, addresses of containers and instances.
@Suite(.enabled(if: Vectors.arePresent, Comment(rawValue: Vectors.notice)))
struct CredentialTableTests {
  @Test func followsTheProfilesOfRoles() async throws {
    for test in try RoleCase.all(in: Vectors.data("credentials/assume-role-tests.json")) {
      try await test.run()
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

  private func tests(_ path: String) throws -> [[String: Any]] {
    let root = try JSONSerialization.jsonObject(with: Vectors.data(path)) as? [String: Any]
    return try #require(root?["tests"] as? [[String: Any]])
  }
}

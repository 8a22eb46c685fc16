import AWS
import Foundation
import TestSupport
import Testing

/// The tables of smithy-lang/smithy-rs: chains of roles, addresses of containers and instances.
@Suite(
  .enabled(if: Vectors.havePart("credentials"), Comment(rawValue: Vectors.notice("credentials"))))
struct CredentialTableTests {
  // An unreadable file leaves no cases, and `findsTheTables` fails.
  static let roleCases =
    (try? RoleCase.all(in: Vectors.data("credentials/assume-role-tests.json"))) ?? []
  static let containerCases = TableCase.all(in: "credentials/ecs-tests.json")
  static let instanceCases = Vectors.names(in: "credentials/imds-config")
    .flatMap { TableCase.all(in: "credentials/imds-config/\($0)") }

  @Test func findsTheTables() {
    #expect(!Self.roleCases.isEmpty)
    #expect(!Self.containerCases.isEmpty)
    #expect(!Self.instanceCases.isEmpty)
  }

  @Test(arguments: roleCases)
  func followsTheProfilesOfRoles(vector: RoleCase) async throws {
    try await vector.run()
  }

  @Test(arguments: containerCases)
  func findsTheAddressOfContainers(vector: TableCase) throws {
    let url = Result {
      try ContainerCredentials.url(in: Environment(variables: vector.variables))
    }
    if let expected = vector.expected {
      #expect(try url.get() == expected)
    } else {
      // No variable is no error of ours: the next place is asked.
      #expect((try? url.get()) == nil)
    }
  }

  @Test(arguments: instanceCases)
  func findsTheAddressOfInstances(vector: TableCase) throws {
    let environment = Environment(variables: vector.variables) {
      path throws(ConfigurationError) in
      vector.files[path].map { Array($0.utf8) }
    }
    let profile = try selectProfile(in: environment)
    let url = Result {
      try InstanceMetadata(environment: environment, profile: profile.section).tokenURL
    }
    if let expected = vector.expected {
      #expect(try url.get() == expected)
    } else {
      #expect(throws: ConfigurationError.self) { try url.get() }
    }
  }
}

/// Variables and files, and the address that they make; nil for those that are refused.
struct TableCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let variables: [String: String]
  let files: [String: String]
  let expected: String?

  /// The cases of a file; none where it is not what it should be.
  static func all(in path: String) -> [TableCase] {
    let root =
      (try? JSONSerialization.jsonObject(with: Vectors.data(path))) as? [String: Any]
    return (root?["tests"] as? [[String: Any]] ?? []).compactMap(TableCase.init)
  }

  private init?(_ test: [String: Any]) {
    guard var variables = test["env"] as? [String: String],
      let result = test["result"] as? [String: String]
    else { return nil }
    // What a program of theirs can say in code, the variable says here: both win over the profile.
    for (key, name) in [("endpoint_override", "ENDPOINT"), ("mode_override", "ENDPOINT_MODE")] {
      guard let value = test[key] as? String else { continue }
      variables["AWS_EC2_METADATA_SERVICE_\(name)"] = value
    }
    testDescription = test["docs"] as? String ?? ""
    self.variables = variables
    files = test["fs"] as? [String: String] ?? [:]
    expected = result["Ok"]
  }
}

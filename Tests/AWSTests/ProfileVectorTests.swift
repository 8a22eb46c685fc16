import AWS
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The suites on profile files of smithy-lang/smithy-rs, every case of them that is present.
@Suite(.enabled(if: Vectors.havePart("profiles"), Comment(rawValue: Vectors.notice("profiles"))))
struct ProfileVectorTests {
  static let parserCases = cases("profile-parser-tests.json", of: ParserCase.self)
  static let locationCases = cases("file-location-tests.json", of: LocationCase.self)

  @Test func findsTheSuites() {
    #expect(!Self.parserCases.isEmpty)
    #expect(!Self.locationCases.isEmpty)
  }

  @Test(arguments: parserCases)
  func parsesFiles(vector: ParserCase) throws {
    let environment = Environment(variables: ["HOME": "/home"]) {
      path throws(ConfigurationError) in
      switch path {
      case "/home/.aws/config": vector.input.configFile.map { Array($0.utf8) }
      case "/home/.aws/credentials": vector.input.credentialsFile.map { Array($0.utf8) }
      default: nil
      }
    }
    let files = try ProfileFiles.load(from: environment)
    guard let expected = vector.output.config else {
      // Who uses the section is refused, or the AWS CLI reads the line and we say who does not.
      let problem = try #require(vector.output.errorContaining)
      let remarks = (files.config.remarks + files.credentials.remarks)
        .filter { $0.kind != .refusedByCLI }
      #expect(remarks.contains { $0.problem.contains(problem) })
      return
    }
    let profiles = files.profileNames.map { name in
      (name, files.profile(name)?.properties ?? [:])
    }
    #expect(Dictionary(uniqueKeysWithValues: profiles) == expected.profiles)
    if let sessions = expected.ssoSessions {
      #expect(files.config.ssoSessions.mapValues(\.properties) == sessions)
    }
  }

  // The program does not run on Windows, so those places are left out.
  @Test(arguments: locationCases.filter { $0.platform != "windows" })
  func findsTheFiles(vector: LocationCase) {
    let environment = Environment(variables: vector.environment)
    let paths = ProfileFilePaths(environment)
    #expect(paths.config == vector.configLocation)
    #expect(paths.credentials == vector.credentialsLocation)
    if let profile = vector.profile {
      let name = ProfileFiles.selectedName(option: nil, environment: environment).name
      #expect(name == profile)
    }
  }

  private static func cases<Case: Decodable>(_ file: String, of _: Case.Type) -> [Case] {
    // An unreadable file leaves no cases, and `findsTheSuites` fails.
    let suite = try? JSONDecoder().decode(
      VectorFile<Case>.self, from: Vectors.data("profiles/\(file)"))
    return suite?.tests ?? []
  }
}

private struct VectorFile<Case: Decodable>: Decodable {
  var tests: [Case]
}

struct ParserCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Input: Decodable {
    var configFile: String?
    var credentialsFile: String?
  }

  struct Output: Decodable {
    struct Config: Decodable {
      var profiles: [String: [String: String]]
      var ssoSessions: [String: [String: String]]?

      enum CodingKeys: String, CodingKey {
        case profiles
        case ssoSessions = "sso_sessions"
      }
    }

    var config: Config?
    var errorContaining: String?
  }

  var name: String
  var input: Input
  var output: Output
  var testDescription: String { name }
}

struct LocationCase: Decodable, Sendable, CustomTestStringConvertible {
  var name: String
  var environment: [String: String]
  var platform: String
  var profile: String?
  var configLocation: String
  var credentialsLocation: String
  var testDescription: String { name }
}

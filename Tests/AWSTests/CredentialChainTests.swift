import AWS
import Signing
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct CredentialChainTests {
  private static let variables = ["AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "s"]
  private static let shared =
    "[default]\naws_access_key_id = shared\naws_secret_access_key = s\n"
    + "[work]\naws_access_key_id = work\naws_secret_access_key = s\naws_session_token = t"
  private static let config =
    "[default]\naws_access_key_id = config\naws_secret_access_key = s\n[profile work]\n"

  @Test(
    arguments: [
      (nil, variables, shared, "env", "environment variables"),
      (nil, [:], shared, "shared", "shared credentials file"),
      (nil, [:], nil, "config", "config file"),
      ("work", variables, shared, "work", "shared credentials file"),
      ("default", variables, shared, "shared", "shared credentials file"),
      (
        nil, variables.merging(["AWS_PROFILE": "work"]) { $1 }, shared, "env",
        "environment variables"
      ),
      (nil, ["AWS_PROFILE": "work"], shared, "work", "shared credentials file"),
    ] as [(String?, [String: String], String?, String, String)])
  func asksInTheOrderOfTheCLI(
    option: String?, variables: [String: String], shared: String?, id: String, provider: String
  ) async throws {
    let environment = environment(variables, config: Self.config, credentials: shared)
    let found = try #require(try await findCredentials(profile: option, in: environment))
    #expect(found.accessKeyID == id)
    #expect(found.providerName == provider)
    #expect(found.sessionToken?.revealed == (id == "work" ? "t" : nil))
    #expect(found.signing.secretAccessKey.revealed == "s")
  }

  @Test(
    arguments: [
      (["AWS_ACCESS_KEY_ID": "a"], nil, "AWS_SECRET_ACCESS_KEY"),
      (["AWS_SECRET_ACCESS_KEY": "a"], nil, "AWS_ACCESS_KEY_ID"),
      ([:], "[default]\naws_access_key_id = a", "aws_secret_access_key"),
      ([:], "[default]\naws_secret_access_key = a", "aws_access_key_id"),
    ] as [([String: String], String?, String)])
  func refusesHalfAPair(
    variables: [String: String], shared: String?, lacking: String
  ) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment(variables, credentials: shared))
      })
    #expect(error.kind == .credentialsIncomplete)
    #expect(error.message.hasSuffix("but not \(lacking)"))
  }

  // An indented name continues the value above it, and the whole would become a header.
  @Test(arguments: [
    "aws_secret_access_key = s\naws_access_key_id = a\n  region = b",
    "aws_access_key_id = a\naws_secret_access_key = canary b",
    "aws_access_key_id = a\naws_secret_access_key = s\naws_session_token = canary\u{7}",
  ])
  func refusesKeysThatAreNone(properties: String) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment(credentials: "[default]\n" + properties))
      })
    #expect(error.kind == .credentialsMalformed)
    #expect(!error.message.contains("canary"))
  }

  @Test func signsNothingWhenToldSo() async throws {
    let environment = environment(["AWS_ACCESS_KEY_ID": "half"])
    let profile = try selectProfile(in: environment)
    let source = CredentialCache.source(
      signsRequests: false, environment: environment, profile: profile)
    #expect(try await source.credentials(at: time(0)) == nil)
    let signing = CredentialCache.source(
      signsRequests: true, environment: environment, profile: profile)
    await #expect(throws: ConfigurationError.self) { try await signing.credentials(at: time(0)) }
  }

  @Test func saysWhereItLookedInOrder() async throws {
    let environment = environment(config: "[profile work]\nregion = us-east-1")
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(profile: "work", in: environment)
      })
    #expect(error.kind == .credentialsMissing)
    #expect(
      error.message == """
        no AWS credentials found; looked in this order:
          assume role: profile 'work' has no role_arn or web_identity_token_file
          SSO: profile 'work' has no sso_session or sso_start_url
          shared credentials file: /home/u/.aws/credentials does not exist
          login: profile 'work' has no login_session
          process: profile 'work' has no credential_process
          config file: profile 'work' of /home/u/.aws/config has no aws_access_key_id
          credential source: profile 'work' has no credential_source
          container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and \
        AWS_CONTAINER_CREDENTIALS_FULL_URI are not set
        """)
    #expect(error.help?.contains("--no-sign-request") == true)
  }

  @Test func saysThatTheEnvironmentHasNoKeys() async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment())
      }
    )
    #expect(
      error.message.contains(
        "\n  environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set\n"))
  }

  @Test(arguments: [
    "role_arn", "sso_session", "sso_start_url", "credential_process", "web_identity_token_file",
    "login_session", "credential_source",
  ])
  func namesTheSourceItCannotUse(key: String) async throws {
    let environment = environment(config: "[profile x]\n\(key) = value")
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(profile: "x", in: environment)
      })
    #expect(error.kind == .credentialsUnsupported)
    #expect(error.message == "profile 'x' uses \(key), which this version cannot use yet")
    #expect(error.help?.contains("aws configure export-credentials --profile 'x'") == true)
  }

  // The CLI would assume the role with those keys; using the keys would be another identity.
  @Test func neverTakesKeysInPlaceOfARole() async {
    let environment = environment(
      config: "[default]\nrole_arn = arn\nsource_profile = default", credentials: Self.shared)
    await #expect(throws: ConfigurationError.self) { try await findCredentials(in: environment) }
  }

  // The shared credentials file comes before a process, as in the CLI.
  @Test func prefersSharedKeysToAProcess() async throws {
    let environment = environment(
      config: "[default]\ncredential_process = x", credentials: Self.shared)
    #expect(try await findCredentials(in: environment)?.accessKeyID == "shared")
  }

  @Test(arguments: [
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ])
  func namesTheVariableItCannotUse(variable: String) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await findCredentials(in: environment([variable: "x"]))
      })
    #expect(error.message == "the environment sets \(variable), which this version cannot use yet")
  }
}

/// Whole-chain cases of smithy-lang/smithy-rs.
@Suite(.enabled(if: Vectors.arePresent, Comment(rawValue: Vectors.notice)))
struct CredentialChainVectorTests {
  static let cases = ["default-credential-provider-chain", "profile-provider"].flatMap { folder in
    Vectors.names(in: "credentials/\(folder)").map { "credentials/\(folder)/\($0)" }
  }

  /// Sources that are recognised and not read yet: an error is right, other credentials are wrong.
  @Test(arguments: cases)
  func findsTheExpectedCredentialsOrNone(path: String) async throws {
    let vector = try ChainVector(path)
    let found: Credentials?
    do {
      found = try await findCredentials(in: vector.environment)
    } catch {
      // What is written down in variables and files must be found.
      #expect(!vector.isStatic, "\(error)")
      return
    }
    let credentials = try #require(found)
    let expected = try #require(vector.expected)
    #expect(credentials.accessKeyID == expected.accessKeyID)
    #expect(credentials.secretAccessKey.revealed == expected.secretAccessKey)
    #expect(credentials.sessionToken?.revealed == expected.sessionToken)
    #expect(credentials.accountID == expected.accountID)
  }
}

private struct ChainVector {
  struct Expected: Decodable {
    var accessKeyID: String
    var secretAccessKey: String
    var sessionToken: String?
    var accountID: String?

    enum CodingKeys: String, CodingKey {
      case accessKeyID = "access_key_id"
      case secretAccessKey = "secret_access_key"
      case sessionToken = "session_token"
      case accountID = "account_id"
    }
  }

  private struct CaseFile: Decodable {
    struct Result: Decodable {
      var success: Expected?

      enum CodingKeys: String, CodingKey {
        case success = "Ok"
      }
    }

    var result: Result
  }

  let environment: Environment
  let expected: Expected?
  /// Credentials that need neither network nor process.
  let isStatic: Bool

  init(_ path: String) throws {
    let decoder = JSONDecoder()
    let variables = try decoder.decode(
      [String: String].self, from: Vectors.data("\(path)/env.json"))
    environment = Environment(variables: variables) { file throws(ConfigurationError) in
      // Most cases lack one of the two files.
      (try? Vectors.data("\(path)/fs\(file)")).map { Array($0) }
    }
    expected = try decoder.decode(CaseFile.self, from: Vectors.data("\(path)/test-case.json"))
      .result.success
    let traffic = String(decoding: try Vectors.data("\(path)/http-traffic.json"), as: UTF8.self)
    isStatic =
      expected != nil && !traffic.contains("\"request\"") && !path.contains("credential_process")
  }
}

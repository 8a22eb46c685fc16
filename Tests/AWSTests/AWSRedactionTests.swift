import AWS
import HTTP
import Signing
import Testing

/// Plants a secret in every place that one can stand in and looks for it in every text.
@Suite struct AWSRedactionTests {
  private static let canary = "canary7f3a"

  private static let variables = [
    "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": canary,
  ]
  private static let section =
    "aws_access_key_id = AKID\naws_secret_access_key = \(canary)\naws_session_token = \(canary)\n"

  @Test func showsNoSecretInValues() async throws {
    let environment = environment(
      Self.variables, config: "[default]\n" + Self.section,
      credentials: "[default]\n" + Self.section)
    let files = try ProfileFiles.load(from: environment)
    let profile = try files.select(option: nil, environment: environment)
    let context = ScriptedSender([]).context(in: environment, files)
    let chain = CredentialChain(profile, context)
    let credentials = try #require(try await chain.credentials())
    #expect(credentials.secretAccessKey.revealed == Self.canary)
    let cache = CredentialCache(chain)
    _ = try await cache.credentials(at: time(0))
    let values: [Any] = [
      environment, files, profile, profile.section, context, chain, credentials,
      credentials.signing, cache, EnvironmentCredentials(environment),
      SharedFileCredentials(profile), ConfigFileCredentials(profile), RequestBuilder(),
      AssumeRoleCredentials(profile, context), WebIdentityCredentials(profile, context),
      ContainerCredentials(profile, context), InstanceCredentials(profile, context),
      STSClient(profile, context),
    ]
    for text in values.flatMap(texts(of:)) { #expect(!text.contains(Self.canary)) }
  }

  @Test(arguments: [
    environment(["AWS_SECRET_ACCESS_KEY": canary]),
    environment(["AWS_SESSION_TOKEN": canary]),
    environment(credentials: "[default]\naws_secret_access_key = \(canary)"),
    environment(credentials: "[default]\naws_secret_access_key: \(canary)"),
    environment(credentials: "aws_secret_access_key = \(canary)"),
    environment(credentials: "[default]\n \(canary)"),
    environment(credentials: "[\(canary)"),
    environment(config: "[default]\ns3 =\n \(canary)"),
    environment(config: "[default]\nsso_session = \(canary)"),
    environment(config: "[default]\ncredential_process = x --secret \(canary)"),
    environment(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://\(canary)"]),
  ])
  func showsNoSecretInErrors(environment: Environment) async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await findCredentials(in: environment) })
    for text in texts(of: error) + [error.hint ?? ""] { #expect(!text.contains(Self.canary)) }
  }

  @Test func namesCredentialsByTheEndOfTheirID() {
    let credentials = Credentials(
      accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Secret("s"), providerName: "config file"
    )
    #expect(credentials.description == "credentials ****MPLE from config file")
  }
}

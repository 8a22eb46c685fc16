import AWS
import Signing
import Testing

/// Plants a secret wherever a provider of credentials reads one and looks for it in its texts.
@Suite struct ProviderRedactionTests {
  private static let canary = "canary7f3a"

  @Test(arguments: [
    "sso_session = \(canary)", "login_session = \(canary)", "credential_process = x \(canary)",
    "credential_process = TOKEN=\(canary) x;\(canary) | \(canary)", "aws_session_token = \(canary)",
  ])
  func showsNoSecretInProviders(property: String) async throws {
    let fixture = try ProviderFixture(
      config: "[profile work]\n" + property, variables: ["AWS_SESSION_TOKEN": Self.canary])
    let profile = try fixture.profile()
    let context = try fixture.context
    let providers: [any CredentialProvider] = [
      SSOCredentials(profile, context), LoginCredentials(profile, context),
      ProcessCredentials(profile, context),
    ]
    for provider in providers {
      var shown = texts(of: provider) + [provider.absence]
      do {
        #expect(try await provider.credentials() == nil)
      } catch {
        shown += texts(of: error)
      }
      for text in shown { #expect(!text.contains(Self.canary)) }
    }
  }
}

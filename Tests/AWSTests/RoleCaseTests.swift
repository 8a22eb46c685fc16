import Foundation
import Testing

/// The table of smithy-rs has other cases than those at hand: all that its format allows are run.
@Suite struct RoleCaseTests {
  @Test(arguments: [
    // A base that runs or asks for what is not here.
    """
    {"docs": "process, then role", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "source_profile": "two", "external_id": "x"},
      "two": {"credential_process": "/opt/keys --for two", "aws_account_id": "123456789012"}}},
    "output": {"ProfileChain": [
      {"CredentialProcess": {"command": "/opt/keys --for two", "account_id": "123456789012"}},
      {"AssumeRole": {"role_arn": "arn:one", "external_id": "x"}}]}}
    """,
    """
    {"docs": "login alone", "input": {"selected_profile": "one", "profiles": {
      "one": {"login_session": "arn:login"}}},
    "output": {"ProfileChain": [{"LoginSession": {"login_session_arn": "arn:login"}}]}}
    """,
    """
    {"docs": "login, then role", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "source_profile": "two"},
      "two": {"login_session": "arn:login"}}},
    "output": {"ProfileChain": [{"LoginSession": {"login_session_arn": "arn:login"}},
      {"AssumeRole": {"role_arn": "arn:one", "external_id": null}}]}}
    """,
    // As many roles as there are.
    """
    {"docs": "four roles", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "source_profile": "two"},
      "two": {"role_arn": "arn:two", "source_profile": "three"},
      "three": {"role_arn": "arn:three", "source_profile": "four", "role_session_name": "third"},
      "four": {"role_arn": "arn:four", "source_profile": "five"},
      "five": {"aws_access_key_id": "a", "aws_secret_access_key": "s"}}},
    "output": {"ProfileChain": [
      {"AccessKey": {"access_key_id": "a", "secret_access_key": "s", "session_token": null}},
      {"AssumeRole": {"role_arn": "arn:four"}},
      {"AssumeRole": {"role_arn": "arn:three", "role_session_name": "third"}},
      {"AssumeRole": {"role_arn": "arn:two"}}, {"AssumeRole": {"role_arn": "arn:one"}}]}}
    """,
    // Wherever the token is.
    """
    {"docs": "web identity, then role", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "source_profile": "two"},
      "two": {"role_arn": "arn:two", "web_identity_token_file": "/run/other.jwt"}}},
    "output": {"ProfileChain": [
      {"WebIdentityToken": {"role_arn": "arn:two", "web_identity_token_file": "/run/other.jwt"}},
      {"AssumeRole": {"role_arn": "arn:one"}}]}}
    """,
    // A source with and without a role, and one that a program has to bring.
    """
    {"docs": "source alone", "input": {"selected_profile": "one", "profiles": {
      "one": {"credential_source": "EcsContainer"}}},
    "output": {"ProfileChain": [{"NamedSource": "EcsContainer"}]}}
    """,
    """
    {"docs": "source, then role", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "credential_source": "Environment"}}},
    "output": {"ProfileChain": [
      {"NamedSource": "Environment"}, {"AssumeRole": {"role_arn": "arn:one"}}]}}
    """,
    """
    {"docs": "foreign source", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "credential_source": "Mine"}}},
    "output": {"ProfileChain": [{"NamedSource": "Mine"}, {"AssumeRole": {"role_arn": "arn:one"}}]}}
    """,
    // With a role of SSO's and for bearer tokens.
    """
    {"docs": "SSO, then role", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "source_profile": "two"},
      "two": {"sso_session": "s", "sso_account_id": "12", "sso_role_name": "r"}},
      "sso_sessions": {"s": {"sso_region": "eu-west-9", "sso_start_url": "https://x.test"}}},
    "output": {"ProfileChain": [{"Sso": {"sso_session": "s", "sso_account_id": "12",
      "sso_role_name": "r", "sso_region": "eu-west-9", "sso_start_url": "https://x.test"}},
      {"AssumeRole": {"role_arn": "arn:one"}}]}}
    """,
    """
    {"docs": "SSO for tokens, then role", "input": {"selected_profile": "one", "profiles": {
      "one": {"role_arn": "arn:one", "source_profile": "two"}, "two": {"sso_session": "s"}},
      "sso_sessions": {"s": {"sso_region": "eu-west-9", "sso_start_url": "https://x.test"}}},
    "output": {"ProfileChain": [{"Sso": {"sso_session": "s", "sso_region": "eu-west-9",
      "sso_start_url": "https://x.test"}}, {"AssumeRole": {"role_arn": "arn:one"}}]}}
    """,
    """
    {"docs": "nothing", "input": {"selected_profile": "one", "profiles": {"one": {}}},
    "output": {"Error": "nothing"}}
    """,
  ])
  func runsEveryKindOfCase(text: String) async throws {
    for test in try RoleCase.all(in: Data("[\(text)]".utf8)) { try await test.run() }
  }

  @Test func noticesWhatIsDifferent() async throws {
    let text = """
      [{"docs": "", "input": {"selected_profile": "one", "profiles": {
        "one": {"role_arn": "arn:one", "source_profile": "two"},
        "two": {"credential_process": "/opt/keys"}}},
      "output": {"ProfileChain": [{"CredentialProcess": {"command": "/opt/others"}},
        {"AssumeRole": {"role_arn": "arn:two"}}]}}]
      """
    await withKnownIssue {
      for test in try RoleCase.all(in: Data(text.utf8)) { try await test.run() }
    }
  }
}

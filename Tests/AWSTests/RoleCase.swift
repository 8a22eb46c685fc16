import AWS
import Foundation
import HTTP
import Signing
import TestSupport
import Testing

/// One case of `assume-role-tests.json`, in the format of smithy-rs (`repr.rs`).
///
/// A chain is run where its base can be asked for keys here, against services that name theirs by the
/// request's number; else the plan is compared.
struct RoleCase: Decodable, Sendable, CustomTestStringConvertible {
  private struct Input: Decodable {
    var profiles: [String: [String: String]]?
    var profile: [String: [String: String]]?
    var selectedProfile: String
    var ssoSessions: [String: [String: String]]?
  }

  private struct Output: Decodable {
    var chain: [RoleCaseStep]?
    var error: String?

    enum CodingKeys: String, CodingKey {
      case chain = "ProfileChain"
      case error = "Error"
    }
  }

  private let docs: String
  var testDescription: String { docs }
  private let input: Input
  private let output: Output

  private static let ssoKeys = """
    {"roleCredentials": {"accessKeyId": "SSO", "secretAccessKey": "s", "sessionToken": "t",
    "expiration": 4102444800000}}
    """
  private static let ssoToken = """
    {"accessToken": "ssotoken", "expiresAt": "2100-01-01T00:00:00Z"}
    """

  static func all(in table: Data) throws -> [RoleCase] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([RoleCase].self, from: table)
  }

  /// Expects what the case does.
  func run() async throws {
    guard let steps = output.chain else {
      try #require(output.error != nil, "\(docs)")
      await #expect(throws: ConfigurationError.self, "\(docs)") {
        try await findCredentials(in: environment(), sender: ScriptedSender([]))
      }
      return
    }
    let base = try #require(steps.first, "\(docs)")
    let roles = steps.dropFirst().compactMap(\.role)
    #expect(roles.count == steps.count - 1, "\(docs)")
    switch base {
    case .accessKey(let keys): try await run(roles, from: keys.accessKeyId, after: [])
    case .webIdentityToken:
      try await run(
        roles, from: "TOKEN", after: [roleAnswer("TOKEN", action: "AssumeRoleWithWebIdentity")])
    case .sso(let sso) where sso.ssoAccountId != nil:
      try await run(roles, from: "SSO", after: [Self.ssoKeys])
    case .sso, .credentialProcess, .loginSession: try compareProfile(base, roles)
    case .namedSource(let name): try compareSource(name, roles)
    case .assumeRole: Issue.record("a role is no base: \(docs)")
    }
  }

  // MARK: - The world

  private func environment(serving files: [String: String] = [:]) -> Environment {
    let profiles = input.profiles ?? input.profile ?? [:]
    let config =
      sections("profile", profiles) + sections("sso-session", input.ssoSessions ?? [:])
      + (profiles.isEmpty ? "[default]\n" : "")
    return Environment(
      variables: ["AWS_PROFILE": profiles.isEmpty ? "default" : input.selectedProfile],
      home: "/home/u"
    ) { path throws(ConfigurationError) in
      if path == "/home/u/.aws/config" { return Array(config.utf8) }
      let name = path.hasPrefix("/home/u/.aws/sso/cache/") ? "sso" : path
      return files[name].map { Array($0.utf8) }
    }
  }

  private func sections(_ kind: String, _ sections: [String: [String: String]]) -> String {
    sections.map { name, properties in
      "[\(kind) \(name)]\n" + properties.map { "\($0) = \($1)\n" }.joined()
    }.joined()
  }

  // MARK: - Running

  private func run(
    _ roles: [RoleCaseStep.Role], from firstID: String, after answers: [String]
  ) async throws {
    let base = try #require(output.chain?.first)
    var files = ["sso": Self.ssoToken]
    if case .webIdentityToken(let token) = base {
      files[token.webIdentityTokenFile] = "sometoken"
    }
    let ids = [firstID] + roles.indices.map { "ROLE\($0 + 1)" }
    let sender = ScriptedSender(
      (answers + ids.dropFirst().map { roleAnswer($0) }).map(ScriptedSender.ok))
    let found = try #require(
      try await findCredentials(in: environment(serving: files), sender: sender), "\(docs)")
    #expect(found.accessKeyID == ids.last, "\(docs)")
    try #require(sender.requests.count == answers.count + roles.count, "\(docs)")
    if let first = sender.requests.first { expect(first, asks: base) }
    if case .accessKey(let keys) = base { expect(found, areOf: keys, hasRoles: !roles.isEmpty) }
    for ((role, id), request) in zip(zip(roles, ids), sender.requests.dropFirst(answers.count)) {
      expect(request, assumes: role)
      #expect(
        request.headerValue("Authorization")?.contains("Credential=\(id)/") == true, "\(docs)")
    }
  }

  private func expect(_ found: Credentials, areOf keys: RoleCaseStep.Keys, hasRoles: Bool) {
    guard !hasRoles else { return }
    #expect(found.secretAccessKey.revealed == keys.secretAccessKey, "\(docs)")
    #expect(found.sessionToken?.revealed == keys.sessionToken, "\(docs)")
    #expect(found.accountID == keys.accountId, "\(docs)")
  }

  private func expect(_ request: HTTPRequest, asks base: RoleCaseStep) {
    switch base {
    case .webIdentityToken(let role):
      #expect(request.headerValue("Authorization") == nil, "\(docs)")
      #expect(request.form["RoleArn"] == role.roleArn, "\(docs)")
      #expect(request.form["WebIdentityToken"] == "sometoken", "\(docs)")
      if let name = role.roleSessionName {
        #expect(request.form["RoleSessionName"] == name, "\(docs)")
      }
    case .sso(let sso):
      #expect(request.url.contains("sso.\(sso.ssoRegion)."), "\(docs)")
      let query = decodedForm(request.url.split(separator: "?").last.map(String.init) ?? "")
      #expect(query["account_id"] == sso.ssoAccountId, "\(docs)")
      #expect(query["role_name"] == sso.ssoRoleName, "\(docs)")
      #expect(request.headerValue("x-amz-sso_bearer_token") == "ssotoken", "\(docs)")
    default: break
    }
  }

  private func expect(_ request: HTTPRequest, assumes role: RoleCaseStep.Role) {
    #expect(request.form["RoleArn"] == role.roleArn, "\(docs)")
    #expect(request.form["ExternalId"] == role.externalId, "\(docs)")
    if let name = role.roleSessionName {
      #expect(request.form["RoleSessionName"] == name, "\(docs)")
    }
  }

  // MARK: - Comparing the plan

  private func compareProfile(_ base: RoleCaseStep, _ roles: [RoleCaseStep.Role]) throws {
    let profile = try selectProfile(in: environment())
    let plan = try RoleChain(profile)
    compare(plan?.roles ?? [], roles)
    var name = profile.name
    if let plan {
      guard case .profile(let source) = plan.base else {
        Issue.record("the base is no profile: \(docs)")
        return
      }
      name = source
    }
    let section = try #require(profile.files.profile(name), "\(docs)")
    switch base {
    case .credentialProcess(let process):
      #expect(section["credential_process"] == process.command, "\(docs)")
      #expect(section["aws_account_id"] == process.accountId, "\(docs)")
    case .loginSession(let login):
      #expect(section["login_session"] == login.loginSessionArn, "\(docs)")
    case .sso(let sso):
      let session = section["sso_session"].flatMap { profile.files.config.ssoSessions[$0] }
      #expect(section["sso_session"] == sso.ssoSession, "\(docs)")
      #expect((section["sso_region"] ?? session?["sso_region"]) == sso.ssoRegion, "\(docs)")
      #expect(
        (section["sso_start_url"] ?? session?["sso_start_url"]) == sso.ssoStartUrl, "\(docs)")
      #expect(section["sso_account_id"] == nil && section["sso_role_name"] == nil, "\(docs)")
    default: Issue.record("nothing to compare: \(docs)")
    }
  }

  /// Without a role the source stands alone, and nothing is planned.
  private func compareSource(_ name: String, _ roles: [RoleCaseStep.Role]) throws {
    let profile = try selectProfile(in: environment())
    let known = RoleChain.Source.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
    guard known != nil || roles.isEmpty else {
      // Programs of theirs may add sources of their own.
      #expect(throws: ConfigurationError.self, "\(docs)") { try RoleChain(profile) }
      return
    }
    let plan = try RoleChain(profile)
    compare(plan?.roles ?? [], roles)
    #expect(plan?.base == (roles.isEmpty ? nil : known.map(RoleChain.Base.source)), "\(docs)")
  }

  private func compare(_ planned: [AssumedRole], _ roles: [RoleCaseStep.Role]) {
    #expect(planned.map(\.arn) == roles.map(\.roleArn), "\(docs)")
    #expect(planned.map(\.externalID) == roles.map(\.externalId), "\(docs)")
    #expect(planned.map(\.sessionName) == roles.map(\.roleSessionName), "\(docs)")
  }
}

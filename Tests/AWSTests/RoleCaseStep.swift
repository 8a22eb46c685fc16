import Testing

/// One place of a chain: where the first keys come from, or a role.
enum RoleCaseStep: Decodable {
  struct Keys: Decodable {
    var accessKeyId: String
    var secretAccessKey: String
    var sessionToken: String?
    var accountId: String?
  }

  struct Role: Decodable {
    var roleArn: String
    var externalId: String?
    var roleSessionName: String?
  }

  struct Token: Decodable {
    var roleArn: String
    var webIdentityTokenFile: String
    var roleSessionName: String?
  }

  struct SSO: Decodable {
    var ssoRegion: String
    var ssoStartUrl: String
    var ssoSession: String?
    var ssoAccountId: String?
    var ssoRoleName: String?
  }

  struct Process: Decodable {
    var command: String
    var accountId: String?
  }

  struct Login: Decodable {
    var loginSessionArn: String
  }

  case accessKey(Keys)
  case assumeRole(Role)
  case webIdentityToken(Token)
  case sso(SSO)
  case credentialProcess(Process)
  case loginSession(Login)
  case namedSource(String)

  private enum Kind: String, CodingKey {
    case accessKey = "AccessKey"
    case assumeRole = "AssumeRole"
    case webIdentityToken = "WebIdentityToken"
    case sso = "Sso"
    case credentialProcess = "CredentialProcess"
    case loginSession = "LoginSession"
    case namedSource = "NamedSource"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Kind.self)
    let kind = try #require(container.allKeys.first, "a step of a kind that is not known")
    self =
      switch kind {
      case .accessKey: .accessKey(try container.decode(Keys.self, forKey: kind))
      case .assumeRole: .assumeRole(try container.decode(Role.self, forKey: kind))
      case .webIdentityToken: .webIdentityToken(try container.decode(Token.self, forKey: kind))
      case .sso: .sso(try container.decode(SSO.self, forKey: kind))
      case .credentialProcess: .credentialProcess(try container.decode(Process.self, forKey: kind))
      case .loginSession: .loginSession(try container.decode(Login.self, forKey: kind))
      case .namedSource: .namedSource(try container.decode(String.self, forKey: kind))
      }
  }

  var role: Role? {
    if case .assumeRole(let role) = self { role } else { nil }
  }
}

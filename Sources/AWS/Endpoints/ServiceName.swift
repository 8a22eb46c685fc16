package import Signing

/// A service of AWS that s3audit calls.
package enum ServiceName: String, Hashable, Sendable, CaseIterable {
  case s3
  case sts
  case cloudwatch
  /// The portal of IAM Identity Center, which hands out the credentials of roles.
  case sso
  /// Renews the tokens of IAM Identity Center.
  case ssoOIDC = "sso_oidc"
  /// Renews the sessions of `aws login`.
  case signin
  /// AWS's price lists.
  case pricing
  /// What was billed.
  case costExplorer = "cost_explorer"

  /// What a signature's scope calls the service.
  package var signingName: String {
    switch self {
    case .s3: "s3"
    case .sts: "sts"
    case .cloudwatch: "monitoring"
    case .sso: "awsssoportal"
    case .ssoOIDC: "sso-oauth"
    case .signin: "signin"
    case .pricing: "pricing"
    case .costExplorer: "ce"
    }
  }

  /// How requests to the service are signed: S3 has habits of its own.
  package var signingOptions: SigningOptions { self == .s3 ? .s3 : .standard }

  /// The variable that gives the service an endpoint.
  var endpointVariable: String { "AWS_ENDPOINT_URL_\(rawValue.uppercased())" }

  /// What messages call the service.
  var title: String {
    switch self {
    case .s3: "S3"
    case .sts: "STS"
    case .cloudwatch: "CloudWatch"
    case .sso: "IAM Identity Center"
    case .ssoOIDC: "IAM Identity Center OIDC"
    case .signin: "AWS Sign-In"
    case .pricing: "AWS Price List"
    case .costExplorer: "Cost Explorer"
    }
  }
}

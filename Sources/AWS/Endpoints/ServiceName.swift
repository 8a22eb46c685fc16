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
}

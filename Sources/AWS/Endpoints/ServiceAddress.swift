/// Where a call goes, and what its signature is made for.
package struct ServiceAddress: Hashable, Sendable {
  /// How a request is signed.
  package enum SignatureScheme: Hashable, Sendable {
    case sigV4
    /// SigV4 with the keys of a directory bucket's session (S3 User Guide, "CreateSession").
    case s3Express
    /// SigV4 for several regions at once, which s3audit cannot sign.
    case sigV4a
  }

  package var endpoint: Endpoint
  /// The region in the credential scope.
  package var region: Region
  /// The service in the credential scope: `s3`, `s3express` or `sts`.
  package var signingName: String
  package var scheme: SignatureScheme

  package init(
    endpoint: Endpoint, region: Region, signingName: String,
    scheme: SignatureScheme = .sigV4
  ) {
    self.endpoint = endpoint
    self.region = region
    self.signingName = signingName
    self.scheme = scheme
  }
}

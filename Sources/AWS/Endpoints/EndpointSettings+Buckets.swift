extension EndpointSettings {
  /// Throws why the first of the buckets has no address, where none of them has any: an access point of
  /// another partition, for one, is no reason to ask anybody for credentials.
  ///
  /// Where nobody names a region it is us-east-1, unless the credentials turn out to be those of an
  /// instance, whose region is then taken. As long as that may be, an ARN is measured by its own region.
  func requireAddress(
    ofOneOf buckets: [String], in region: Region?, isUsEast1Otherwise: Bool
  ) throws(ConfigurationError) {
    var first: ConfigurationError?
    for bucket in buckets {
      let own = isUsEast1Otherwise ? nil : ARN(bucket).flatMap { Region($0.region) }
      do throws(ConfigurationError) {
        _ = try s3Endpoint(in: region ?? own ?? .usEast1).address(bucket: bucket)
        return
      } catch {
        first = first ?? error
      }
    }
    if let first { throw first }
  }
}

extension SelectedProfile {
  /// Whether credentials come from STS or SSO by what profile and environment say, and so from no
  /// instance.
  func asksServicesForKeys(_ environment: Environment) -> Bool {
    let names = ["sso_account_id", "sso_role_name", "web_identity_token_file", "source_profile"]
    return names.contains { section[$0] != nil }
      || origin.leavesEnvironment && environment["AWS_WEB_IDENTITY_TOKEN_FILE"] != nil
  }
}

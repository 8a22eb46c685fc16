/// What a user may say about an account, beside what environment and profile files say.
///
/// What is S3's alone, such as who pays for requests, are options of `S3Client`.
package struct AccountOptions: Hashable, Sendable {
  /// The profile of the AWS configuration files; nil for that of the environment, else `default`.
  package var profile: String?
  /// The region to begin at; nil for that of environment, profile or instance, else us-east-1.
  package var region: String?
  /// A server that speaks S3, instead of AWS.
  package var endpointURL: String?
  package var addressingStyle: AddressingStyle?
  /// Whether requests go out unsigned: public buckets answer those.
  package var isAnonymous: Bool
  /// The buckets that will be asked for, as far as they are known: names, aliases, ARNs.
  package var buckets: [String]

  package init(
    profile: String? = nil, region: String? = nil, endpointURL: String? = nil,
    addressingStyle: AddressingStyle? = nil, isAnonymous: Bool = false, buckets: [String] = []
  ) {
    self.profile = profile
    self.region = region
    self.endpointURL = endpointURL
    self.addressingStyle = addressingStyle
    self.isAnonymous = isAnonymous
    self.buckets = buckets
  }
}

/// The name of a region, such as `eu-central-1`; safe to put into a host name.
package struct Region: Hashable, Sendable, CustomStringConvertible {
  package let name: String

  /// The name, if it is one label of a host name in lower case; nil otherwise.
  ///
  /// Names come from flags, files and from services' answers: without this rule a "region" with
  /// a slash or a dot would send signed requests to another host.
  package init?(_ name: String) {
    guard isHostLabel(name) else { return nil }
    self.name = name
  }

  package var description: String { name }

  /// Where S3 lives when nobody said otherwise.
  package static let usEast1 = Region(unchecked: "us-east-1")

  /// The region that a name like `fips-us-gov-west-1` or `us-gov-west-1-fips` stands for; itself else.
  ///
  /// Such names are from before `use_fips_endpoint`, whose meaning they have. They are no names of
  /// regions in a signature (botocore `_normalize_fips_region`).
  package var withoutFIPS: Region {
    var rest = name[...]
    if rest.hasPrefix("fips-") { rest.removeFirst(5) }
    if rest.hasSuffix("-fips") { rest.removeLast(5) }
    return Region(String(rest)) ?? self
  }

  private init(unchecked name: String) {
    self.name = name
  }
}

/// Finds the region the user set.
package enum RegionResolver {
  /// The first of the option, `AWS_REGION`, `AWS_DEFAULT_REGION` and the profile's `region`; nil
  /// without any.
  ///
  /// Throws `Kind.region` for the first that is set and is no name of a region.
  package static func resolve(
    option: String?, environment: Environment, profile: ProfileSection
  ) throws(ConfigurationError) -> Region? {
    try locate(option: option, environment: environment, profile: profile)?.region
  }

  /// The region that `resolve` finds, and where it is set.
  package static func locate(
    option: String?, environment: Environment, profile: ProfileSection
  ) throws(ConfigurationError) -> (region: Region, origin: SettingOrigin)? {
    let settings: [(String?, SettingOrigin)] = [
      (option, .option), (environment["AWS_REGION"], .named("AWS_REGION")),
      (environment["AWS_DEFAULT_REGION"], .named("AWS_DEFAULT_REGION")),
      (profile["region"], .named("profile '\(profile.name)'")),
    ]
    for case (let name?, let origin) in settings {
      guard let region = Region(name) else {
        throw ConfigurationError(
          .region, "the region \(quoted(name)) of \(origin) is not valid",
          hint: "a region is written like us-east-1")
      }
      return (region, origin)
    }
    return nil
  }
}

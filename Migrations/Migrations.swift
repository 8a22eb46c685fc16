/// One step of the index's schema, or its views, as it ships inside the program.
package struct Migration: Sendable {
  package let name: String
  package let sql: String

  fileprivate init(_ name: String, _ resource: [UInt8]) {
    self.name = name
    sql = String(decoding: resource, as: UTF8.self)
  }

  /// FNV-1a, 64 bits, in hex: it tells a changed file from the published one, not an attacker's.
  package var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Every view as it is now; they are made anew in an index that has them with another checksum.
package let views = Migration("views", PackageResources.views_sql)

/// Every migration in the order it is applied.
///
/// An index's `user_version` is how many of them it has.
///
/// A published file never changes; a test holds their checksums still. Those from v013 on hold tables
/// alone.
package let migrations: [Migration] = [
  Migration("v001_syncs", PackageResources.v001_syncs_sql),
  Migration("v002_objects", PackageResources.v002_objects_sql),
  Migration("v003_changes", PackageResources.v003_changes_sql),
  Migration("v004_views", PackageResources.v004_views_sql),
  Migration("v005_marks", PackageResources.v005_marks_sql),
  Migration("v006_accounts", PackageResources.v006_accounts_sql),
  Migration("v007_properties", PackageResources.v007_properties_sql),
  Migration("v008_endpoints", PackageResources.v008_endpoints_sql),
  Migration("v009_profiles", PackageResources.v009_profiles_sql),
  Migration("v010_order", PackageResources.v010_order_sql),
  Migration("v011_states", PackageResources.v011_states_sql),
  Migration("v012_sums", PackageResources.v012_sums_sql),
  Migration("v013_versions", PackageResources.v013_versions_sql),
  Migration("v014_counts", PackageResources.v014_counts_sql),
  Migration("v015_null_ids", PackageResources.v015_null_ids_sql),
  Migration("v016_costs", PackageResources.v016_costs_sql),
  Migration("v017_estimates", PackageResources.v017_estimates_sql),
  Migration("v018_prefix_history", PackageResources.v018_prefix_history_sql),
  Migration("v019_journal_classes", PackageResources.v019_journal_classes_sql),
  Migration("v020_history_thinning", PackageResources.v020_history_thinning_sql),
]

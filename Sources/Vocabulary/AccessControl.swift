/// Who may do what with a bucket by its access control list.
package struct AccessControl: BucketSetting, JSONRecord {
  package struct Grant: JSONRecord, Equatable, Sendable {
    /// The canonical id of an account, the URI of a group, or a mail address.
    package var grantee = ""
    package var permission = ""

    package init() {}

    package mutating func visit(_ fields: inout JSONFields) {
      fields.visit("grantee", &grantee)
      fields.visit("permission", &permission)
    }
  }

  /// The canonical id.
  package var owner: String?
  package var grants: [Grant] = []

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("owner", &owner)
    fields.visit("grants", &grants)
  }

  /// Groups that anybody belongs to, with the words of S3's canned ACLs for them.
  private static let publicGroups = [
    (uri: "http://acs.amazonaws.com/groups/global/AllUsers", word: "public"),
    (
      uri: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers", word: "authenticated"
    ),
  ]

  /// Whether a group that anybody belongs to, or any AWS account, may do something.
  package var isPublic: Bool { value != "private" }

  /// `private`, or the widest group and what it may do: `public-read`, `authenticated-read`.
  package var value: String? {
    for group in Self.publicGroups {
      let permissions = Set(grants.filter { $0.grantee == group.uri }.map(\.permission))
      if let right = Self.right(permissions) { return "\(group.word)-\(right)" }
    }
    return "private"
  }

  private static func right(_ permissions: Set<String>) -> String? {
    if permissions.contains("FULL_CONTROL") { return "full-control" }
    let reads = permissions.contains("READ")
    let writes = permissions.contains("WRITE")
    if reads || writes { return reads ? writes ? "read-write" : "read" : "write" }
    // What is left, READ_ACP and WRITE_ACP, or something newer: never to be passed over.
    return permissions.min()?.lowercased().split(separator: "_").joined(separator: "-")
  }
}

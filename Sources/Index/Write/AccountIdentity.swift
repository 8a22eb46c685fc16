/// An account as it is known while its buckets are listed.
package struct AccountIdentity: Hashable, Sendable {
  /// The canonical user id that ListBuckets names; nil when it was not asked or names none.
  package var owner: String?
  /// The account's number, twelve digits, as STS names it; nil while that is not known.
  package var number: String?
  /// The profile whose credentials it is reached with; nil without one.
  package var profile: String?

  package init(owner: String? = nil, number: String? = nil, profile: String? = nil) {
    self.owner = owner
    self.number = number
    self.profile = profile
  }

  /// What the views call it: the number, else the owner; nil when neither is known.
  package var name: String? { number ?? owner }
}

/// An account as the index has it.
package struct IndexedAccount: Hashable, Sendable {
  package var id: Int64
  /// The server it is an account of, as its buckets have it.
  package var endpoint: String
  package var identity: AccountIdentity
  /// All by which it is reached, the one of its identity among them; in order.
  package var profiles: [String] = []

  /// What the views call it: its number, else its owner.
  package var name: String { identity.name ?? "" }

  /// The account as errors list it, such as `111122223333 (prod)` or `owner (dev) at http://server`.
  var label: String {
    let profile = identity.profile.map { " (\($0))" } ?? ""
    return name + profile + (endpoint.isEmpty ? "" : " at \(endpoint)")
  }
}

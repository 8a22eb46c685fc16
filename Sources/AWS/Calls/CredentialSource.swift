package import Signing

/// Where the requests of a client get their credentials, and where refused ones go.
package struct CredentialSource: Sendable {
  /// Finds credentials that are valid at a time; nil to send a request unsigned.
  package typealias Find = @Sendable (_ now: SigningTime) async throws -> Credentials?
  /// Forgets credentials, unless others have taken their place.
  package typealias Discard = @Sendable (_ refused: Credentials) async -> Void

  private let find: Find
  private let discarding: Discard
  /// Whether requests are never signed.
  package let isAnonymous: Bool

  /// Credentials that `find` finds; what is refused can be found again unless `discard` forgets it.
  package init(discard: @escaping Discard = { _ in }, _ find: @escaping Find) {
    self.init(isAnonymous: false, discard: discard, find)
  }

  private init(isAnonymous: Bool, discard: @escaping Discard, _ find: @escaping Find) {
    self.isAnonymous = isAnonymous
    self.find = find
    discarding = discard
  }

  /// No credentials: public buckets answer unsigned requests.
  package static let anonymous = CredentialSource(isAnonymous: true, discard: { _ in }) { _ in nil }

  /// Credentials for a request that is signed at `now`; nil to send it unsigned.
  ///
  /// Throws what is in the way of them.
  package func credentials(at now: SigningTime) async throws -> Credentials? {
    try await find(now)
  }

  /// Takes in that a service refused these as expired: the next request gets others.
  package func discard(_ refused: Credentials) async {
    await discarding(refused)
  }
}

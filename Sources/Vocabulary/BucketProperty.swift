/// How a bucket is set up in one respect, as a server said it, or why that is not known.
package struct BucketProperty: Equatable, Sendable {
  /// In the order in which people are shown them; the raw values are the index's words.
  package enum Name: String, CaseIterable, Sendable {
    case versioning, encryption, lifecycle, replication
    case publicAccessBlock = "public_access_block"
    case policyStatus = "policy_status"
    case acl
    case objectLock = "object_lock"
    case logging, tags
    case intelligentTiering = "intelligent_tiering"
  }

  package enum State: String, CaseIterable, Sendable {
    case set
    /// The server said that there is nothing of it.
    case absent = "none"
    case denied
    /// The server does not know of it, or answers with something else.
    case unsupported
    /// Neither: an answer that could not be read, or none at all.
    case failed
  }

  package var name: Name
  package var state: State
  /// All of it in a word or a number; nil unless it is set.
  package var value: String?
  /// All of it, as JSON with sorted keys; nil unless it is set.
  package var document: String?
  /// Why it could not be read, without what differs from answer to answer; nil when it was.
  package var error: String?

  package init(
    _ name: Name, _ state: State, value: String? = nil, document: String? = nil,
    error: String? = nil
  ) {
    self.name = name
    self.state = state
    self.value = value
    self.document = document
    self.error = error
  }

  /// The value, else the state: what a table shows.
  package var text: String { value ?? state.rawValue }
}

/// What a property's document holds.
///
/// Its keys are the names of the Swift properties in snake_case; those without a value are left
/// out.
package protocol BucketSetting: JSONConvertible, Equatable, Sendable {
  /// All of it in a word or a number; nil when nothing is set.
  var value: String? { get }
}

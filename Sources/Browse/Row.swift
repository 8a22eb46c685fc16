package import Index
package import Vocabulary

/// One line of a level.
package struct Row: Sendable {
  package enum Kind: Sendable {
    indirect case account(AccountPlace, Freshness)
    indirect case bucket(BucketSummary)
    case prefix
    indirect case object(storageClass: String)
  }

  package var kind: Kind
  /// What it is called in its level: of a key the part behind the level's prefix.
  package var name: [UInt8]
  /// Nil where it is not known.
  package var objects: Int64?
  package var bytes: Int64?
  /// When it, or the newest object in it, was modified last; nil where nobody has looked.
  package var modified: Timestamp?

  package init(
    _ kind: Kind, name: [UInt8], objects: Int64?, bytes: Int64?, modified: Timestamp? = nil
  ) {
    self.kind = kind
    self.name = name
    self.objects = objects
    self.bytes = bytes
    self.modified = modified
  }

  var isObject: Bool {
    if case .object = kind { true } else { false }
  }
}

/// What stands before a row that cannot be taken as it is.
enum Mark: Character {
  case denied = "!"
  case partial = "~"
  /// Complete as of a while ago.
  case stale = "*"
  case empty = "e"
  case never = "?"
  case none = " "

  /// How old a listing is that is stale.
  static let staleMilliseconds: Int64 = 36 * 3_600_000

  init(_ freshness: Freshness, objects: Int64?, now: Timestamp) {
    switch freshness.state {
    case .denied: self = .denied
    case .partial: self = .partial
    case .never: self = .never
    case .complete:
      let age = freshness.syncedAt.map {
        now.millisecondsSinceEpoch.minus($0.millisecondsSinceEpoch)
      }
      self = (age ?? 0) > Self.staleMilliseconds ? .stale : objects == 0 ? .empty : .none
    }
  }
}

/// Objects that are billed alike: of one account, region, class and state.
package struct StoredCell: Equatable, Sendable {
  package enum State: String, CaseIterable, Sendable {
    case current, noncurrent
    /// Parts of unfinished uploads.
    case uploads
  }

  /// Whose bill they are on: volume tiers are shared within it.
  package var payer: String
  /// Nil where it is not known.
  package var region: String?
  /// Whether it is on a server that is not AWS: no price of AWS's is one there.
  package var isElsewhere = false
  package var storageClass: String
  package var state: State
  package var objects: Int64
  package var bytes: Int64
  /// Those of fewer than 131,072 bytes among them.
  package var smallObjects: Int64
  package var smallBytes: Int64
  /// Where the objects of INTELLIGENT_TIERING are, all of them; nil where that is not known.
  package var tiers: [AccessTier: Counted]?

  package struct Counted: Equatable, Sendable {
    package var objects: Int64
    package var bytes: Int64

    package init(objects: Int64, bytes: Int64) {
      self.objects = objects
      self.bytes = bytes
    }
  }

  package init(
    payer: String, region: String?, storageClass: String, state: State = .current, objects: Int64,
    bytes: Int64, smallObjects: Int64, smallBytes: Int64, tiers: [AccessTier: Counted]? = nil
  ) {
    self.payer = payer
    self.region = region
    self.storageClass = storageClass
    self.state = state
    self.objects = objects
    self.bytes = bytes
    self.smallObjects = smallObjects
    self.smallBytes = smallBytes
    self.tiers = tiers
  }
}

/// What a bill is made of: of an object's bytes, and of what comes on top.
package enum CostComponent: String, CaseIterable, Sendable {
  case storage
  /// What objects under 128 KiB are billed for and do not have.
  case padding
  /// The 32 KiB of an archived object.
  case archiveOverhead = "archive_overhead"
  /// Its 8 KiB at the rate of STANDARD.
  case archiveIndex = "archive_index"
  case monitoring
}

import Vocabulary

/// The way of an archived version to where it can be read, begun by RestoreObject.
struct Thaw: Sendable {
  enum Tier: String, Sendable {
    case expedited = "Expedited"
    case standard = "Standard"
    case bulk = "Bulk"

    var speed: Int {
      switch self {
      case .bulk: 0
      case .standard: 1
      case .expedited: 2
      }
    }
  }

  var tier: Tier
  /// Nil for INTELLIGENT_TIERING, which moves to its frequent tier for good.
  var days: Int?
  /// The copy is there from then on, once nobody has to look any more.
  var readyAt: Timestamp
  /// How often it is still found on its way.
  var looksLeft: Int
  /// The days count from the last request.
  var daysFrom: Timestamp

  func isReady(at now: Timestamp) -> Bool { looksLeft <= 0 && now >= readyAt }

  /// When the copy is gone: the midnight after its days (S3 User Guide, "Restoring an archived
  /// object"); nil for INTELLIGENT_TIERING.
  var expires: Timestamp? {
    guard let days else { return nil }
    let dayMilliseconds: Int64 = 86_400_000
    let end = max(daysFrom, readyAt).millisecondsSinceEpoch + Int64(days) * dayMilliseconds
    return Timestamp(
      millisecondsSinceEpoch: (end + dayMilliseconds - 1) / dayMilliseconds * dayMilliseconds)
  }
}

/// Where a version is that cannot be read as it is.
enum Archive: Equatable {
  case glacier
  case deepArchive
  case archiveAccess
  case deepArchiveAccess

  /// The archive tiers of INTELLIGENT_TIERING, by the word of AccessTier; nil for a storage class.
  var tier: String? {
    switch self {
    case .glacier, .deepArchive: nil
    case .archiveAccess: "ARCHIVE_ACCESS"
    case .deepArchiveAccess: "DEEP_ARCHIVE_ACCESS"
    }
  }

  var isDeep: Bool { self == .deepArchive || self == .deepArchiveAccess }
}

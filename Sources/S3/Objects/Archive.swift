/// Where a version is archived: it cannot be read before it was brought back.
///
/// `GLACIER_IR` is none of them, as it is read at once (User Guide, "Working with archived objects").
/// Raw values are the class, and for the tiers of `INTELLIGENT_TIERING` what `x-amz-archive-status` says.
package enum Archive: String, CaseIterable, Sendable {
  case glacier = "GLACIER"
  case deepArchive = "DEEP_ARCHIVE"
  case tieringArchive = "ARCHIVE_ACCESS"
  case tieringDeepArchive = "DEEP_ARCHIVE_ACCESS"

  /// The class whose objects move between tiers, which no listing shows.
  package static let tieringClass = "INTELLIGENT_TIERING"

  /// Nil for a version that can be read at once.
  ///
  /// `tier` is a tier of `INTELLIGENT_TIERING`, as HEAD's `x-amz-archive-status` and the `AccessTier` of a
  /// refused GET name it.
  package init?(storageClass: String, tier: String?) {
    if let tier, let archive = Archive(rawValue: tier), archive.isTier {
      self = archive
      return
    }
    guard let archive = Archive(rawValue: storageClass), !archive.isTier else { return nil }
    self = archive
  }

  /// Whether it is a tier of `INTELLIGENT_TIERING`: what is brought back from there moves to the frequently
  /// read tier and stays readable, instead of having a copy for some days.
  package var isTier: Bool { self == .tieringArchive || self == .tieringDeepArchive }

  /// Whether it is one of the deep ones, from which nothing comes within minutes.
  package var isDeep: Bool { self == .deepArchive || self == .tieringDeepArchive }
}

/// How fast, and for what price, a version is brought back; raw values are the words for people.
package enum ThawSpeed: String, CaseIterable, Sendable {
  case bulk, standard, expedited

  /// As RestoreObject takes it.
  var wireName: String {
    switch self {
    case .bulk: "Bulk"
    case .standard: "Standard"
    case .expedited: "Expedited"
    }
  }
}

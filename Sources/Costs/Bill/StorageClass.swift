/// How S3 bills a storage class (AWS, "Understanding your AWS billing and usage reports", and "Amazon S3 Storage
/// Classes").
package enum StorageClassRule: Equatable, Sendable {
  /// Bytes as they are.
  case plain(UsageType)
  /// Objects under 128 KiB count as 128 KiB.
  case padded(UsageType)
  /// 32 KiB more an object at the class's rate, and 8 KiB at that of STANDARD; parts of uploads wait in `staging`.
  case archived(UsageType, PriceService, staging: UsageType)
  /// By access: what is where, no listing tells.
  case tiering

  /// Nil for a class that no price is known for, such as OUTPOSTS.
  package init?(_ storageClass: String) {
    switch storageClass {
    case "STANDARD": self = .plain(.standard)
    case "REDUCED_REDUNDANCY": self = .plain(.reducedRedundancy)
    case "EXPRESS_ONEZONE": self = .plain(.express)
    case "STANDARD_IA": self = .padded(.standardIA)
    case "ONEZONE_IA": self = .padded(.oneZoneIA)
    case "GLACIER_IR": self = .padded(.glacierInstant)
    case "GLACIER": self = .archived(.glacier, .s3, staging: .glacierStaging)
    case "DEEP_ARCHIVE":
      self = .archived(.deepArchive, .deepArchive, staging: .deepArchiveStaging)
    case "INTELLIGENT_TIERING": self = .tiering
    default: return nil
    }
  }

  /// What an archived object has more at its class's rate, and at that of STANDARD.
  package static let archiveOverhead: Int64 = 32 << 10
  package static let indexOverhead: Int64 = 8 << 10
}

/// Where an object of INTELLIGENT_TIERING is.
package enum AccessTier: CaseIterable, Hashable, Sendable {
  case frequent, infrequent, archiveInstant, archive, deepArchive

  package var usage: UsageType {
    switch self {
    case .frequent: .frequent
    case .infrequent: .infrequent
    case .archiveInstant: .archiveInstant
    case .archive: .archiveAccess
    case .deepArchive: .deepArchiveAccess
    }
  }

  /// Whether its objects have the overheads of an archive.
  package var isArchive: Bool { self == .archive || self == .deepArchive }
}

internal import Vocabulary

/// A storage type of CloudWatch's metrics of S3: what a figure is a figure of.
///
/// Source: Amazon S3 User Guide, "Metrics and dimensions". New names come: one that is not known stays, with
/// neither class nor component.
package struct StorageType: Hashable, Sendable {
  /// As CloudWatch writes it: `StandardIASizeOverhead`.
  package let name: String

  package init(_ name: String) { self.name = name }

  /// Counts objects of all classes.
  ///
  /// Versions that are not the latest, delete markers and parts of unfinished uploads are counted too. Every other
  /// type is about bytes.
  package static let all = StorageType("AllStorageTypes")

  /// The class that its bytes are billed in; nil for all classes, and for a type that is not known.
  package var storageClass: String? { Self.known[name]?.storageClass }

  /// Nil for a type whose name does not even tell whether its bytes are stored.
  package var component: FigureComponent? {
    if let known = Self.known[name] { return known.component }
    if self == .all { return .objects }
    if name.hasSuffix("Overhead") { return .overhead }
    return name.hasSuffix("Storage") ? .storage : nil
  }

  /// Where in INTELLIGENT_TIERING its bytes are; nil for all others.
  package var tier: AccessTier? { Self.tiers[name] }

  /// Whether CloudWatch has a type of its own for what is stored of a class in that way; of OUTPOSTS it has none.
  package static func tells(_ component: FigureComponent, of storageClass: String) -> Bool {
    known.values.contains { $0.storageClass == storageClass && $0.component == component }
  }

  /// Whether a name is one of CloudWatch's storage types, in upper or lower case.
  package static func isKnown(_ name: String) -> Bool {
    known.keys.contains { $0.lowercased() == name.lowercased() }
      || all.name.lowercased() == name.lowercased()
  }

  private typealias Meaning = (storageClass: String, component: FigureComponent)

  private static let tiers: [String: AccessTier] = [
    "IntelligentTieringFAStorage": .frequent, "IntelligentTieringIAStorage": .infrequent,
    "IntelligentTieringAIAStorage": .archiveInstant, "IntelligentTieringAAStorage": .archive,
    "IntelligentTieringDAAStorage": .deepArchive, "IntAAObjectOverhead": .archive,
    "IntAAS3ObjectOverhead": .archive, "IntDAAObjectOverhead": .deepArchive,
    "IntDAAS3ObjectOverhead": .deepArchive,
  ]

  private static let known: [String: Meaning] = [
    "StandardStorage": ("STANDARD", .storage),
    "ReducedRedundancyStorage": ("REDUCED_REDUNDANCY", .storage),
    "ExpressOneZoneStorage": ("EXPRESS_ONEZONE", .storage),
    "StandardIAStorage": ("STANDARD_IA", .storage),
    "StandardIASizeOverhead": ("STANDARD_IA", .padding),
    "StandardIAObjectOverhead": ("STANDARD_IA", .overhead),
    "OneZoneIAStorage": ("ONEZONE_IA", .storage),
    "OneZoneIASizeOverhead": ("ONEZONE_IA", .padding),
    "GlacierInstantRetrievalStorage": ("GLACIER_IR", .storage),
    "GlacierIRSizeOverhead": ("GLACIER_IR", .padding),
    // What pages of AWS called it until 2023.
    "GlacierInstantRetrievalSizeOverhead": ("GLACIER_IR", .padding),
    "GlacierStorage": ("GLACIER", .storage),
    "GlacierObjectOverhead": ("GLACIER", .archiveOverhead),
    "GlacierS3ObjectOverhead": ("GLACIER", .archiveIndex),
    "GlacierStagingStorage": ("GLACIER", .staging),
    "DeepArchiveStorage": ("DEEP_ARCHIVE", .storage),
    "DeepArchiveObjectOverhead": ("DEEP_ARCHIVE", .archiveOverhead),
    "DeepArchiveS3ObjectOverhead": ("DEEP_ARCHIVE", .archiveIndex),
    "DeepArchiveStagingStorage": ("DEEP_ARCHIVE", .staging),
    "IntelligentTieringFAStorage": ("INTELLIGENT_TIERING", .storage),
    "IntelligentTieringIAStorage": ("INTELLIGENT_TIERING", .storage),
    "IntelligentTieringAIAStorage": ("INTELLIGENT_TIERING", .storage),
    "IntelligentTieringAAStorage": ("INTELLIGENT_TIERING", .storage),
    "IntelligentTieringDAAStorage": ("INTELLIGENT_TIERING", .storage),
    "IntAAObjectOverhead": ("INTELLIGENT_TIERING", .archiveOverhead),
    "IntAAS3ObjectOverhead": ("INTELLIGENT_TIERING", .archiveIndex),
    "IntDAAObjectOverhead": ("INTELLIGENT_TIERING", .archiveOverhead),
    "IntDAAS3ObjectOverhead": ("INTELLIGENT_TIERING", .archiveIndex),
  ]
}

/// What part of a bill a figure of CloudWatch is about.
package enum FigureComponent: String, CaseIterable, Sendable {
  /// A count, not bytes.
  case objects
  /// Bytes of objects, as a listing has them.
  case storage
  /// Parts of unfinished uploads into an archive.
  case staging
  /// What objects under 128 KiB are billed for and do not have.
  case padding
  /// The 32 KiB of an archived object.
  case archiveOverhead = "archive_overhead"
  /// Its 8 KiB at the rate of STANDARD.
  case archiveIndex = "archive_index"
  /// Billed and not stored, in a way that is not known.
  case overhead

  /// Whether its bytes are stored, and not only billed.
  package var isStored: Bool { self == .storage || self == .staging }
}

/// One value of CloudWatch: whole bytes or objects, as far as it is one.
package enum Figure: Equatable, Sendable {
  case known(Int64)
  /// What was written is no size; shown to people, so that they see what it was.
  case unreadable(String)

  /// A value as CloudWatch writes it, a floating point number: `1000000000001.0`, `1.5E12`.
  ///
  /// Beyond 2^53 such a number is no longer exact to a byte, and no bucket is that large.
  package init(written text: String) {
    // Swift reads hexadecimal numbers, too.
    guard !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }),
      let number = Double(text), number.isFinite, number >= 0, number <= Self.valueMax
    else {
      self = .unreadable(text)
      return
    }
    self = .known(Int64(number.rounded()))
  }

  private static let valueMax = 9_007_199_254_740_992.0

  /// Nil where it is unreadable.
  package var value: Int64? {
    if case .known(let value) = self { value } else { nil }
  }
}

extension FigureComponent {
  /// What objects of a class are billed for and do not have, by the rules of bills; nothing for a class that is
  /// billed as it is, or whose rule no listing can apply.
  package static func overheads(
    of storageClass: String, objects: Int64, smallObjects: Int64, smallBytes: Int64
  ) -> [FigureComponent: Int64] {
    switch StorageClassRule(storageClass) {
    case .padded: [.padding: smallObjects.times(SmallObject.sizeMin).minus(smallBytes)]
    case .archived:
      [
        .archiveOverhead: objects.times(StorageClassRule.archiveOverhead),
        .archiveIndex: objects.times(StorageClassRule.indexOverhead),
      ]
    case .plain, .tiering, nil: [:]
    }
  }
}

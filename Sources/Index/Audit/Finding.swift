internal import Vocabulary

/// Something that an auditor of a bucket should know.
package struct Finding: Equatable, Sendable {
  package enum Severity: String, CaseIterable, Comparable, Sendable {
    case high, medium, low, info

    /// The worse is the greater.
    package static func < (left: Severity, right: Severity) -> Bool {
      left.rank < right.rank
    }

    private var rank: Int {
      switch self {
      case .info: 0
      case .low: 1
      case .medium: 2
      case .high: 3
      }
    }
  }

  /// The raw values are the words of answers.
  package enum Kind: String, CaseIterable, Sendable {
    case isPublic = "public"
    case publicAccessNotBlocked = "public-access-not-blocked"
    case unencrypted
    case versioningOff = "versioning-off"
    case noLifecycleForNoncurrentVersions = "no-lifecycle-for-noncurrent-versions"
    case noLifecycleForUploads = "no-lifecycle-for-uploads"
    case noncurrentVersionsKept = "noncurrent-versions-kept"
    case oldUploads = "uploads-older-than-7-days"
    case smallObjects = "small-objects-in-ia-or-glacier"
    case reducedRedundancy = "reduced-redundancy"
    /// What could not be judged, and why.
    case notChecked = "not-checked"

    package var severity: Severity {
      switch self {
      case .isPublic: .high
      case .publicAccessNotBlocked, .unencrypted, .versioningOff: .medium
      case .noLifecycleForNoncurrentVersions, .noLifecycleForUploads, .noncurrentVersionsKept,
        .oldUploads,
        .smallObjects, .reducedRedundancy:
        .low
      case .notChecked: .info
      }
    }

    /// Its place among those of one severity.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  package var kind: Kind
  /// In words, on one line.
  package var detail: String
  /// The objects it is about; nil for all of the bucket's.
  package var usage: Usage?
  /// Whether the bytes of some that it is about are not known, so that the sum is none.
  package var lacksBytes = false
  /// Bytes that are billed and are no object's, for small ones.
  package var overheadBytes: Int64?

  package init(
    _ kind: Kind, _ detail: String, usage: Usage? = nil, overheadBytes: Int64? = nil
  ) {
    self.kind = kind
    self.detail = detail
    self.usage = usage
    self.overheadBytes = overheadBytes
  }

  package var severity: Severity { kind.severity }
}

/// A storage class in which small objects cost more than their bytes (AWS, "Understanding your AWS
/// billing and usage reports for Amazon S3", notes 3 to 6; S3 pricing).
struct SmallObjectRule {
  var storageClass: String
  /// Bytes that each object is billed as at least; nil for a class that adds `added` to each.
  var billedMin: Int64?
  /// Bytes that each object is billed for beside its own.
  var added: Int64 = 0

  static let all = [
    SmallObjectRule(storageClass: "STANDARD_IA", billedMin: SmallObject.sizeMin),
    SmallObjectRule(storageClass: "ONEZONE_IA", billedMin: SmallObject.sizeMin),
    SmallObjectRule(storageClass: "GLACIER_IR", billedMin: SmallObject.sizeMin),
    // 32 KB at the class's rate and 8 KB at the rate of STANDARD.
    SmallObjectRule(storageClass: "GLACIER", added: 40 << 10),
    SmallObjectRule(storageClass: "DEEP_ARCHIVE", added: 40 << 10),
  ]

  /// The finding for so many small objects.
  func finding(_ usage: Usage) -> Finding {
    let overhead =
      billedMin.map { $0.times(usage.objects).minus(usage.bytes) } ?? added.times(usage.objects)
    let detail =
      billedMin == nil
      ? "objects under 128 KiB in \(storageClass): each is billed for 40 KiB more than its size"
      : "objects under 128 KiB in \(storageClass): each is billed as 128 KiB"
    return Finding(.smallObjects, detail, usage: usage, overheadBytes: overhead)
  }
}

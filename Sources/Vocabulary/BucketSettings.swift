// The documents of bucket properties: S3 answers on one side, JSON in the index on the other.

/// Whether a bucket keeps the versions of its objects.
package struct Versioning: BucketSetting {
  /// `Enabled` or `Suspended`; nil when it was never turned on.
  package var status: String?
  /// Whether deleting versions takes a second factor.
  package var mfaDelete = false

  package init() {}

  package var value: String? {
    status.map { mfaDelete ? "\($0), MFA delete" : $0 }
  }
}

/// How objects are encrypted when their uploader says nothing.
package struct DefaultEncryption: BucketSetting {
  /// `AES256`, `aws:kms` or `aws:kms:dsse`.
  package var algorithm: String?
  package var kmsKey: String?
  package var hasBucketKey = false
  /// Kinds of encryption that uploads may not use.
  package var blocked: [String]?

  package init() {}

  package var value: String? { algorithm }
}

/// Which objects a rule is about: those that meet all conditions.
package struct RuleFilter: Codable, Equatable, Sendable {
  package var prefix: String?
  package var tags: [String: String]?
  /// Bytes, exclusive.
  package var sizeOver: Int64?
  /// Bytes, exclusive.
  package var sizeUnder: Int64?
  /// Conditions that this program does not know, by S3's names: the rule is not for everything.
  package var others: [String]?

  package init() {}

  package var isEverything: Bool { self == RuleFilter() }
}

/// What becomes of objects with time.
package struct Lifecycle: BucketSetting {
  package struct Transition: Codable, Equatable, Sendable {
    package var storageClass = ""
    package var days: Int64?
    package var date: String?
    /// How many of the newest noncurrent versions stay where they are.
    package var versionsKept: Int64?

    package init() {}
  }

  package struct Rule: Codable, Equatable, Sendable {
    package var id: String?
    package var isEnabled = false
    /// Nil for the whole bucket.
    package var filter: RuleFilter?
    package var expirationDays: Int64?
    package var expirationDate: String?
    /// Whether delete markers with nothing behind them are removed.
    package var expiresDeleteMarkers: Bool?
    package var transitions: [Transition]?
    package var noncurrentExpirationDays: Int64?
    package var noncurrentVersionsKept: Int64?
    package var noncurrentTransitions: [Transition]?
    /// When unfinished uploads are given up.
    package var abortUploadsDays: Int64?

    package init() {}
  }

  package var rules: [Rule] = []

  package init() {}

  package var value: String? {
    rules.isEmpty ? nil : String(rules.count { $0.isEnabled })
  }
}

/// Where copies of objects go.
package struct Replication: BucketSetting {
  package struct Rule: Codable, Equatable, Sendable {
    package var id: String?
    package var isEnabled = false
    package var priority: Int64?
    /// Nil for the whole bucket.
    package var filter: RuleFilter?
    /// The ARN of the bucket that gets the copies.
    package var destination: String?
    package var account: String?
    package var storageClass: String?
    package var kmsKey: String?
    package var replicatesDeleteMarkers = false
    package var replicatesExistingObjects = false

    package init() {}
  }

  package var role: String?
  package var rules: [Rule] = []

  package init() {}

  package var value: String? {
    rules.isEmpty ? nil : String(rules.count { $0.isEnabled })
  }
}

/// What of public access a bucket refuses, whatever its policy and ACLs say.
package struct PublicAccessBlock: BucketSetting {
  package var blockPublicAcls = false
  package var ignorePublicAcls = false
  package var blockPublicPolicy = false
  package var restrictPublicBuckets = false

  package init() {}

  package var value: String? {
    let on = [blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets]
      .count { $0 }
    return on == 4 ? "all" : "\(on) of 4"
  }
}

/// Whether a bucket's policy lets everybody in.
package struct PolicyStatus: BucketSetting {
  package var isPublic = false

  package init() {}

  package var value: String? { isPublic ? "public" : "private" }
}

/// Which default retention new objects get.
package struct ObjectLock: BucketSetting {
  package var isEnabled = false
  /// `GOVERNANCE` or `COMPLIANCE`; nil without a default retention.
  package var mode: String?
  package var days: Int64?
  package var years: Int64?

  package init() {}

  package var value: String? {
    guard isEnabled else { return nil }
    guard let mode else { return "enabled" }
    if let days { return "\(mode) \(days) \(days == 1 ? "day" : "days")" }
    if let years { return "\(mode) \(years) \(years == 1 ? "year" : "years")" }
    return mode
  }
}

/// Where a bucket's access logs go.
package struct AccessLogging: BucketSetting {
  package var targetBucket: String?
  package var targetPrefix: String?

  package init() {}

  package var value: String? { targetBucket.map { "\($0)/\(targetPrefix ?? "")" } }
}

/// The tags of a bucket.
package struct BucketTags: BucketSetting {
  package var tags: [String: String] = [:]

  package init() {}

  package var value: String? { tags.isEmpty ? nil : String(tags.count) }

  package init(from decoder: any Decoder) throws {
    tags = try decoder.singleValueContainer().decode([String: String].self)
  }

  /// Without a level of its own: `document ->> '$.team'` is a tag's value.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(tags)
  }
}

/// Into which archives S3 moves what is in Intelligent-Tiering.
package struct IntelligentTiering: BucketSetting {
  package struct Tiering: Codable, Equatable, Sendable {
    package var tier = ""
    package var days: Int64?

    package init() {}
  }

  package struct Configuration: Codable, Equatable, Sendable {
    package var id: String?
    package var isEnabled = false
    /// Nil for the whole bucket.
    package var filter: RuleFilter?
    package var tierings: [Tiering] = []

    package init() {}
  }

  package var configurations: [Configuration] = []

  package init() {}

  package var value: String? { configurations.isEmpty ? nil : String(configurations.count) }
}

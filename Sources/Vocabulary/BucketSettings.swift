// The documents of bucket properties: S3 answers on one side, JSON in the index on the other.

/// Whether a bucket keeps the versions of its objects.
package struct Versioning: BucketSetting, JSONRecord {
  /// `Enabled` or `Suspended`; nil when it was never turned on.
  package var status: String?
  /// Whether deleting versions takes a second factor.
  package var mfaDelete = false

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("status", &status)
    fields.visit("mfa_delete", &mfaDelete)
  }

  package var value: String? {
    status.map { mfaDelete ? "\($0), MFA delete" : $0 }
  }
}

/// How objects are encrypted when their uploader says nothing.
package struct DefaultEncryption: BucketSetting, JSONRecord {
  /// `AES256`, `aws:kms` or `aws:kms:dsse`.
  package var algorithm: String?
  package var kmsKey: String?
  package var hasBucketKey = false
  /// Kinds of encryption that uploads may not use.
  package var blocked: [String]?

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("algorithm", &algorithm)
    fields.visit("kms_key", &kmsKey)
    fields.visit("has_bucket_key", &hasBucketKey)
    fields.visit("blocked", &blocked)
  }

  package var value: String? { algorithm }
}

/// Which objects a rule is about: those that meet all conditions.
package struct RuleFilter: JSONRecord, Equatable, Sendable {
  package var prefix: String?
  package var tags: [String: String]?
  /// Bytes, exclusive.
  package var sizeOver: Int64?
  /// Bytes, exclusive.
  package var sizeUnder: Int64?
  /// Conditions that this program does not know, by S3's names: the rule is not for everything.
  package var others: [String]?

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("prefix", &prefix)
    fields.visit("tags", &tags)
    fields.visit("size_over", &sizeOver)
    fields.visit("size_under", &sizeUnder)
    fields.visit("others", &others)
  }

  package var isEverything: Bool { self == RuleFilter() }
}

/// What becomes of objects with time.
package struct Lifecycle: BucketSetting, JSONRecord {
  package struct Transition: JSONRecord, Equatable, Sendable {
    package var storageClass = ""
    package var days: Int64?
    package var date: String?
    /// How many of the newest noncurrent versions stay where they are.
    package var versionsKept: Int64?

    package init() {}

    package mutating func visit(_ fields: inout JSONFields) {
      fields.visit("storage_class", &storageClass)
      fields.visit("days", &days)
      fields.visit("date", &date)
      fields.visit("versions_kept", &versionsKept)
    }
  }

  package struct Rule: JSONRecord, Equatable, Sendable {
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

    package mutating func visit(_ fields: inout JSONFields) {
      fields.visit("id", &id)
      fields.visit("is_enabled", &isEnabled)
      fields.visit("filter", &filter)
      fields.visit("expiration_days", &expirationDays)
      fields.visit("expiration_date", &expirationDate)
      fields.visit("expires_delete_markers", &expiresDeleteMarkers)
      fields.visit("transitions", &transitions)
      fields.visit("noncurrent_expiration_days", &noncurrentExpirationDays)
      fields.visit("noncurrent_versions_kept", &noncurrentVersionsKept)
      fields.visit("noncurrent_transitions", &noncurrentTransitions)
      fields.visit("abort_uploads_days", &abortUploadsDays)
    }
  }

  package var rules: [Rule] = []

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("rules", &rules)
  }

  package var value: String? {
    rules.isEmpty ? nil : String(rules.count { $0.isEnabled })
  }
}

/// Where copies of objects go.
package struct Replication: BucketSetting, JSONRecord {
  package struct Rule: JSONRecord, Equatable, Sendable {
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

    package mutating func visit(_ fields: inout JSONFields) {
      fields.visit("id", &id)
      fields.visit("is_enabled", &isEnabled)
      fields.visit("priority", &priority)
      fields.visit("filter", &filter)
      fields.visit("destination", &destination)
      fields.visit("account", &account)
      fields.visit("storage_class", &storageClass)
      fields.visit("kms_key", &kmsKey)
      fields.visit("replicates_delete_markers", &replicatesDeleteMarkers)
      fields.visit("replicates_existing_objects", &replicatesExistingObjects)
    }
  }

  package var role: String?
  package var rules: [Rule] = []

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("role", &role)
    fields.visit("rules", &rules)
  }

  package var value: String? {
    rules.isEmpty ? nil : String(rules.count { $0.isEnabled })
  }
}

/// What of public access a bucket refuses, whatever its policy and ACLs say.
package struct PublicAccessBlock: BucketSetting, JSONRecord {
  package var blockPublicAcls = false
  package var ignorePublicAcls = false
  package var blockPublicPolicy = false
  package var restrictPublicBuckets = false

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("block_public_acls", &blockPublicAcls)
    fields.visit("ignore_public_acls", &ignorePublicAcls)
    fields.visit("block_public_policy", &blockPublicPolicy)
    fields.visit("restrict_public_buckets", &restrictPublicBuckets)
  }

  package var value: String? {
    let on = [blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets]
      .count { $0 }
    return on == 4 ? "all" : "\(on) of 4"
  }
}

/// Whether a bucket's policy lets everybody in.
package struct PolicyStatus: BucketSetting, JSONRecord {
  package var isPublic = false

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("is_public", &isPublic)
  }

  package var value: String? { isPublic ? "public" : "private" }
}

/// Which default retention new objects get.
package struct ObjectLock: BucketSetting, JSONRecord {
  package var isEnabled = false
  /// `GOVERNANCE` or `COMPLIANCE`; nil without a default retention.
  package var mode: String?
  package var days: Int64?
  package var years: Int64?

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("is_enabled", &isEnabled)
    fields.visit("mode", &mode)
    fields.visit("days", &days)
    fields.visit("years", &years)
  }

  package var value: String? {
    guard isEnabled else { return nil }
    guard let mode else { return "enabled" }
    if let days { return "\(mode) \(days) \(days == 1 ? "day" : "days")" }
    if let years { return "\(mode) \(years) \(years == 1 ? "year" : "years")" }
    return mode
  }
}

/// Where a bucket's access logs go.
package struct AccessLogging: BucketSetting, JSONRecord {
  package var targetBucket: String?
  package var targetPrefix: String?

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("target_bucket", &targetBucket)
    fields.visit("target_prefix", &targetPrefix)
  }

  package var value: String? { targetBucket.map { "\($0)/\(targetPrefix ?? "")" } }
}

/// The tags of a bucket.
package struct BucketTags: BucketSetting {
  package var tags: [String: String] = [:]

  package init() {}

  package var value: String? { tags.isEmpty ? nil : String(tags.count) }

  /// Without a level of its own: `document ->> '$.team'` is a tag's value.
  package init?(json: JSONValue) {
    guard let tags = [String: String](json: json) else { return nil }
    self.tags = tags
  }

  package var json: JSONValue { tags.json }
}

/// Into which archives S3 moves what is in Intelligent-Tiering.
package struct IntelligentTiering: BucketSetting, JSONRecord {
  package struct Tiering: JSONRecord, Equatable, Sendable {
    package var tier = ""
    package var days: Int64?

    package init() {}

    package mutating func visit(_ fields: inout JSONFields) {
      fields.visit("tier", &tier)
      fields.visit("days", &days)
    }
  }

  package struct Configuration: JSONRecord, Equatable, Sendable {
    package var id: String?
    package var isEnabled = false
    /// Nil for the whole bucket.
    package var filter: RuleFilter?
    package var tierings: [Tiering] = []

    package init() {}

    package mutating func visit(_ fields: inout JSONFields) {
      fields.visit("id", &id)
      fields.visit("is_enabled", &isEnabled)
      fields.visit("filter", &filter)
      fields.visit("tierings", &tierings)
    }
  }

  package var configurations: [Configuration] = []

  package init() {}

  package mutating func visit(_ fields: inout JSONFields) {
    fields.visit("configurations", &configurations)
  }

  package var value: String? { configurations.isEmpty ? nil : String(configurations.count) }
}
